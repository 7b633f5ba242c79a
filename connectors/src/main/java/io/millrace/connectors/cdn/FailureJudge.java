package io.millrace.connectors.cdn;

import io.millrace.connectors.cdn.Round.Failed;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.RetryPolicy;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what becomes of purges with which a cache has failed: when they are tried again and in which requests, or that they are set aside. Thread-safe. */
final class FailureJudge {
    private static final Logger LOG = LoggerFactory.getLogger(FailureJudge.class);

    private final String cache;
    private final RetryPolicy retries;
    private final Duration patience;
    private final DeliveryMetrics delivery;

    /**
     * A judge.
     *
     * @param cache what messages call it
     * @param retries when a server, or a target, is tried again
     * @param patience how long a server may fail with a target while it confirms others
     */
    FailureJudge(String cache, RetryPolicy retries, Duration patience, DeliveryMetrics delivery) {
        this.cache = cache;
        this.retries = retries;
        this.patience = patience;
        this.delivery = delivery;
    }

    /** What the purges of a round have met, with whose targets those servers have failed. */
    DeliveryFailure judged(Round round, List<String> targets, List<Failed> failed) {
        Failed worst = Collections.max(failed, Comparator.comparingInt(FailureJudge::rank));
        DeliveryFailure e = worst.failure();
        if (e.kind() == FailureKind.RECORD) {
            round.batch().forEach(purging -> purging.refused(e.getMessage()));
        }
        if (e.kind() != FailureKind.TRANSIENT) {
            return e;
        }
        delivery.retried();
        if (worst.away()) {
            return away(round, targets, e, worst.state());
        }
        return e instanceof DoubtfulRefusal
                ? doubtful(round, targets, e, worst.state())
                : failedWith(round, targets, e, worst.state());
    }

    /** What decides where several servers fail: what needs a person, then what is set aside, then what is waited for. */
    private static int rank(Failed failed) {
        return switch (failed.failure().kind()) {
            case TARGET -> 3;
            case RECORD -> 2;
            default -> failed.away() ? 1 : 0;
        };
    }

    private DeliveryFailure away(Round round, List<String> targets, DeliveryFailure e, ServerState state) {
        if (!retries.allows(state.failures())) {
            throw new ConnectException("given up after " + state.failures() + " attempts: " + e.getMessage(), e);
        }
        PutOff putOff = round.putOff();
        if (!Round.isOfServer(e)) {
            noted(round, state);
            if (targets.size() > 1 && round.attempts() >= ServerState.REQUESTS_IN_A_ROW) {
                // It may be due to what it is asked for after all.
                halve(round, targets);
            }
        }
        // What has looked while this was tried looks again first.
        long othersNanos = System.nanoTime() + ServerState.TRIAL_NANOS;
        round.batch().stream()
                .filter(purging -> purging.dueNanos() - othersNanos < 0)
                .forEach(purging -> purging.putOff(othersNanos));
        LOG.warn(
                "cache {}: attempt {} failed, the next is in {} ms: {}",
                cache,
                state.failures(),
                TimeUnit.NANOSECONDS.toMillis(round.batch().get(0).dueNanos() - System.nanoTime()),
                e.getMessage());
        return putOff;
    }

    /** By itself, as other targets are confirmed, or nothing is known yet. */
    private DeliveryFailure failedWith(Round round, List<String> targets, DeliveryFailure e, ServerState state) {
        boolean others = noted(round, state);
        if (targets.size() > 1 && (others || round.attempts() >= ServerState.REQUESTS_IN_A_ROW)) {
            return halved(round, targets, e);
        }
        boolean late = round.batch().stream().allMatch(purging -> purging.failingNanos(state) >= patience.toNanos());
        return others && late
                ? refused(round, e.getMessage() + ", and goes on so while it takes other targets", e)
                : later(round, targets, e, round.attempts());
    }

    private DeliveryFailure doubtful(Round round, List<String> targets, DeliveryFailure e, ServerState state) {
        if (targets.size() > 1) {
            return halved(round, targets, e);
        }
        if (state.refused(targets.get(0))) {
            return new DeliveryFailure(FailureKind.TARGET, e.getMessage(), e);
        }
        return noted(round, state)
                ? refused(round, e.getMessage() + "; it takes other targets", e)
                : later(round, targets, e, round.attempts());
    }

    /** Notes that a server has failed with these; says whether it has confirmed others meanwhile. */
    private static boolean noted(Round round, ServerState state) {
        boolean others = false;
        for (Purging purging : round.batch()) {
            others |= purging.failed(state);
        }
        return others;
    }

    /** It must be known which of the targets it is, and the others need not wait for that. */
    private DeliveryFailure halved(Round round, List<String> targets, DeliveryFailure e) {
        halve(round, targets);
        return later(round, targets, e, 1);
    }

    private static void halve(Round round, List<String> targets) {
        Set<String> first = Set.copyOf(targets.subList(0, targets.size() / 2));
        Batches.Request one = new Batches.Request();
        Batches.Request other = new Batches.Request();
        round.batch().forEach(purging -> purging.in(first.contains(purging.target()) ? one : other));
    }

    private static DeliveryFailure refused(Round round, String message, Exception e) {
        round.batch().forEach(purging -> purging.refused(message));
        return new DeliveryFailure(FailureKind.RECORD, message, new DataException(message, e));
    }

    private PutOff later(Round round, List<String> targets, DeliveryFailure e, int attempt) {
        long pauseMs = retries.pauseMs(attempt, ThreadLocalRandom.current().nextDouble());
        long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMs);
        round.batch().forEach(purging -> purging.putOff(untilNanos));
        LOG.warn(
                "cache {}: {} targets are tried again in {} ms, those of {} and others: {}",
                cache,
                targets.size(),
                pauseMs,
                round.batch().get(0).position(),
                e.getMessage());
        return new PutOff(e.getMessage());
    }
}
