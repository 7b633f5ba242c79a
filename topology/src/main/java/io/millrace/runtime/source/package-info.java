/**
 * From Kafka records to changes of rows: Debezium's events and event topics, decoded straight from their bytes by readers
 * that are compiled once for each writer's schema and pass over what no view needs.
 */
package io.millrace.runtime.source;
