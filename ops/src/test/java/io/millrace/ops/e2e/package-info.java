/** The whole way, real parts: PostgreSQL shards, Debezium, Kafka, the deployed jar, HTTP; compared with PostgreSQL. */
package io.millrace.ops.e2e;
