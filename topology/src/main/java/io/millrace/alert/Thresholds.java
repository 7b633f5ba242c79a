package io.millrace.alert;

import io.millrace.alert.Alert.What;
import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.DeadLetterWatch.Status;
import io.millrace.sink.SinkLag;
import io.millrace.sink.SinkState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is held against what a pipeline's properties allow. Used by one thread. */
final class Thresholds {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final long MINUTE_MS = 60_000;

    private final PipelineConfig config;
    /** By topic how many dead letters had come at the looks of the last minute and the one before it, the oldest first. */
    private final Map<String, Deque<Arrived>> arrived = new HashMap<>();
    /** By sink since when it does not run. */
    private final Map<String, Long> downSinceMs = new HashMap<>();

    private record Arrived(long atMs, long count) {}

    Thresholds(PipelineConfig config) {
        this.config = config;
    }

    /** Forgets what earlier looks found. */
    void clear() {
        arrived.clear();
        downSinceMs.clear();
    }

    /** What a look found, of all that is watched. */
    List<Reading> readings(Map<String, Status> letters, List<SinkState> sinks, long nowMs) {
        List<Reading> readings = new ArrayList<>();
        letters.forEach((topic, status) -> ofLetters(readings, topic, status, nowMs));
        Set<String> down = new HashSet<>();
        for (SinkState sink : sinks) {
            ofSink(readings, sink, nowMs);
            if (sink.isDown()) {
                down.add(sink.name());
            }
        }
        downSinceMs.keySet().retainAll(down);
        return readings;
    }

    private void ofLetters(List<Reading> readings, String topic, Status status, long nowMs) {
        int most = config.get(PipelineConfig.ALERTS_DEAD_LETTERS_PER_MINUTE);
        Deque<Arrived> looks = arrived.computeIfAbsent(topic, any -> new ArrayDeque<>());
        looks.addLast(new Arrived(nowMs, status.arrived()));
        Arrived first = looks.removeFirst();
        while (!looks.isEmpty() && looks.getFirst().atMs() <= nowMs - MINUTE_MS) {
            first = looks.removeFirst();
        }
        looks.addFirst(first);
        if (most > 0) {
            double lately = status.arrived() - first.count();
            readings.add(new Reading(What.DEAD_LETTERS_PER_MINUTE, topic, lately, most));
        }
        status.oldestMs()
                .ifPresent(oldest -> add(
                        readings,
                        What.DEAD_LETTER_AGE,
                        topic,
                        (nowMs - oldest) / MILLIS_PER_SECOND,
                        config.get(PipelineConfig.ALERTS_DEAD_LETTER_AGE_MS)));
    }

    private void ofSink(List<Reading> readings, SinkState sink, long nowMs) {
        add(
                readings,
                What.SINK_LAG,
                sink.name(),
                sink.lag().map(SinkLag::seconds).orElse(0.0),
                config.get(PipelineConfig.ALERTS_SINK_LAG_MS));
        if (sink.isDown()) {
            long since = downSinceMs.computeIfAbsent(sink.name(), any -> nowMs);
            add(
                    readings,
                    What.SINK_DOWN,
                    sink.name(),
                    (nowMs - since) / MILLIS_PER_SECOND,
                    config.get(PipelineConfig.ALERTS_SINK_DOWN_MS));
        }
        readings.add(new Reading(What.SINK_BREAKER, sink.name(), sink.breakerOpen() ? 1 : 0, 0));
    }

    private static void add(List<Reading> readings, What what, String name, double seconds, long mostMs) {
        if (mostMs > 0) {
            readings.add(new Reading(what, name, seconds, mostMs / MILLIS_PER_SECOND));
        }
    }
}
