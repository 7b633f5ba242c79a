package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.sink.SinkLag;
import io.millrace.sink.SinkProgress;
import io.millrace.sql.Sink;
import io.millrace.sql.SinkDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * How far sinks are behind their source: in changes and seconds by the topics that they read, and in bytes of each shard's log.
 * All of a log is applied up to the oldest change that waits; while none waits, up to where the capture has acknowledged the log.
 */
final class SinkLags {
    private SinkLags() {}

    /**
     * A sink's lag.
     *
     * @param lag empty while its topic is not there
     * @param bytes by shard; a shard of which it cannot be said is missing
     */
    record Measured(String sink, String source, Optional<SinkLag> lag, Map<String, Long> bytes) {
        /** The shard that is furthest behind. */
        Optional<Long> mostBytes() {
            return bytes.values().stream().max(Long::compare);
        }

        /** The changes that wait; with a plus where they were not all counted. */
        String records() {
            return lag.map(each -> each.records() + (each.atLeast() ? "+" : "")).orElse("unknown");
        }
    }

    /**
     * Measures the sinks of a pipeline.
     *
     * @param caches those that purges are on their way to; how many bytes of a log that is, is not said of them
     * @param shards by name, the addresses of the shards' databases; none where bytes are not wanted
     * @param viewLags asks how many records each view has left to read now; -1 if nobody says
     */
    static List<Measured> measure(
            SinkAccess access,
            List<SinkDefinition> sinks,
            List<Sink> caches,
            Map<String, String> shards,
            Supplier<ToLongFunction<String>> viewLags) {
        String slot = DebeziumConnectorConfig.slotName(access.properties().get(PipelineConfig.DATABASE));
        Map<String, Optional<SinkLag>> lags = new HashMap<>();
        // Before the topics: what was captured by now is in them.
        Map<String, LogPositions.Log> before = LogPositions.of(shards, slot);
        // After that, and before the views' topics: a view that has read all has what was captured, and its topic, too.
        ToLongFunction<String> viewLag = viewLags.get();
        try (SinkProgress progress = access.progress()) {
            sinks.forEach(sink -> lags.put(sink.name(), progress.lag(sink.sink())));
            caches.forEach(cache -> lags.put(cache.name(), progress.lag(cache)));
        }
        // After them: what waits is before that end.
        Map<String, LogPositions.Log> after = LogPositions.of(shards, slot);
        List<Measured> measured = new ArrayList<>();
        for (SinkDefinition sink : sinks) {
            boolean current = sink.source() instanceof SinkDefinition.OfTable
                    || viewLag.applyAsLong(sink.source().name()) == 0;
            Map<String, Long> bytes = new TreeMap<>();
            lags.get(sink.name())
                    .ifPresent(lag -> after.forEach((shard, log) -> applied(lag, shard, before.get(shard), current)
                            .ifPresent(position -> bytes.put(shard, Math.max(0, log.end() - position)))));
            measured.add(new Measured(sink.name(), sink.source().name(), lags.get(sink.name()), bytes));
        }
        caches.forEach(
                cache -> measured.add(new Measured(cache.name(), cache.source(), lags.get(cache.name()), Map.of())));
        return measured;
    }

    /**
     * Up to where a sink has applied a shard's log: where nothing waits, up to where it was captured, if the source itself has all
     * of that.
     */
    private static Optional<Long> applied(SinkLag lag, String shard, LogPositions.Log log, boolean sourceIsCurrent) {
        Optional<Long> oldest = Optional.ofNullable(lag.positions().get(shard));
        return oldest.isPresent() || !sourceIsCurrent || lag.atLeast() ? oldest : log.captured();
    }
}
