package io.millrace.cdn;

import io.millrace.row.Origin;
import java.util.ArrayDeque;
import java.util.Deque;

/** What is remembered of a target for a while: how often it changed, by what, and since when it waits. Used by one thread. */
final class Track {
    private static final long SECOND_MS = 1_000;

    /** So many changes may have their rows come in turn and are still known as what they are. */
    private static final int RECENT = 4;

    /** This part of its window a change waits for others where they meet, however long its way there was. */
    private static final int LEAST_SHARE = 5;

    private final TargetId id;
    private final CdnSink sink;
    /** Since when it is pending; -1 while it is not. */
    private long openedAtMs = -1;

    /** When the window ends that its first change opened. */
    private long windowEndsMs;

    /** When it was told last; long ago where it was not. */
    private long toldAtMs = Long.MIN_VALUE / 2;

    private long lastAtMs;
    private boolean hotBefore;
    /** The most changes a second since it became hot. */
    private int peak;

    /** Since when a change of the source is pending that is not known any more; -1 while there is none. */
    private long othersSinceMs = -1;

    /** The changes of the source that came last, of which more rows may come, in turn with others. */
    private final Deque<SourceChange> recent = new ArrayDeque<>(RECENT);

    private long secondAtMs;
    private int inSecond;
    private int secondBefore;
    private boolean countedHot;
    private long queuedMs = Long.MAX_VALUE;

    Track(TargetId id, CdnSink sink) {
        this.id = id;
        this.sink = sink;
    }

    TargetId id() {
        return id;
    }

    boolean isPending() {
        return openedAtMs >= 0;
    }

    /** Takes note that it was pending before a restart. */
    void restored() {
        openedAtMs = 0;
    }

    /** When it is looked at next; the largest number if it is not. */
    long queuedMs() {
        return queuedMs;
    }

    void queued(long atMs) {
        queuedMs = atMs;
    }

    void taken() {
        queuedMs = Long.MAX_VALUE;
    }

    /** Until then it is remembered how often it changed, by what, and when it was told. */
    long forgottenAtMs() {
        return Math.max(lastAtMs, toldAtMs) + 2 * SECOND_MS;
    }

    /**
     * Takes note of a change.
     *
     * @param sinceMs when it was seen, before it came here
     */
    void changed(TargetChange change, long sinceMs, long nowMs) {
        if (!isPending()) {
            hotBefore = isHot(nowMs);
            peak = hotBefore ? peak : 0;
            openedAtMs = nowMs;
            // Where changes have several rows, these may come apart: the rest of one of which the first came.
            boolean several = recent.stream().anyMatch(SourceChange::hasSeveralRows);
            long least = several ? sink.windowMs() : sink.windowMs() / LEAST_SHARE;
            windowEndsMs = Math.max(Math.max(sinceMs, toldAtMs) + sink.windowMs(), nowMs + least);
        }
        of(change.origin(), nowMs).add(change.rows(), nowMs);
        lastAtMs = nowMs;
        peak = Math.max(peak, changesPerSecond(nowMs));
    }

    private SourceChange of(Origin origin, long nowMs) {
        for (SourceChange each : recent) {
            if (each.is(origin)) {
                recent.remove(each);
                recent.addLast(each);
                return each;
            }
        }
        count(nowMs);
        if (recent.size() == RECENT) {
            SourceChange oldest = recent.removeFirst();
            if (oldest.isPending()) {
                othersSinceMs =
                        othersSinceMs < 0 ? oldest.pendingSinceMs() : Math.min(othersSinceMs, oldest.pendingSinceMs());
            }
        }
        SourceChange fresh = new SourceChange(origin);
        recent.addLast(fresh);
        return fresh;
    }

    /** Takes note that all of it is told. */
    void told(long nowMs) {
        toldAtMs = nowMs;
        openedAtMs = -1;
        othersSinceMs = -1;
        recent.forEach(SourceChange::told);
    }

    private void count(long nowMs) {
        if (nowMs - secondAtMs >= SECOND_MS) {
            secondBefore = nowMs - secondAtMs < 2 * SECOND_MS ? inSecond : 0;
            secondAtMs = nowMs;
            inSecond = 0;
        }
        inSecond++;
    }

    int changesPerSecond(long nowMs) {
        long age = nowMs - secondAtMs;
        return age < SECOND_MS ? Math.max(inSecond, secondBefore) : age < 2 * SECOND_MS ? inSecond : 0;
    }

    boolean isHot(long nowMs) {
        return changesPerSecond(nowMs) >= sink.hotChanges();
    }

    /** How many targets more are hot by it than at the last call: 1, 0 or -1. */
    int countHot(long nowMs) {
        boolean isHot = isHot(nowMs);
        int more = isHot == countedHot ? 0 : isHot ? 1 : -1;
        countedHot = isHot;
        return more;
    }

    /** When it is to be told, if nothing more comes. */
    long dueMs(long nowMs) {
        long due = windowEndsMs;
        if (hotBefore) {
            due = Math.max(due, lastAtMs + sink.quietMs());
        } else if (isHot(nowMs)) {
            due = Math.max(due, lastAtMs + Math.max(sink.windowMs(), Math.min(lastAtMs - openedAtMs, sink.quietMs())));
        }
        long latest = othersSinceMs < 0 ? Long.MAX_VALUE : othersSinceMs + sink.hotIntervalMs();
        for (SourceChange each : recent) {
            if (each.isPending()) {
                latest = Math.min(latest, each.latestMs(sink));
                due = each.hasSeveralRows() ? Math.max(due, each.endsMs(sink)) : due;
            }
        }
        return Math.min(latest, due);
    }

    /** For how long caches may keep it now; null if it is not hot. */
    Integer ttlSeconds(long nowMs) {
        // Also when it was quiet for a while: what is fetched now is kept, and stays popular.
        return hotBefore || isHot(nowMs) ? sink.ttlSeconds(peak) : null;
    }
}
