package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.catalog.PipelineConfig;
import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.sink.SinkLag;
import io.millrace.sink.SinkProgress;
import io.millrace.sql.Sink;
import io.millrace.sql.SinkDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * How far sinks are behind their source: in changes and seconds by the topics that they read, and in bytes of each shard's log.
 * All of a log is applied up to the oldest change that waits; while none waits, up to where the capture has acknowledged the log.
 */
final class SinkLags {
    private static final long MICROS_PER_MILLI = 1_000;
    private static final double MICROS_PER_SECOND = 1e6;

    private SinkLags() {}

    /**
     * A sink's lag.
     *
     * @param lag empty while its topic is not there
     * @param bytes by shard; a shard of which it cannot be said is missing
     */
    record Measured(String sink, String source, Optional<SinkLag> lag, Map<String, Long> bytes) {
        /** As the running pipeline tells of it, which says nothing of bytes. */
        static Measured told(JsonNode said) {
            long nowMs = System.currentTimeMillis();
            Optional<SinkLag> lag = said.path("lagRecords").isNumber()
                    ? Optional.of(new SinkLag(
                            said.path("lagRecords").asLong(),
                            said.path("lagRecordsAtLeast").asBoolean(),
                            Optional.of(nowMs * MICROS_PER_MILLI
                                    - (long) (said.path("lagSeconds").asDouble() * MICROS_PER_SECOND)),
                            Map.of(),
                            nowMs))
                    : Optional.empty();
            return new Measured(name(said), said.path("source").asText(), lag, Map.of());
        }

        static String name(JsonNode said) {
            return said.path("name").asText();
        }

        Measured or(JsonNode said) {
            return lag.isPresent() || said == null ? this : new Measured(sink, source, told(said).lag, bytes);
        }

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
     * Measures sinks and caches: those of the folder, and what else the running pipeline has, which may have been started with other
     * properties, and then says itself how far that is.
     *
     * @param only the name of the one to measure; null for all
     * @param shards by name, the addresses of the shards' databases; none where bytes are not wanted
     * @throws UserError if there is none of that name
     */
    static List<Measured> measure(SinkAccess access, String only, Map<String, String> shards, RunningPipeline running) {
        List<SinkDefinition> sinks = access.sinks().stream()
                .filter(each -> only == null || each.name().equals(only))
                .toList();
        List<Sink> caches = access.caches().stream()
                .filter(each -> only == null || each.name().equals(only))
                .toList();
        List<Measured> measured =
                sinks.isEmpty() && caches.isEmpty() ? List.of() : measure(access, sinks, caches, shards, running);
        Map<String, JsonNode> told = new LinkedHashMap<>();
        running.sinksOf(access.properties().get(PipelineConfig.APPLICATION_ID))
                .forEach(each -> told.put(Measured.name(each), each));
        List<Measured> all = new ArrayList<>();
        measured.forEach(each -> all.add(each.or(told.remove(each.sink))));
        told.values().stream()
                .filter(each -> only == null || Measured.name(each).equals(only))
                .forEach(each -> all.add(Measured.told(each)));
        if (only != null && all.isEmpty()) {
            throw Names.unknown(
                    "sink",
                    only,
                    Stream.of(
                                    access.sinks().stream().map(SinkDefinition::name),
                                    access.caches().stream().map(Sink::name),
                                    told.keySet().stream())
                            .flatMap(names -> names)
                            .distinct()
                            .toList());
        }
        return all;
    }

    /** Of caches it is not said how many bytes of a log they are behind. */
    private static List<Measured> measure(
            SinkAccess access,
            List<SinkDefinition> sinks,
            List<Sink> caches,
            Map<String, String> shards,
            RunningPipeline running) {
        String slot = DebeziumConnectorConfig.slotName(access.properties().get(PipelineConfig.DATABASE));
        Map<String, Optional<SinkLag>> lags = new HashMap<>();
        // Before the topics: what was captured by now is in them.
        Map<String, LogPositions.Log> before = LogPositions.of(shards, slot);
        // After that, and before the views' topics: a view that has read all has what was captured, and its topic, too.
        ToLongFunction<String> viewLag = running.viewLags();
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
