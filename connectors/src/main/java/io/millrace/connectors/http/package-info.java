/**
 * Webhooks: a Kafka Connect sink that sends changes and events to an HTTP server.
 *
 * <p>A record's way: {@link io.millrace.connectors.http.HttpSinkTask} takes Connect's records, {@link
 * io.millrace.connectors.http.MessageReader} writes their JSON, {@link io.millrace.connectors.delivery.Lanes} send requests side
 * by side as far as the order of keys allows, {@link io.millrace.connectors.http.HttpTarget} makes each, and {@link
 * io.millrace.connectors.delivery.Progress} knows what may be committed. What happens when the server refuses is in {@link
 * io.millrace.connectors.delivery}.
 */
package io.millrace.connectors.http;
