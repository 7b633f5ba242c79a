package io.millrace.operator;

import java.util.HashMap;
import java.util.Map;

/**
 * Up to what time a topic's events have come: each of its partitions to the latest time of its events, the topic to the least
 * of these, as no partition waits for another and one may be days behind while a topic is read from its beginning.
 *
 * <p>A partition that nothing comes from is not waited for when it has been silent for {@link #SILENCE_MICROS}. Which ones
 * there are shows when something comes from them: nothing is said before that much time has passed. Kept in memory alone, so that
 * {@link RememberedIds} keeps what was said; that is never too late a time, but after a restart may be an earlier one.
 */
final class TopicTime {
    /** Longer than it takes to move a partition to another instance and to restore what it needs. */
    static final long SILENCE_MICROS = 3_600_000_000L;

    private final Map<String, Partition> partitions = new HashMap<>();
    private boolean opened;
    private long openedAtMicros;

    /** A partition of the topic. */
    private static final class Partition {
        private long latestMicros = Long.MIN_VALUE;
        private long heardAtMicros;
        private boolean heard;
    }

    /** Takes note of an event. */
    void came(String partition, long timeMicros) {
        Partition from = partitions.computeIfAbsent(partition, any -> new Partition());
        from.latestMicros = Math.max(from.latestMicros, timeMicros);
        from.heard = true;
    }

    /**
     * The time up to which all events have come, but for late ones; {@code Long.MIN_VALUE} while that is not known. To be asked
     * again and again.
     *
     * @param nowMicros the present time, which the events' clocks may be ahead of
     */
    long reachedMicros(long nowMicros) {
        if (!opened) {
            opened = true;
            openedAtMicros = nowMicros;
        }
        long leastMicros = Long.MAX_VALUE;
        long latestMicros = Long.MIN_VALUE;
        for (Partition each : partitions.values()) {
            if (each.heard) {
                each.heard = false;
                each.heardAtMicros = nowMicros;
            }
            latestMicros = Math.max(latestMicros, each.latestMicros);
            if (nowMicros - each.heardAtMicros < SILENCE_MICROS) {
                leastMicros = Math.min(leastMicros, each.latestMicros);
            }
        }
        if (nowMicros - openedAtMicros < SILENCE_MICROS) {
            return Long.MIN_VALUE;
        }
        return Math.min(nowMicros, leastMicros == Long.MAX_VALUE ? latestMicros : leastMicros);
    }
}
