package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.delivery.Progress;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Purge;
import io.millrace.schemas.Purge.Outcome;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** What follows from purges that are made, or set aside: it is told of, the second is due after the first, and the record is done. Thread-safe. */
final class PurgeResults {
    /** Second purges are due together, at most so much of their delay later: few requests make many of them. */
    private static final int SHARES_OF_THE_DELAY = 20;

    private final Names names;
    private final Seconds seconds;
    private final PendingPurges pending;
    private final Progress progress;
    private final Confirmations confirmations;
    private final DeliveryMetrics delivery;
    private final CdnMetrics metrics;
    private final Follower follower;

    /** What messages and confirmations call the cache. */
    record Names(String cache, String provider) {}

    /**
     * When second purges are made.
     *
     * @param after how long after the first; zero for none
     * @param together of which ways several are one request: these are due together, while each of the others would be a request, and
     *     all of them at once would hold up first ones
     */
    record Seconds(Duration after, Predicate<Way> together) {
        long dueNanos(Way way) {
            long due = System.nanoTime() + after.toNanos();
            long share = together.test(way) ? Math.max(1, after.toNanos() / SHARES_OF_THE_DELAY) : 1;
            return Math.floorDiv(due + share - 1, share) * share;
        }
    }

    /** Who hears of each purge that is made. */
    interface Follower {
        void purged(Invalidation invalidation);
    }

    /** The results of purges. */
    PurgeResults(
            Names names,
            Seconds seconds,
            PendingPurges pending,
            Progress progress,
            Confirmations confirmations,
            DeliveryMetrics delivery,
            CdnMetrics metrics,
            Follower follower) {
        this.names = names;
        this.seconds = seconds;
        this.pending = pending;
        this.progress = progress;
        this.confirmations = confirmations;
        this.delivery = delivery;
        this.metrics = metrics;
        this.follower = follower;
    }

    Names names() {
        return names;
    }

    /** All servers have confirmed these. */
    void made(List<Purging> batch) {
        long nowMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
        Set<String> counted = new HashSet<>();
        for (Purging purging : batch) {
            Outcome outcome = purging.isAgain() ? Outcome.PURGED_AGAIN : Outcome.PURGED;
            boolean counts = counted.add(purging.key());
            OptionalLong removed = purging.removed();
            Long count = removed.isEmpty() ? null : Long.valueOf(counts ? removed.getAsLong() : 0);
            confirm(purging, outcome, count, null, nowMicros);
            Long committed = purging.invalidation().firstCommittedAtMicros();
            if (purging.isAgain()) {
                metrics.purgedAgain();
            } else {
                metrics.purged(committed == null || committed <= 0 ? -1 : delivery.delivered(committed));
            }
            if (counts) {
                follower.purged(purging.invalidation());
            }
            next(purging);
        }
    }

    private void next(Purging purging) {
        if (purging.isAgain() || seconds.after.isZero()) {
            done(purging);
        } else {
            pending.replace(purging, purging.again(seconds.dueNanos(purging.way())));
        }
    }

    private void done(Purging purging) {
        if (pending.remove(purging)) {
            progress.done(purging.position());
        }
    }

    /** It is set aside. */
    void refused(Purging purging) {
        metrics.refused();
        if (purging.invalidation() != null) {
            long nowMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
            confirm(purging, Outcome.REFUSED, null, purging.refusal(), nowMicros);
        }
        done(purging);
    }

    private void confirm(Purging purging, Outcome outcome, Long removed, String message, long nowMicros) {
        Invalidation invalidation = purging.invalidation();
        confirmations.add(new Purge(
                names.cache,
                names.provider,
                invalidation.application(),
                invalidation.sink(),
                invalidation.kind(),
                invalidation.target(),
                purging.source().partition().partition(),
                purging.source().offset(),
                outcome,
                removed,
                purging.attempts(),
                invalidation.firstCommittedAtMicros(),
                nowMicros,
                message));
    }
}
