package io.millrace.sink;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How far a sink is behind the topic that it reads. Immutable.
 *
 * @param records changes that wait to be applied
 * @param atLeast whether there may be more, as not all of them were counted
 * @param oldestMicros when the source committed the oldest of them, microseconds since the epoch; empty if none waits
 * @param positions by shard the log position of the oldest change that waits; a shard of which none was seen is missing
 * @param measuredAtMs the time of the look, milliseconds since the epoch
 */
public record SinkLag(
        long records, boolean atLeast, Optional<Long> oldestMicros, Map<String, Long> positions, long measuredAtMs) {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final double MICROS_PER_SECOND = 1e6;

    public SinkLag {
        positions = Map.copyOf(positions);
    }

    /** How long ago, at the time of the look, the source had committed the oldest change that waits; 0 if none does. */
    public double seconds() {
        return oldestMicros
                .map(micros -> Math.max(0, measuredAtMs / MILLIS_PER_SECOND - micros / MICROS_PER_SECOND))
                .orElse(0.0);
    }

    /** Both together, as of a topic's partitions. */
    SinkLag and(SinkLag other) {
        Map<String, Long> least = new TreeMap<>(positions);
        other.positions.forEach((shard, position) -> least.merge(shard, position, Math::min));
        Optional<Long> oldest = oldestMicros.isEmpty()
                ? other.oldestMicros
                : Optional.of(Math.min(oldestMicros.get(), other.oldestMicros.orElse(Long.MAX_VALUE)));
        return new SinkLag(
                records + other.records,
                atLeast || other.atLeast,
                oldest,
                least,
                Math.max(measuredAtMs, other.measuredAtMs));
    }
}
