/**
 * The workers of the example pipeline {@code pipelines/images}: what a queue's consumers are where the queue is a captured table.
 *
 * <p>A row of {@code uploads} is committed; its change is the work. {@link io.millrace.ops.images.Worker}s of two consumer groups
 * read it, each by itself: a {@link io.millrace.ops.images.Step} makes a result of the picture, and {@link
 * io.millrace.ops.images.ReportTarget} writes it to the upload's shard, before the offset is committed. What fails takes the way of
 * every sink, {@link io.millrace.connectors.delivery}: pauses, dead letters, the breaker.
 */
package io.millrace.ops.images;
