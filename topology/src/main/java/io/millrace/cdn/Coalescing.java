package io.millrace.cdn;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Decides when caches are told of targets that changed, so that each is told as rarely as it may:
 *
 * <ul>
 *   <li>The first change of a target opens a window, when it is seen; at its end the target is told once, whatever came meanwhile. Of
 *       the window a fifth is waited at least where the target's changes meet, and a whole one since it was told last, or
 *       where one of its last changes had several rows.
 *   <li>While the rows of one change of the source still come, as of a user with many photos, it waits for them to end: as long as
 *       they have come by now, at least a window, at most the quiet time of ten windows. Are they {@value #MASS_ROWS} or more, it is that
 *       quiet time; {@value SourceChange#MANY_ROWS} or more come in portions with other work in between, and have twice that time, or a
 *       quarter of the time for which they have come by now, at most {@value SourceChange#MOST_PAUSE_MS} ms. So a mass change is one
 *       invalidation, when its rows have ended.
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
    /** One change of so many rows of a target is a mass change. */
    public static final int MASS_ROWS = 16;

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

    /** When to look at a target. */
    private record Due(long atMs, Track track) {}

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
        track.restored();
        pending++;
        queue(track, Long.MIN_VALUE);
    }

    private Track track(TargetId id) {
        return tracks.computeIfAbsent(id, any -> {
            CdnSink sink = sinks.apply(id.sink());
            return new Track(id, sink == null ? CdnSink.removed(id.sink()) : sink);
        });
    }

    /**
     * Takes a change.
     *
     * @param sinceMs when it was seen, before it came here: its window has begun then
     * @return whether the target was pending already, so that both are told as one
     */
    public boolean changed(TargetChange change, long sinceMs, long nowMs) {
        long now = monotone(nowMs);
        long since = Math.min(sinceMs + skewMs, now);
        Track track = track(change.id());
        PendingTarget before = track.isPending() ? store.get(change.id()) : null;
        pending += track.isPending() ? 0 : 1;
        store.put(before == null ? PendingTarget.of(change) : before.and(change));
        track.changed(change, since, now);
        hot += track.countHot(now);
        long due = track.dueMs(now);
        if (due < track.queuedMs()) {
            queue(track, due);
        }
        return before != null;
    }

    private void queue(Track track, long atMs) {
        track.queued(atMs);
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
            if (due.atMs == due.track.queuedMs()) {
                due.track.taken();
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
            PendingTarget due = store.get(track.id());
            Integer ttl = track.ttlSeconds(now);
            track.told(now);
            pending--;
            store.remove(track.id());
            told.accept(due, ttl);
        }
        hot += track.countHot(now);
        long forgotten = track.forgottenAtMs();
        if (forgotten > now) {
            queue(track, forgotten);
        } else {
            tracks.remove(track.id());
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
