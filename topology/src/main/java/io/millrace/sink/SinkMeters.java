package io.millrace.sink;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The meters of one sink, of whatever kind. */
public final class SinkMeters implements AutoCloseable {
    private final MeterRegistry registry;
    private final List<Meter> meters = new ArrayList<>();

    /**
     * Has a sink among the meters until this is closed.
     *
     * @param state says how it was when it was last looked at; null while that is not known
     */
    public SinkMeters(MeterRegistry registry, String sink, Supplier<SinkState> state) {
        this.registry = registry;
        add(
                "millrace.sink.running",
                "Whether the sink's connector and all its tasks run",
                sink,
                state,
                now -> now.state().equals("RUNNING") ? 1 : 0);
        add(
                "millrace.sink.lag.records",
                "Changes in the sink's topic that its target lacks",
                sink,
                state,
                now -> now.lag().map(lag -> (double) lag.records()).orElse(Double.NaN));
        add(
                "millrace.sink.lag.seconds",
                "How long ago the source committed the oldest change that the sink's target lacks",
                sink,
                state,
                now -> now.lag().map(SinkLag::seconds).orElse(Double.NaN));
        add(
                "millrace.sink.breaker.open",
                "Whether the sink has stopped, as too many records were bad",
                sink,
                state,
                now -> now.breakerOpen() ? 1 : 0);
    }

    private void add(
            String name,
            String description,
            String sink,
            Supplier<SinkState> state,
            ToDoubleFunction<SinkState> value) {
        meters.add(Gauge.builder(name, () -> {
                    SinkState now = state.get();
                    return now == null ? Double.NaN : value.applyAsDouble(now);
                })
                .description(description)
                .tag("sink", sink)
                .strongReference(true)
                .register(registry));
    }

    @Override
    public void close() {
        meters.forEach(registry::remove);
    }
}
