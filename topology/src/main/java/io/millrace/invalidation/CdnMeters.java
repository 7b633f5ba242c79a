package io.millrace.invalidation;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.schemas.Invalidation.TargetKind;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What is measured of sinks of type cdn, by the names under which it is published. Thread-safe. */
final class CdnMeters {
    /** How far back the quantiles look. */
    private static final Duration RECENT = Duration.ofSeconds(20);

    private static final Duration LONGEST_DELAY = Duration.ofMinutes(1);

    private final MeterRegistry registry;
    /** By task how many targets are hot there. */
    private final Map<String, Integer> hot = new ConcurrentHashMap<>();

    /** By task how many targets are pending there. */
    private final Map<String, Integer> pending = new ConcurrentHashMap<>();

    CdnMeters(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("millrace.cdn.hot.targets", () -> sum(hot))
                .description("Targets that change so often that caches are told of them less often")
                .strongReference(true)
                .register(registry);
        Gauge.builder("millrace.cdn.pending.targets", this::pending)
                .description("Targets that changed and that caches were not told of yet")
                .strongReference(true)
                .register(registry);
    }

    private static int sum(Map<String, Integer> byTask) {
        return byTask.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Rows that changed. */
    Counter changes(String sink) {
        return counter("millrace.cdn.changes", "Changes of a view's rows that were looked at", sink);
    }

    /** Rows of which nothing changed that pages show. */
    Counter purgingNothing(String sink) {
        return counter("millrace.cdn.changes.purging.nothing", "Those of them that invalidate nothing", sink);
    }

    /** Changes that were told with another one. */
    Counter coalesced(String sink) {
        return counter(
                "millrace.cdn.coalesced", "Changes of a target that were told together with an earlier one", sink);
    }

    /** What caches were told. */
    Counter invalidations(String sink, TargetKind kind) {
        return Counter.builder("millrace.cdn.invalidations")
                .description("Invalidations that were written")
                .tag("sink", sink)
                .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    Counter deadLetters(String topic, String reason) {
        return Counter.builder("millrace.dead.letters")
                .description("Records set aside in a dead-letter topic")
                .tag("topic", topic)
                .tag("reason", reason)
                .register(registry);
    }

    Counter restarts() {
        return Counter.builder("millrace.thread.restarts")
                .description("Processing threads that were replaced after a failure that may pass")
                .register(registry);
    }

    /** From the commit in the source to the invalidation. */
    Timer delay(String sink) {
        return Timer.builder("millrace.cdn.delay")
                .description("From the commit in the source of the first change to its invalidation")
                .tag("sink", sink)
                .publishPercentileHistogram()
                .publishPercentiles(0.5, 0.99)
                .distributionStatisticExpiry(RECENT)
                .maximumExpectedValue(LONGEST_DELAY)
                .register(registry);
    }

    /** Takes how many targets are hot in a task, and how many are pending; 0 when it is closed. */
    void targets(String task, int hotOnes, int pendingOnes) {
        put(hot, task, hotOnes);
        put(pending, task, pendingOnes);
    }

    private static void put(Map<String, Integer> byTask, String task, int targets) {
        if (targets == 0) {
            byTask.remove(task);
        } else {
            byTask.put(task, targets);
        }
    }

    /** How many targets are pending in this instance's tasks. */
    int pending() {
        return sum(pending);
    }

    private Counter counter(String name, String description, String sink) {
        return Counter.builder(name).description(description).tag("sink", sink).register(registry);
    }
}
