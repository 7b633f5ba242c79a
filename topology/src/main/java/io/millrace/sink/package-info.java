/**
 * The sinks of a pipeline: what may be said of them, the connectors of Kafka Connect that they become, how these are kept equal
 * to what is deployed, and how far each is behind.
 */
package io.millrace.sink;
