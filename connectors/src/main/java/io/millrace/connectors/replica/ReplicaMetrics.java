package io.millrace.connectors.replica;

import io.millrace.connectors.replica.Replica.Applied;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.Max;

/**
 * What a task has done and how far it is behind, as metrics of Connect (KIP-877), which JMX shows beside Connect's own. A
 * change is behind from its commit in the source to its commit in the target.
 */
final class ReplicaMetrics {
    private static final double MICROS_PER_SECOND = 1e6;
    private static final double MILLIS_PER_SECOND = 1e3;

    private final LongSupplier clockMs;
    private final AtomicLong upserts = new AtomicLong();
    private final AtomicLong deletions = new AtomicLong();
    private final AtomicLong duplicates = new AtomicLong();
    private final AtomicLong deadLetters = new AtomicLong();
    private final AtomicLong retries = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();
    /** When the source committed the oldest change that waits; 0 when none does. */
    private final AtomicLong oldestWaitingMicros = new AtomicLong();
    /** How long the last change that was applied had taken. */
    private volatile double lastDelaySeconds;

    private Sensor delays;
    private Sensor transactions;

    /** Metrics by that clock of milliseconds since the epoch; nobody sees them until they are registered. */
    ReplicaMetrics(LongSupplier clockMs) {
        this.clockMs = clockMs;
    }

    /** Shows them. */
    void register(PluginMetrics metrics) {
        count(metrics, "rows-written-total", "Rows inserted or updated.", upserts);
        count(metrics, "rows-deleted-total", "Rows deleted.", deletions);
        count(metrics, "duplicates-total", "Changes that had been applied, or were older than their row.", duplicates);
        count(metrics, "dead-letters-total", "Records that were set aside.", deadLetters);
        count(metrics, "retries-total", "Attempts after a failure that may pass.", retries);
        count(metrics, "rows-waiting", "Changes handed over by Connect and not applied yet.", waiting);
        gauge(
                metrics,
                "lag-seconds",
                "How long ago the source committed the oldest change that waits; when none does, how long the last one took.",
                this::lagSeconds);
        delays = metrics.addSensor("replication-delay");
        delays.add(
                metrics.metricName(
                        "replication-delay-seconds-avg",
                        "From a change's commit in the source to its commit in the target.",
                        new LinkedHashMap<>()),
                new Avg());
        delays.add(
                metrics.metricName(
                        "replication-delay-seconds-max", "The same, of the slowest change.", new LinkedHashMap<>()),
                new Max());
        transactions = metrics.addSensor("transaction-rows");
        transactions.add(
                metrics.metricName("transaction-rows-avg", "Records in a transaction.", new LinkedHashMap<>()),
                new Avg());
    }

    private static void count(PluginMetrics metrics, String name, String description, AtomicLong value) {
        Gauge<Long> gauge = (config, now) -> value.get();
        metrics.addMetric(metrics.metricName(name, description, new LinkedHashMap<>()), gauge);
    }

    private static void gauge(PluginMetrics metrics, String name, String description, DoubleSupplier value) {
        Gauge<Double> gauge = (config, now) -> value.getAsDouble();
        metrics.addMetric(metrics.metricName(name, description, new LinkedHashMap<>()), gauge);
    }

    /** These wait to be applied. */
    void waiting(Collection<Received> batch) {
        waiting.set(batch.stream().filter(received -> received.change() != null).count());
        oldestWaitingMicros.set(batch.stream()
                .filter(received ->
                        received.change() != null && received.change().committedAtMicros() > 0)
                .mapToLong(received -> received.change().committedAtMicros())
                .min()
                .orElse(0));
    }

    void applied(List<Received> batch, Applied applied) {
        upserts.addAndGet(applied.upserts());
        deletions.addAndGet(applied.deletions());
        duplicates.addAndGet(applied.duplicates());
        if (transactions != null) {
            transactions.record(batch.size());
        }
        for (Received received : batch) {
            if (received.change() != null && received.change().committedAtMicros() > 0) {
                lastDelaySeconds = secondsSince(received.change().committedAtMicros());
                if (delays != null) {
                    delays.record(lastDelaySeconds);
                }
            }
        }
    }

    void skipped(Received bad) {
        if (bad.change() != null && bad.change().committedAtMicros() > 0) {
            lastDelaySeconds = secondsSince(bad.change().committedAtMicros());
        }
    }

    void setAside() {
        deadLetters.incrementAndGet();
    }

    void retried() {
        retries.incrementAndGet();
    }

    long deadLetters() {
        return deadLetters.get();
    }

    long duplicates() {
        return duplicates.get();
    }

    double lagSeconds() {
        long oldest = oldestWaitingMicros.get();
        return oldest == 0 ? lastDelaySeconds : secondsSince(oldest);
    }

    private double secondsSince(long micros) {
        return Math.max(0, clockMs.getAsLong() / MILLIS_PER_SECOND - micros / MICROS_PER_SECOND);
    }
}
