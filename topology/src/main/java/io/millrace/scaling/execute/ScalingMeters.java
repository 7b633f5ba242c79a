package io.millrace.scaling.execute;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.scaling.execute.Execution.State;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What is measured of executors, by the names under which it is published. Thread-safe. */
final class ScalingMeters {
    private final MeterRegistry registry;
    private final Map<String, Integer> actual = new ConcurrentHashMap<>();
    private final Map<String, Integer> contested = new ConcurrentHashMap<>();

    ScalingMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A decision was carried out, or not. */
    void ended(String executor, State state) {
        Counter.builder("millrace.scaling.executions")
                .description("Decisions by what became of them at an executor")
                .tag("executor", executor)
                .tag("outcome", state.label())
                .register(registry)
                .increment();
    }

    /** An attempt failed and is made again. */
    void retried(String executor) {
        Counter.builder("millrace.scaling.retries")
                .description("Attempts to carry a decision out that failed and were made again")
                .tag("executor", executor)
                .register(registry)
                .increment();
    }

    /** How many instances a place has been told to have. */
    void ordered(String executor, String service, int count) {
        show(
                actual,
                "millrace.scaling.ordered.instances",
                "Instances that the place has been told to have",
                executor,
                service,
                count);
    }

    /** Whether somebody else has changed how many there are. */
    void contested(String executor, String service, boolean is) {
        show(
                contested,
                "millrace.scaling.contested",
                "1 while somebody else has changed the number of instances, and nothing is done about it",
                executor,
                service,
                is ? 1 : 0);
    }

    private void show(
            Map<String, Integer> values, String name, String description, String executor, String service, int value) {
        String key = service + " " + executor;
        if (values.put(key, value) == null) {
            Gauge.builder(name, () -> values.get(key))
                    .description(description)
                    .tag("executor", executor)
                    .tag("service", service)
                    .strongReference(true)
                    .register(registry);
        }
    }
}
