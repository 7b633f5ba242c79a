/**
 * What Millrace adds to Kafka Connect: Debezium's configuration for a shard ({@link
 * io.millrace.connectors.DebeziumConnectorConfig}, the same in development and production) and the conversion of the
 * PostgreSQL types that Debezium by itself would not carry unchanged ({@link
 * io.millrace.connectors.ExactValueConverter}). The sink that keeps replicas is {@link io.millrace.connectors.replica}.
 */
package io.millrace.connectors;
