package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** A task and what Connect is to it. */
final class SinkHarness implements SinkTaskContext, AutoCloseable {
    final ReplicaSinkTask task;
    final Map<TopicPartition, Long> sought = new HashMap<>();
    final List<SinkRecord> deadLetters = new ArrayList<>();
    final List<String> reasons = new ArrayList<>();
    final Metrics metrics = new Metrics();
    long timeoutMs = -1;
    int commits;

    private final Map<String, String> properties;
    /** The thread that is the task's, in Connect. */
    private final Thread thread = Thread.currentThread();

    private final int leastAhead;
    private boolean encodes = true;
    private final Set<TopicPartition> assignment = new HashSet<>();

    /** A started task of a sink of that name, with further properties: names and values in turn. */
    SinkHarness(SqlDatabase database, String name, String... more) {
        this(database.url(), database.user(), name, more);
    }

    /** The same, into a database at that address. */
    SinkHarness(String url, String user, String name, String... more) {
        this(ReplicaSinkTask.LEAST_AHEAD, url, user, name, more);
    }

    /** The same, which writes batches of so many records on while Connect reads the next. */
    SinkHarness(int leastAhead, String url, String user, String name, String... more) {
        this.leastAhead = leastAhead;
        task = new ReplicaSinkTask(leastAhead);
        properties = new HashMap<>(Map.of(
                "name",
                name,
                ReplicaSinkConfig.URL,
                url,
                ReplicaSinkConfig.USER,
                user,
                DeliveryConfig.RETRY_FIRST_PAUSE,
                "10"));
        for (int i = 0; i < more.length; i += 2) {
            properties.put(more[i], more[i + 1]);
        }
        task.initialize(this);
        task.start(properties);
    }

    SinkHarness open(TopicPartition... partitions) {
        assignment.addAll(Arrays.asList(partitions));
        task.open(Arrays.asList(partitions));
        return this;
    }

    /** From now on records come as another converter than ours makes them. */
    SinkHarness withPlainRecords() {
        encodes = false;
        return this;
    }

    void put(SinkRecord... records) {
        put(Arrays.asList(records));
    }

    /** Returns when the records are applied; Connect would go on reading meanwhile. */
    void put(Collection<SinkRecord> records) {
        putAhead(records);
        if (records.size() >= leastAhead) {
            task.put(List.of());
        }
    }

    /** Puts as Connect does. */
    void putAhead(Collection<SinkRecord> records) {
        task.put(encodes ? records.stream().map(EncodedRecords::of).toList() : records);
    }

    /** What a metric of the task says. */
    double metric(String name) {
        return metrics.metrics().entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name))
                .mapToDouble(entry -> ((Number) entry.getValue().metricValue()).doubleValue())
                .findFirst()
                .orElseThrow();
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
        return assignment;
    }

    @Override
    public void pause(TopicPartition... partitions) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void resume(TopicPartition... partitions) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void requestCommit() {
        commits++;
    }

    @Override
    public ErrantRecordReporter errantRecordReporter() {
        return (record, reason) -> {
            // Connect's own is not made for another.
            if (Thread.currentThread() != thread) {
                throw new IllegalStateException("reported by " + Thread.currentThread());
            }
            deadLetters.add(record);
            reasons.add(reason.getMessage());
            return CompletableFuture.completedFuture(null);
        };
    }

    @Override
    public PluginMetrics pluginMetrics() {
        return new PluginMetricsImpl(metrics, Map.of());
    }

    @Override
    public void close() {
        task.stop();
        metrics.close();
    }
}
