package io.millrace.connectors.cdn;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.Percentile;
import org.apache.kafka.common.metrics.stats.Percentiles;
import org.apache.kafka.common.metrics.stats.Percentiles.BucketSizing;

/** What a cache's sink tells of its work, each number with the cache and its provider. Thread-safe. */
final class CdnMetrics {
    private static final int PERCENTILE_BYTES = 16_000;
    private static final double LONGEST_MS = 600_000;
    private static final double MEDIAN = 50;
    private static final double NINETY_NINTH = 99;

    private final PluginMetrics metrics;
    private final Map<String, String> tags = new LinkedHashMap<>();
    private final AtomicLong first = new AtomicLong();
    private final AtomicLong again = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong passedOver = new AtomicLong();
    private final AtomicLong removed = new AtomicLong();
    private final Sensor latency;

    CdnMetrics(PluginMetrics metrics, String cache, String provider) {
        this.metrics = metrics;
        tags.put("cache", cache);
        tags.put("provider", provider);
        gauge("purges-total", "First purges that the cache confirmed.", first::get);
        gauge("purges-again-total", "Second purges that the cache confirmed.", again::get);
        gauge("purges-refused-total", "Purges that the cache refused for good.", refused::get);
        gauge("invalidations-passed-over-total", "Invalidations that are not for this cache.", passedOver::get);
        gauge("objects-removed-total", "Objects that the cache says it has removed.", removed::get);
        latency = metrics.addSensor("purge-latency");
        String meaning = "of the milliseconds from a change's commit in its shard to its first purge.";
        latency.add(name("purge-latency-ms-avg", "The average " + meaning), new Avg());
        latency.add(name("purge-latency-ms-max", "The most " + meaning), new Max());
        latency.add(new Percentiles(
                PERCENTILE_BYTES,
                LONGEST_MS,
                BucketSizing.LINEAR,
                new Percentile(name("purge-latency-ms-p50", "The median " + meaning), MEDIAN),
                new Percentile(name("purge-latency-ms-p99", "The 99th percentile " + meaning), NINETY_NINTH)));
    }

    private org.apache.kafka.common.MetricName name(String name, String description) {
        return metrics.metricName(name, description, new LinkedHashMap<>(tags));
    }

    /** Shows a number that somebody else keeps. */
    void gauge(String name, String description, LongSupplier value) {
        Gauge<Long> gauge = (config, now) -> value.getAsLong();
        metrics.addMetric(name(name, description), gauge);
    }

    void purged(double seconds) {
        first.incrementAndGet();
        if (seconds >= 0) {
            latency.record(seconds * 1_000);
        }
    }

    void purgedAgain() {
        again.incrementAndGet();
    }

    void removed(long objects) {
        removed.addAndGet(objects);
    }

    void refused() {
        refused.incrementAndGet();
    }

    void passedOver() {
        passedOver.incrementAndGet();
    }
}
