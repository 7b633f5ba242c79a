/**
 * The development stack: PostgreSQL shards, a Kafka broker, the schema registry and a Connect worker with Debezium, real
 * parts in one process. One class a part; {@link io.millrace.ops.stack.Stack} puts them together.
 */
package io.millrace.ops.stack;
