package io.millrace.runtime;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.operator.ScanCounters;
import java.time.Duration;
import java.util.function.Supplier;

/** The meters of the runtime, by the names under which they are published. Thread-safe. */
final class RuntimeMeters {
    /** How far back the quantiles look. */
    private static final Duration RECENT = Duration.ofSeconds(20);

    private static final Duration LONGEST_DELAY = Duration.ofMinutes(1);

    private final MeterRegistry registry;

    RuntimeMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    Counter recordsIn(String topic) {
        return counter("millrace.records.in", "Records read from a topic", "topic", topic);
    }

    Counter recordsOut(String topic) {
        return counter("millrace.records.out", "Records written to a topic", "topic", topic);
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

    /** From the notice that another instance was killed until this one runs again with what it took over. */
    Timer takeover() {
        return Timer.builder("millrace.takeover")
                .description("From the notice that another instance was killed until its work was taken over")
                .register(registry);
    }

    ScanCounters scan(String table) {
        Counter duplicates =
                counter("millrace.duplicates", "Changes and events that came again and were dropped", "table", table);
        Counter lost = counter(
                "millrace.values.lost", "Values that the source left out and no older row held", "table", table);
        return new ScanCounters() {
            @Override
            public void duplicate() {
                duplicates.increment();
            }

            @Override
            public void valueLost() {
                lost.increment();
            }
        };
    }

    /** From the commit in the source to the change of the view. */
    Timer delay(String view) {
        return Timer.builder("millrace.view.delay")
                .description("From the commit in the source to the view's change")
                .tag("view", view)
                .publishPercentileHistogram()
                .publishPercentiles(0.5, 0.99)
                .distributionStatisticExpiry(RECENT)
                .maximumExpectedValue(LONGEST_DELAY)
                .register(registry);
    }

    void gauge(String name, String description, String view, Supplier<Number> value) {
        Gauge.builder(name, value)
                .description(description)
                .tag("view", view)
                .strongReference(true)
                .register(registry);
    }

    void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    private Counter counter(String name, String description, String tag, String value) {
        return Counter.builder(name).description(description).tag(tag, value).register(registry);
    }
}
