package io.millrace.cdn;

import io.millrace.row.Origin;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Decides when caches are told of targets that changed, so that each is told as rarely as it may:
 *
 * <ul>
 *   <li>The first change of a target opens a window; at its end the target is told once, whatever came meanwhile.
 *   <li>While the rows of one change of the source still come, as of a user with many photos, it waits for them to end: as long as
 *       they have come by now, at least a window, at most the quiet time of ten windows. Are they {@value #MASS_ROWS} or more, it is that
 *       quiet time; {@value #MANY_ROWS} or more come in portions with other work in between, and have twice that time, or a quarter of the
 *       time for which they have come by now, at most {@value #MOST_PAUSE_MS} ms. So a mass change is one invalidation, when its rows have ended.
 *   <li>So it is with a target that becomes hot while it is pending. A target that was hot when its window opened is told when it was
 *       quiet for that time.
 *   <li>Nothing is told later than the hot interval after its first change, or the mass interval where that is of a mass change: what
 *       else changes meanwhile does not wait for that.
 * </ul>
 *
 * A target is hot that has had so many changes of the source within a second as its sink says. What is pending is in a store, and
 * survives; how hot targets are and since when they are pending is in memory, so that after a restart all that is pending is told at
 * once. Used by one thread, in which time never goes back.
 */
public final class Coalescing {
    private static final long SECOND_MS = 1_000;

    /** One change of so many rows of a target is a mass change. */
    public static final int MASS_ROWS = 16;

    /** The rows of one change are worked off in portions where they are more, with whatever else there is to do in between. */
    private static final int MANY_ROWS = 1_000;

    /** They may pause for this part of the time for which they have come. */
    private static final int PAUSE_SHARE = 4;

    /** But for no longer than this, unless their quiet time is longer: however long they have come, they have ended then. */
    private static final long MOST_PAUSE_MS = 3_000;

    /** So many changes may have their rows come in turn and are still known as what they are. */
    private static final int RECENT = 4;

    private final Function<String, CdnSink> sinks;
    private final Store store;
    private final Map<TargetId, Track> tracks = new HashMap<>();
    private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparingLong(Due::atMs));
    private long latestMs = Long.MIN_VALUE;
    private long skewMs;
    private int hot;
    private int pending;

    /** What is pending, by target: what survives. */
    public interface Store {
        /** What is pending of a target, or null. */
        PendingTarget get(TargetId id);

        /** Takes what is pending of a target. */
        void put(PendingTarget pending);

        /** Takes note that nothing is pending of a target. */
        void remove(TargetId id);
    }

    /** A change in a source, of which rows came and more may come. */
    private static final class SourceChange {
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

        /** Until when more rows of it are waited for, if nothing more comes. */
        long endsMs(CdnSink sink) {
            // What was told of it before counts no more, else the pause would become longer and longer.
            long came = lastAtMs - pendingSinceMs;
            if (rows >= MANY_ROWS) {
                return lastAtMs + Math.max(2L * sink.quietMs(), Math.min(came / PAUSE_SHARE, MOST_PAUSE_MS));
            }
            return lastAtMs
                    + (rows >= MASS_ROWS ? sink.quietMs() : Math.max(sink.windowMs(), Math.min(came, sink.quietMs())));
        }

        /** When it has to be told at the latest. */
        long latestMs(CdnSink sink) {
            return pendingSinceMs + (rows >= MASS_ROWS ? sink.massIntervalMs() : sink.hotIntervalMs());
        }
    }

    /** When to look at a target. */
    private record Due(long atMs, Track track) {}

    /** What is remembered of a target for a while. */
    private static final class Track {
        private final TargetId id;
        private final CdnSink sink;
        /** Since when it is pending; -1 while it is not. */
        private long openedAtMs = -1;

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

        boolean isPending() {
            return openedAtMs >= 0;
        }

        /** Takes note of a change. */
        void changed(TargetChange change, long nowMs) {
            if (!isPending()) {
                hotBefore = isHot(nowMs);
                peak = hotBefore ? peak : 0;
                openedAtMs = nowMs;
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
                            othersSinceMs < 0 ? oldest.pendingSinceMs : Math.min(othersSinceMs, oldest.pendingSinceMs);
                }
            }
            SourceChange fresh = new SourceChange(origin);
            recent.addLast(fresh);
            return fresh;
        }

        /** Takes note that all of it is told. */
        void told() {
            openedAtMs = -1;
            othersSinceMs = -1;
            recent.forEach(each -> each.pendingSinceMs = -1);
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

        /** When it is to be told, if nothing more comes. */
        long dueMs(long nowMs) {
            long due = openedAtMs + sink.windowMs();
            if (hotBefore) {
                due = Math.max(due, lastAtMs + sink.quietMs());
            } else if (isHot(nowMs)) {
                due = Math.max(
                        due, lastAtMs + Math.max(sink.windowMs(), Math.min(lastAtMs - openedAtMs, sink.quietMs())));
            }
            long latest = othersSinceMs < 0 ? Long.MAX_VALUE : othersSinceMs + sink.hotIntervalMs();
            for (SourceChange each : recent) {
                if (each.isPending()) {
                    latest = Math.min(latest, each.latestMs(sink));
                    due = each.rows > 1 ? Math.max(due, each.endsMs(sink)) : due;
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

    /**
     * Begins with what is pending.
     *
     * @param sinks by name what a sink says; null for one that is not deployed any more
     * @param held what the store holds
     */
    public Coalescing(Function<String, CdnSink> sinks, Store store, Collection<PendingTarget> held) {
        this.sinks = sinks;
        this.store = store;
        held.forEach(each -> restored(each.id()));
    }

    private void restored(TargetId id) {
        Track track = track(id);
        track.openedAtMs = 0;
        pending++;
        queue(track, Long.MIN_VALUE);
    }

    private Track track(TargetId id) {
        return tracks.computeIfAbsent(id, any -> {
            CdnSink sink = sinks.apply(id.sink());
            return new Track(id, sink == null ? CdnSink.removed(id.sink()) : sink);
        });
    }

    /** Takes a change. Returns whether the target was pending already, so that both are told as one. */
    public boolean changed(TargetChange change, long nowMs) {
        long now = monotone(nowMs);
        Track track = track(change.id());
        PendingTarget before = track.isPending() ? store.get(change.id()) : null;
        pending += track.isPending() ? 0 : 1;
        store.put(before == null ? PendingTarget.of(change) : before.and(change));
        track.changed(change, now);
        noteHot(track, now);
        long due = track.dueMs(now);
        if (due < track.queuedMs) {
            queue(track, due);
        }
        return before != null;
    }

    private void queue(Track track, long atMs) {
        track.queuedMs = atMs;
        queue.add(new Due(atMs, track));
    }

    /**
     * Tells what is due.
     *
     * @param told takes each with for how long caches may keep it, null if it is not hot
     */
    public void advance(long nowMs, BiConsumer<PendingTarget, Integer> told) {
        long now = monotone(nowMs);
        while (!queue.isEmpty() && queue.peek().atMs <= now) {
            Due due = queue.remove();
            if (due.atMs == due.track.queuedMs) {
                due.track.queuedMs = Long.MAX_VALUE;
                look(due.track, due.atMs, now, told);
            }
        }
    }

    private void look(Track track, long dueMs, long now, BiConsumer<PendingTarget, Integer> told) {
        if (track.isPending()) {
            boolean restored = dueMs == Long.MIN_VALUE;
            long at = restored ? now : track.dueMs(now);
            if (at > now) {
                queue(track, at);
                return;
            }
            PendingTarget due = store.get(track.id);
            Integer ttl = track.ttlSeconds(now);
            track.told();
            pending--;
            store.remove(track.id);
            told.accept(due, ttl);
        }
        noteHot(track, now);
        // Until then it is remembered how often it changed, and by what.
        long forgotten = track.lastAtMs + 2 * SECOND_MS;
        if (forgotten > now) {
            queue(track, forgotten);
        } else {
            tracks.remove(track.id);
        }
    }

    private void noteHot(Track track, long now) {
        boolean isHot = track.isHot(now);
        if (isHot != track.countedHot) {
            track.countedHot = isHot;
            hot += isHot ? 1 : -1;
        }
    }

    /** Where the clock was put back, time goes on from where it was. */
    private long monotone(long nowMs) {
        if (latestMs != Long.MIN_VALUE && nowMs + skewMs < latestMs) {
            skewMs = latestMs - nowMs;
        }
        latestMs = nowMs + skewMs;
        return latestMs;
    }

    /** How many targets are hot now. */
    public int hot() {
        return hot;
    }

    /** How many targets are pending. */
    public int pending() {
        return pending;
    }

    /** How many targets are remembered: those that are pending, and those that changed a moment ago. */
    public int remembered() {
        return tracks.size();
    }
}
