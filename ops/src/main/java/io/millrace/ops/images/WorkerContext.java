package io.millrace.ops.images;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** What Connect is to a sink's task, for a worker, which has a process of its own. Used by one thread. */
final class WorkerContext implements SinkTaskContext {
    private final Consumer<byte[], byte[]> consumer;
    private final ErrantRecordReporter reporter;
    private long pauseMs;

    WorkerContext(Consumer<byte[], byte[]> consumer, ErrantRecordReporter reporter) {
        this.consumer = consumer;
        this.reporter = reporter;
    }

    /** How long the task wants to wait before its next attempt. */
    long pauseMs() {
        return pauseMs;
    }

    @Override
    public void timeout(long timeoutMs) {
        pauseMs = timeoutMs;
    }

    @Override
    public ErrantRecordReporter errantRecordReporter() {
        return reporter;
    }

    @Override
    public Map<String, String> configs() {
        return Map.of();
    }

    @Override
    public Set<TopicPartition> assignment() {
        return consumer.assignment();
    }

    @Override
    public void pause(TopicPartition... partitions) {
        consumer.pause(Set.of(partitions));
    }

    @Override
    public void resume(TopicPartition... partitions) {
        consumer.resume(Set.of(partitions));
    }

    @Override
    public void offset(Map<TopicPartition, Long> offsets) {
        offsets.forEach(consumer::seek);
    }

    @Override
    public void offset(TopicPartition partition, long offset) {
        consumer.seek(partition, offset);
    }

    @Override
    public void requestCommit() {
        // A worker commits before each attempt, and after each that does not count.
    }

    @Override
    public PluginMetrics pluginMetrics() {
        throw new UnsupportedOperationException("a worker is no plug-in, and has no metrics of one");
    }
}
