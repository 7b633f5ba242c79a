package io.millrace.cdn;

import io.millrace.row.Origin;

/** A change in a source, of which rows of one target came and more may come. Used by one thread. */
final class SourceChange {
    /** The rows of one change are worked off in portions where they are more, with whatever else there is to do in between. */
    static final int MANY_ROWS = 1_000;

    /** They may pause for this part of the time for which they have come. */
    private static final int PAUSE_SHARE = 4;

    /** But for no longer than this, unless their quiet time is longer: however long they have come, they have ended then. */
    static final long MOST_PAUSE_MS = 3_000;

    private final Origin origin;
    private long lastAtMs;
    private long rows;
    /** Since when some of them are pending; -1 while none is. */
    private long pendingSinceMs = -1;

    SourceChange(Origin origin) {
        this.origin = origin;
    }

    boolean is(Origin other) {
        // Where it is not known, no other is the same.
        return origin.position() != 0
                && origin.position() == other.position()
                && origin.shard().equals(other.shard());
    }

    void add(long number, long nowMs) {
        rows += number;
        lastAtMs = nowMs;
        if (pendingSinceMs < 0) {
            pendingSinceMs = nowMs;
        }
    }

    boolean isPending() {
        return pendingSinceMs >= 0;
    }

    /** Since when; only while some of them are. */
    long pendingSinceMs() {
        return pendingSinceMs;
    }

    /** Takes note that all that came is told. */
    void told() {
        pendingSinceMs = -1;
    }

    boolean hasSeveralRows() {
        return rows > 1;
    }

    /** Until when more rows of it are waited for, if nothing more comes. */
    long endsMs(CdnSink sink) {
        // What was told of it before counts no more, else the pause would become longer and longer.
        long came = lastAtMs - pendingSinceMs;
        if (rows >= MANY_ROWS) {
            return lastAtMs + Math.max(2L * sink.quietMs(), Math.min(came / PAUSE_SHARE, MOST_PAUSE_MS));
        }
        return lastAtMs
                + (rows >= Coalescing.MASS_ROWS
                        ? sink.quietMs()
                        : Math.max(sink.windowMs(), Math.min(came, sink.quietMs())));
    }

    /** When it has to be told at the latest. */
    long latestMs(CdnSink sink) {
        return pendingSinceMs + (rows >= Coalescing.MASS_ROWS ? sink.massIntervalMs() : sink.hotIntervalMs());
    }
}
