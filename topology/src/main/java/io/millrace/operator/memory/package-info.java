/** A plan run in memory, without Kafka: what {@code millrace test} and the differential tests run views on. */
package io.millrace.operator.memory;
