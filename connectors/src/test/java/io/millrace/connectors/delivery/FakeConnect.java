package io.millrace.connectors.delivery;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** What Connect is to a task. */
public final class FakeConnect implements SinkTaskContext, AutoCloseable {
    public final List<SinkRecord> deadLetters = Collections.synchronizedList(new ArrayList<>());
    public final List<Throwable> reasons = Collections.synchronizedList(new ArrayList<>());
    public final Map<TopicPartition, Long> sought = new HashMap<>();
    public long timeoutMs = -1;
    public boolean paused;
    public int commits;
    /** The only thread that may set records aside, where a task does so while Connect has it back; null for any. */
    public Thread reporting;
    /** How long a dead letter takes. */
    public long reportMs;

    private final Metrics metrics = new Metrics();
    private final Map<String, String> properties;

    public FakeConnect(Map<String, String> properties) {
        this.properties = properties;
    }

    /** What a metric of the task says. */
    public double metric(String name) {
        return metrics.metrics().entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name))
                .mapToDouble(entry -> ((Number) entry.getValue().metricValue()).doubleValue())
                .findFirst()
                .orElseThrow();
    }

    /** The offsets of the dead letters. */
    public List<Long> deadOffsets() {
        return deadLetters.stream().map(SinkRecord::kafkaOffset).toList();
    }

    @Override
    public Map<String, String> configs() {
        return properties;
    }

    @Override
    public void offset(Map<TopicPartition, Long> offsets) {
        sought.putAll(offsets);
    }

    @Override
    public void offset(TopicPartition partition, long offset) {
        sought.put(partition, offset);
    }

    @Override
    public void timeout(long pauseMs) {
        timeoutMs = pauseMs;
    }

    @Override
    public Set<TopicPartition> assignment() {
        return Set.of();
    }

    @Override
    public void pause(TopicPartition... partitions) {
        paused = true;
    }

    @Override
    public void resume(TopicPartition... partitions) {
        paused = false;
    }

    @Override
    public void requestCommit() {
        commits++;
    }

    @Override
    public ErrantRecordReporter errantRecordReporter() {
        return (record, reason) -> {
            if (reporting != null && !Thread.currentThread().equals(reporting)) {
                throw new IllegalStateException("reported by " + Thread.currentThread());
            }
            deadLetters.add(record);
            reasons.add(reason);
            return reportMs == 0
                    ? CompletableFuture.completedFuture(null)
                    : new CompletableFuture<Void>().completeOnTimeout(null, reportMs, TimeUnit.MILLISECONDS);
        };
    }

    @Override
    public PluginMetrics pluginMetrics() {
        return new PluginMetricsImpl(metrics, Map.of());
    }

    @Override
    public void close() {
        metrics.close();
    }
}
