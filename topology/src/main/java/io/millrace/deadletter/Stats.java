package io.millrace.deadletter;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** How many dead letters there are, by topic and reason. */
public final class Stats {
    private static final long HOUR_MS = 3_600_000;
    private static final double MINUTES_AN_HOUR = 60;

    private final long nowMs;
    private final Map<String, Map<String, Counts>> counts = new TreeMap<>();

    public Stats(long nowMs) {
        this.nowMs = nowMs;
    }

    /** By topic, then by reason. */
    public Map<String, Map<String, Counts>> byTopic() {
        return counts;
    }

    /** Counts a dead letter. */
    public void add(DeadLetter letter, State state) {
        counts.computeIfAbsent(letter.id().topic(), any -> new TreeMap<>())
                .computeIfAbsent(letter.reason(), any -> new Counts())
                .add(letter.failedAtMs(), state, nowMs);
    }

    /** Those of one topic and reason. */
    public static final class Counts {
        private final Map<State, Long> byState = new EnumMap<>(State.class);
        private long oldestMs = Long.MAX_VALUE;
        private long newestMs = Long.MIN_VALUE;
        private long oldestOpenMs = Long.MAX_VALUE;
        private long lastHour;

        private void add(long failedAtMs, State state, long nowMs) {
            byState.merge(state, 1L, Long::sum);
            oldestMs = Math.min(oldestMs, failedAtMs);
            newestMs = Math.max(newestMs, failedAtMs);
            if (state == State.OPEN) {
                oldestOpenMs = Math.min(oldestOpenMs, failedAtMs);
            }
            if (failedAtMs > nowMs - HOUR_MS) {
                lastHour++;
            }
        }

        /** How many that became of. */
        public long of(State state) {
            return byState.getOrDefault(state, 0L);
        }

        public long oldestMs() {
            return oldestMs;
        }

        public long newestMs() {
            return newestMs;
        }

        /** When the oldest failed that is open; {@link Long#MAX_VALUE} where none is. */
        public long oldestOpenMs() {
            return oldestOpenMs;
        }

        /** How many a minute there were over the last hour. */
        public double aMinute() {
            return lastHour / MINUTES_AN_HOUR;
        }
    }
}
