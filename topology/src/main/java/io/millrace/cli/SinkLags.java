package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.sink.SinkLag;
import io.millrace.sink.SinkProgress;
import io.millrace.sql.SinkDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
     * @param shards by name, the addresses of the shards' databases; none where bytes are not wanted
     * @param viewLag how many records a view has left to read; -1 if nobody says
     */
    static List<Measured> measure(
            SinkAccess access, List<SinkDefinition> sinks, Map<String, String> shards, ToLongFunction<String> viewLag) {
        String slot = DebeziumConnectorConfig.slotName(access.properties().get(PipelineConfig.DATABASE));
        // Before the topics: what was captured by now is in them.
        Map<String, LogPositions.Log> logs = LogPositions.of(shards, slot);
        List<Measured> measured = new ArrayList<>();
        try (SinkProgress progress = access.progress()) {
            for (SinkDefinition sink : sinks) {
                boolean current = sink.source() instanceof SinkDefinition.OfTable
                        || viewLag.applyAsLong(sink.source().name()) == 0;
                Optional<SinkLag> lag = progress.lag(sink.sink());
                measured.add(new Measured(
                        sink.name(),
                        sink.source().name(),
                        lag,
                        lag.map(each -> bytes(each, logs, current)).orElse(Map.of())));
            }
        }
        return measured;
    }

    /** The bytes by shard; where nothing waits, only if the source itself has all that was captured. */
    private static Map<String, Long> bytes(SinkLag lag, Map<String, LogPositions.Log> logs, boolean sourceIsCurrent) {
        Map<String, Long> bytes = new TreeMap<>();
        logs.forEach((shard, log) -> {
            Optional<Long> applied = Optional.ofNullable(lag.positions().get(shard));
            if (applied.isEmpty() && sourceIsCurrent && !lag.atLeast()) {
                applied = log.captured();
            }
            applied.ifPresent(position -> bytes.put(shard, Math.max(0, log.end() - position)));
        });
        return bytes;
    }
}
