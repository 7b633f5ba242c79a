/**
 * From a view's changes to the records of its topic: Debezium's envelope in Avro, so that whatever reads change events
 * reads views, another pipeline included.
 */
package io.millrace.runtime.topic;
