package io.millrace.cdn;

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
 *       they have come by now, at least a window, at most the quiet time of ten windows. So it is with a target that becomes hot while
 *       it is pending. Rows that are so many that they come in portions have twice the quiet time between these.
 *   <li>A target that was hot when its window opened is told when it was quiet for that time.
 *   <li>Nothing is told later than the hot interval after its first change.
 * </ul>
 *
 * A target is hot that has had so many changes of the source within a second as its sink says. What is pending is in a store, and
 * survives; how hot targets are and since when they are pending is in memory, so that after a restart all that is pending is told at
 * once. Used by one thread, in which time never goes back.
 */
public final class Coalescing {
    private static final long SECOND_MS = 1_000;

    /** The rows of one change are worked off in portions where they are more, with whatever else there is to do in between. */
    private static final int MANY_ROWS = 1_000;

    /** So many changes may have their rows come in turn and are still known as what they are. */
    private static final int RECENT = 4;

    private final Function<String, CdnSink> sinks;
    private final Store store;
    private final Map<TargetId, Track> tracks = new HashMap<>();
    private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparingLong(Due::atMs));
    private long latestMs = Long.MIN_VALUE;
    private long skewMs;
    private int hot;

    /** What is pending, by target: what survives. */
    public interface Store {
        /** What is pending of a target, or null. */
        PendingTarget get(TargetId id);

        /** Takes what is pending of a target. */
        void put(PendingTarget pending);

        /** Takes note that nothing is pending of a target. */
        void remove(TargetId id);
    }

    /** A change in a source, by which rows are known to belong together. */
    private record SourceChange(String shard, long position) {}

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
        private boolean burst;
        private long burstAtMs;
        private int rows;

        /** The newest changes of the source, of which more rows may come, in turn with others. */
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
            SourceChange of =
                    new SourceChange(change.origin().shard(), change.origin().position());
            if (!isPending()) {
                hotBefore = isHot(nowMs);
                openedAtMs = nowMs;
                burst = false;
                rows = 0;
            }
            if (of.position != 0 && recent.contains(of)) {
                burst = true;
                burstAtMs = nowMs;
                rows++;
            } else {
                count(nowMs);
                if (recent.size() == RECENT) {
                    recent.removeFirst();
                }
                recent.addLast(of);
            }
            lastAtMs = nowMs;
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
            long latest = openedAtMs + sink.hotIntervalMs();
            long window = openedAtMs + sink.windowMs();
            if (hotBefore) {
                return Math.min(latest, Math.max(window, lastAtMs + sink.quietMs()));
            }
            if (burst || isHot(nowMs)) {
                long newest = isHot(nowMs) ? lastAtMs : burstAtMs;
                long wait = burst && rows >= MANY_ROWS
                        ? 2L * sink.quietMs()
                        : Math.max(sink.windowMs(), Math.min(newest - openedAtMs, sink.quietMs()));
                return Math.min(latest, Math.max(window, newest + wait));
            }
            return window;
        }
    }

    /**
     * Begins with what is pending.
     *
     * @param sinks by name what a sink says; null for one that is not deployed any more
     * @param pending what the store holds
     */
    public Coalescing(Function<String, CdnSink> sinks, Store store, Collection<PendingTarget> pending) {
        this.sinks = sinks;
        this.store = store;
        pending.forEach(each -> restored(each.id()));
    }

    private void restored(TargetId id) {
        Track track = track(id);
        track.openedAtMs = 0;
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
            long due = restored ? now : track.dueMs(now);
            if (due > now) {
                queue(track, due);
                return;
            }
            PendingTarget pending = store.get(track.id);
            boolean isHot = track.hotBefore || track.isHot(now);
            Integer ttl = isHot ? track.sink.ttlSeconds(track.changesPerSecond(now)) : null;
            track.openedAtMs = -1;
            store.remove(track.id);
            told.accept(pending, ttl);
        }
        noteHot(track, now);
        // Until then it is remembered how often it changed.
        long forgotten = track.secondAtMs + 2 * SECOND_MS;
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

    /** How many targets are remembered: those that are pending, and those that changed a moment ago. */
    public int remembered() {
        return tracks.size();
    }
}
