/**
 * Caches in step: a Kafka Connect sink that has a cache forget what no longer holds.
 *
 * <p>A record's way: {@link io.millrace.connectors.cdn.CdnPurgeSinkTask} takes Connect's records, {@link
 * io.millrace.connectors.cdn.InvalidationReader} reads the invalidations in them, {@link
 * io.millrace.connectors.cdn.PendingPurges} holds them until both their purges are made, {@link
 * io.millrace.connectors.cdn.Batches} puts targets together as far as the cache takes them, {@link
 * io.millrace.connectors.cdn.PurgeTarget} waits for its {@link io.millrace.connectors.cdn.Pace} and has the {@link
 * io.millrace.connectors.cdn.Provider} purge, all servers in one {@link io.millrace.connectors.cdn.Round}. {@link
 * io.millrace.connectors.cdn.PurgeResults} sees to what follows, and tells {@link io.millrace.connectors.cdn.Confirmations};
 * {@link io.millrace.connectors.cdn.FailureJudge} says what happens when a cache fails, and {@link
 * io.millrace.connectors.delivery} what happens when it refuses.
 */
package io.millrace.connectors.cdn;
