package io.millrace.connectors.delivery;

import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;

/**
 * What every sink of ours tells of its work and of how far it is behind, as metrics of Connect (KIP-877), which JMX shows beside
 * Connect's own. A change is behind from its commit in the source to its delivery. Thread-safe.
 */
public final class DeliveryMetrics {
    private static final double MICROS_PER_SECOND = 1e6;
    private static final double MILLIS_PER_SECOND = 1e3;

    private final LongSupplier clockMs;
    private final AtomicLong deadLetters = new AtomicLong();
    private final AtomicLong retries = new AtomicLong();
    /** When the source committed the oldest change that waits; 0 when none does. */
    private final AtomicLong oldestWaitingMicros = new AtomicLong();
    /** How long the last change that was delivered had taken. */
    private volatile double lastDelaySeconds;

    /** Metrics by that clock of milliseconds since the epoch; nobody sees them until they are registered. */
    public DeliveryMetrics(LongSupplier clockMs) {
        this.clockMs = clockMs;
    }

    /** Shows them. */
    public void register(PluginMetrics metrics, BooleanSupplier breakerOpen) {
        count(metrics, "dead-letters-total", "Records that were set aside.", deadLetters::get);
        count(metrics, "retries-total", "Attempts after a failure that may pass.", retries::get);
        count(
                metrics,
                "breaker-open",
                "1 while the sink has stopped since too many records were bad, else 0.",
                () -> breakerOpen.getAsBoolean() ? 1 : 0);
        gauge(
                metrics,
                "lag-seconds",
                "How long ago the source committed the oldest change that waits; when none does, how long the last one took.",
                this::lagSeconds);
    }

    /** Shows a number of a sink's own. */
    public static void count(PluginMetrics metrics, String name, String description, LongSupplier value) {
        Gauge<Long> gauge = (config, now) -> value.getAsLong();
        metrics.addMetric(metrics.metricName(name, description, new LinkedHashMap<>()), gauge);
    }

    /** Shows a measure of a sink's own. */
    public static void gauge(PluginMetrics metrics, String name, String description, DoubleSupplier value) {
        Gauge<Double> gauge = (config, now) -> value.getAsDouble();
        metrics.addMetric(metrics.metricName(name, description, new LinkedHashMap<>()), gauge);
    }

    /** The source committed the oldest change that waits at that time, microseconds since the epoch; 0 when none waits. */
    public void waitingSince(long committedAtMicros) {
        oldestWaitingMicros.set(committedAtMicros);
    }

    /** A change is delivered that the source committed at that time; says how long that took, in seconds. */
    public double delivered(long committedAtMicros) {
        lastDelaySeconds = secondsSince(committedAtMicros);
        return lastDelaySeconds;
    }

    /** The same of several changes, in their order; says how long each took. */
    public DoubleSummaryStatistics delivered(long[] committedAtMicros) {
        DoubleSummaryStatistics seconds = new DoubleSummaryStatistics();
        double now = clockMs.getAsLong() / MILLIS_PER_SECOND;
        double last = 0;
        for (long micros : committedAtMicros) {
            last = Math.max(0, now - micros / MICROS_PER_SECOND);
            seconds.accept(last);
        }
        lastDelaySeconds = last;
        return seconds;
    }

    void setAside() {
        deadLetters.incrementAndGet();
    }

    /** A failure that may pass is met by another attempt. */
    public void retried() {
        retries.incrementAndGet();
    }

    /** How many seconds the sink is behind. */
    public double lagSeconds() {
        long oldest = oldestWaitingMicros.get();
        return oldest == 0 ? lastDelaySeconds : secondsSince(oldest);
    }

    private double secondsSince(long micros) {
        return Math.max(0, clockMs.getAsLong() / MILLIS_PER_SECOND - micros / MICROS_PER_SECOND);
    }
}
