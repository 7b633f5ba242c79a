package io.millrace.connectors.cdn;

import io.millrace.connectors.cdn.ServerState.Leave;
import io.millrace.connectors.delivery.DeadLetters;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.Progress;
import io.millrace.connectors.delivery.RetryPolicy;
import io.millrace.connectors.delivery.Target;
import io.millrace.connectors.http.RefusedForNow;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Purge;
import io.millrace.schemas.Purge.Outcome;
import java.io.IOException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache, to which purges are delivered: what follows from each that is made or refused.
 *
 * <ul>
 *   <li>A target that a server fails with, while it confirms others, is tried again by itself, and at last set aside.
 *   <li>All servers must confirm. While one is {@linkplain ServerState away} everything waits, and it is tried again by one request
 *       after each pause; those that have confirmed that are not asked again.
 * </ul>
 *
 * Thread-safe.
 */
final class PurgeTarget implements Target<Purging>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PurgeTarget.class);
    private static final int REFERENCE_DIGITS = 32;

    private final Provider provider;
    private final Policy policy;
    private final Pace pace;
    private final PendingPurges pending;
    private final Progress progress;
    private final Confirmations confirmations;
    private final DeliveryMetrics delivery;
    private final CdnMetrics metrics;
    private final Names names;
    private final Follower follower;
    private final Map<Way, List<ServerState>> servers = new ConcurrentHashMap<>();
    private final ExecutorService threads;

    private volatile long untilNanos;

    /** What messages and confirmations call the cache. */
    record Names(String cache, String provider) {}

    /**
     * How failures are met.
     *
     * @param retries when a server, or a target, is tried again
     * @param patience how long a server may fail with a target while it confirms others
     * @param againAfter how long after the first purge the second is due; zero for none
     */
    record Policy(RetryPolicy retries, Duration patience, Duration againAfter) {}

    /** Who hears of each purge that is made. */
    interface Follower {
        void purged(Invalidation invalidation);
    }

    PurgeTarget(
            Provider provider,
            Policy policy,
            Pace pace,
            PendingPurges pending,
            Progress progress,
            Confirmations confirmations,
            DeliveryMetrics delivery,
            CdnMetrics metrics,
            Names names,
            Follower follower) {
        this.provider = provider;
        this.policy = policy;
        this.pace = pace;
        this.pending = pending;
        this.progress = progress;
        this.confirmations = confirmations;
        this.delivery = delivery;
        this.metrics = metrics;
        this.names = names;
        this.follower = follower;
        this.threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "millrace cdn " + names.cache + " server");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Those that purges in a way are made by. */
    private List<ServerState> servers(Way way) {
        Way of = provider.serversOf(way);
        return servers.computeIfAbsent(
                of, unused -> Stream.generate(() -> new ServerState(policy.retries, System::nanoTime))
                        .limit(provider.servers(of))
                        .toList());
    }

    /** Begins a round: until then requests may be made, and wait for the cache's pace. */
    void begin(long until) {
        untilNanos = until;
    }

    @Override
    public SinkRecord record(Purging purging) {
        return purging.record();
    }

    @Override
    public Exception rejection(Purging purging) {
        return purging.rejection();
    }

    @Override
    public void write(List<Purging> batch) throws DeliveryFailure {
        List<Purging> told =
                batch.stream().filter(purging -> purging.rejection() == null).toList();
        if (!told.isEmpty()) {
            purge(told);
        }
        batch.stream().filter(purging -> purging.rejection() != null).forEach(this::skip);
    }

    private void purge(List<Purging> batch) throws DeliveryFailure {
        Way way = batch.get(0).way();
        Set<String> targets = new LinkedHashSet<>();
        batch.forEach(purging -> targets.add(purging.target()));
        List<ServerState> all = servers(way);
        List<Integer> asked = IntStream.range(0, all.size())
                .filter(server -> !batch.stream().allMatch(purging -> purging.isConfirmedBy(all.get(server))))
                .boxed()
                .toList();
        if (asked.stream().anyMatch(server -> all.get(server).notBeforeNanos() - System.nanoTime() > 0)) {
            throw putOff(batch, all, asked);
        }
        await(batch, way, targets.size());
        Provider.Batch request = new Provider.Batch(way, List.copyOf(targets), reference(batch));
        new Round(batch, request, all, asked).make();
        made(batch);
    }

    private void await(List<Purging> batch, Way way, int count) throws PutOff {
        long left = untilNanos - System.nanoTime();
        long nanos = left <= 0 ? 1 : pace.take(way, count, left);
        if (nanos > left) {
            batch.forEach(purging -> purging.putOff(System.nanoTime() + nanos));
            throw new PutOff("the cache's rate is reached");
        }
        if (nanos > 0) {
            try {
                TimeUnit.NANOSECONDS.sleep(nanos);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PutOff("interrupted");
            }
        }
    }

    /** Until all of the servers may be asked. */
    private PutOff putOff(List<Purging> batch, List<ServerState> all, List<Integer> asked) {
        long now = System.nanoTime();
        long nanos = asked.stream()
                .mapToLong(server -> all.get(server).notBeforeNanos() - now)
                .max()
                .orElseThrow();
        batch.forEach(purging -> purging.putOff(now + Math.max(1, nanos)));
        return new PutOff("the cache is away");
    }

    /** Asks a server. */
    private interface Asking {
        OptionalLong purge() throws DeliveryFailure;
    }

    /** A server's failure with a request. */
    private record Failed(ServerState state, DeliveryFailure failure, boolean away) {
        /** What decides where several servers fail: what needs a person, then what is set aside, then what is waited for. */
        int rank() {
            return switch (failure.kind()) {
                case TARGET -> 3;
                case RECORD -> 2;
                default -> away ? 1 : 0;
            };
        }
    }

    /** A request to those servers at once that have not confirmed it. */
    private final class Round {
        private final List<Purging> batch;
        private final Provider.Batch request;
        private final List<ServerState> all;
        private final List<Integer> asked;
        private final Map<ServerState, Leave> leaves = new HashMap<>();
        private final List<Failed> failed = new ArrayList<>();

        Round(List<Purging> batch, Provider.Batch request, List<ServerState> all, List<Integer> asked) {
            this.batch = batch;
            this.request = request;
            this.all = all;
            this.asked = asked;
        }

        /** Throws what the purges have met, unless every server has confirmed. */
        void make() throws DeliveryFailure {
            try {
                for (int server : asked) {
                    Leave leave = all.get(server).leave();
                    leaves.put(all.get(server), leave);
                    if (leave == Leave.NO) {
                        throw putOff(batch, all, asked);
                    }
                }
                batch.forEach(Purging::attempt);
                ask();
                if (!failed.isEmpty()) {
                    throw judged(Collections.max(failed, Comparator.comparingInt(Failed::rank)));
                }
            } finally {
                leaves.forEach(ServerState::triedBy);
            }
        }

        private void ask() {
            List<Future<OptionalLong>> answers = new ArrayList<>();
            long begunNanos = System.nanoTime();
            for (int server : asked.subList(1, asked.size())) {
                answers.add(threads.submit(() -> provider.purge(request, server)));
            }
            take(asked.get(0), () -> provider.purge(request, asked.get(0)), begunNanos);
            for (int i = 0; i < answers.size(); i++) {
                Future<OptionalLong> answer = answers.get(i);
                take(asked.get(i + 1), () -> result(answer), begunNanos);
            }
        }

        private void take(int server, Asking answer, long begunNanos) {
            ServerState state = all.get(server);
            try {
                OptionalLong gone = answer.purge();
                state.confirmed();
                gone.ifPresent(metrics::removed);
                OptionalLong ofOne = request.targets().size() == 1 ? gone : OptionalLong.empty();
                batch.forEach(purging -> purging.confirmedBy(state, ofOne));
            } catch (DeliveryFailure e) {
                failed.add(new Failed(state, e, isAway(e, state, System.nanoTime() - begunNanos)));
            }
        }

        /** Takes note of what a failure says of the server. */
        private boolean isAway(DeliveryFailure e, ServerState state, long tookNanos) {
            if (e instanceof Unasked) {
                return false;
            }
            if (e.kind() != FailureKind.TRANSIENT || e instanceof DoubtfulRefusal) {
                state.answered();
                return false;
            }
            if (isOfServer(e)) {
                state.failed(leaves.get(state), e.pause().toNanos(), tookNanos);
                return true;
            }
            return state.failedWith(leaves.get(state), request.targets().get(0), tookNanos);
        }

        private DeliveryFailure judged(Failed worst) {
            DeliveryFailure e = worst.failure();
            if (e.kind() == FailureKind.RECORD) {
                batch.forEach(purging -> purging.refused(e.getMessage()));
            }
            if (e.kind() != FailureKind.TRANSIENT) {
                return e;
            }
            delivery.retried();
            if (worst.away()) {
                return away(e, worst.state());
            }
            return e instanceof DoubtfulRefusal ? doubtful(e, worst.state()) : failedWith(e, worst.state());
        }

        private DeliveryFailure away(DeliveryFailure e, ServerState state) {
            if (!policy.retries.allows(state.failures())) {
                throw new ConnectException("given up after " + state.failures() + " attempts: " + e.getMessage(), e);
            }
            PutOff putOff = putOff(batch, all, asked);
            if (!isOfServer(e)) {
                noted(state);
                if (request.targets().size() > 1 && attempts() >= ServerState.REQUESTS_IN_A_ROW) {
                    // It may be due to what it is asked for after all.
                    halve();
                }
            }
            // What has looked while this was tried looks again first.
            long othersNanos = System.nanoTime() + ServerState.TRIAL_NANOS;
            batch.stream()
                    .filter(purging -> purging.dueNanos() - othersNanos < 0)
                    .forEach(purging -> purging.putOff(othersNanos));
            LOG.warn(
                    "cache {}: attempt {} failed, the next is in {} ms: {}",
                    names.cache,
                    state.failures(),
                    TimeUnit.NANOSECONDS.toMillis(batch.get(0).dueNanos() - System.nanoTime()),
                    e.getMessage());
            return putOff;
        }

        /** By itself, as other targets are confirmed, or nothing is known yet. */
        private DeliveryFailure failedWith(DeliveryFailure e, ServerState state) {
            boolean others = noted(state);
            if (request.targets().size() > 1 && (others || attempts() >= ServerState.REQUESTS_IN_A_ROW)) {
                return halved(e);
            }
            boolean late = batch.stream().allMatch(purging -> purging.failingNanos(state) >= policy.patience.toNanos());
            return others && late
                    ? refused(e.getMessage() + ", and goes on so while it takes other targets", e)
                    : later(e, attempts());
        }

        private DeliveryFailure doubtful(DeliveryFailure e, ServerState state) {
            if (request.targets().size() > 1) {
                return halved(e);
            }
            if (state.refused(request.targets().get(0))) {
                return new DeliveryFailure(FailureKind.TARGET, e.getMessage(), e);
            }
            return noted(state) ? refused(e.getMessage() + "; it takes other targets", e) : later(e, attempts());
        }

        /** Notes that a server has failed with these; says whether it has confirmed others meanwhile. */
        private boolean noted(ServerState state) {
            boolean others = false;
            for (Purging purging : batch) {
                others |= purging.failed(state);
            }
            return others;
        }

        private int attempts() {
            return batch.stream().mapToInt(Purging::attempts).max().orElse(1);
        }

        /** It must be known which of the targets it is, and the others need not wait for that. */
        private DeliveryFailure halved(DeliveryFailure e) {
            halve();
            return later(e, 1);
        }

        private void halve() {
            Set<String> first =
                    Set.copyOf(request.targets().subList(0, request.targets().size() / 2));
            Batches.Request one = new Batches.Request();
            Batches.Request other = new Batches.Request();
            batch.forEach(purging -> purging.in(first.contains(purging.target()) ? one : other));
        }

        private DeliveryFailure refused(String message, Exception e) {
            batch.forEach(purging -> purging.refused(message));
            return new DeliveryFailure(FailureKind.RECORD, message, new DataException(message, e));
        }

        private PutOff later(DeliveryFailure e, int attempt) {
            long pauseMs =
                    policy.retries.pauseMs(attempt, ThreadLocalRandom.current().nextDouble());
            long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMs);
            batch.forEach(purging -> purging.putOff(untilNanos));
            LOG.warn(
                    "cache {}: {} targets are tried again in {} ms, those of {} and others: {}",
                    names.cache,
                    request.targets().size(),
                    pauseMs,
                    batch.get(0).position(),
                    e.getMessage());
            return new PutOff(e.getMessage());
        }
    }

    private static OptionalLong result(Future<OptionalLong> answer) throws DeliveryFailure {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeliveryFailure(FailureKind.TRANSIENT, "interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DeliveryFailure failure) {
                throw failure;
            }
            throw new ConnectException("a request failed: " + e.getCause().getMessage(), e.getCause());
        }
    }

    /** Whether a failure that may pass is a server's: it cannot be reached, or asks to be left alone. */
    private static boolean isOfServer(DeliveryFailure e) {
        if (e instanceof RefusedForNow) {
            return false;
        }
        return !(e.getCause() instanceof IOException)
                || e.getCause() instanceof java.net.ConnectException
                || e.getCause() instanceof HttpConnectTimeoutException;
    }

    private void made(List<Purging> batch) {
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
        if (purging.isAgain() || policy.againAfter.isZero()) {
            done(purging);
        } else {
            pending.replace(purging, purging.again(System.nanoTime() + policy.againAfter.toNanos()));
        }
    }

    private void done(Purging purging) {
        if (pending.remove(purging)) {
            progress.done(purging.position());
        }
    }

    @Override
    public void skip(Purging purging) {
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

    /**
     * The same for the same purges of the same records, also by a task that is started anew; no other has it, not even where a
     * topic begins anew with its offsets. Of records that name one target the last stands for all: a request that was made for it was
     * made after the others, too, while one that was made for those before tells nothing of it.
     */
    private static String reference(List<Purging> batch) {
        Map<String, Purging> last = new TreeMap<>();
        batch.forEach(purging -> last.put(purging.key(), purging));
        StringBuilder all = new StringBuilder();
        last.forEach((key, purging) -> all.append(purging.position())
                .append(' ')
                .append(purging.isAgain())
                .append(' ')
                .append(purging.invalidation().emittedAtMicros())
                .append(' ')
                .append(key)
                .append('\n'));
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(all.toString().getBytes(StandardCharsets.UTF_8));
            return last.values().iterator().next().position() + "-"
                    + HexFormat.of().formatHex(hash).substring(0, REFERENCE_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new ConnectException("this JVM does not hash", e);
        }
    }

    /** Has a target set aside that is none for this cache. */
    void refuse(Purging purging, DeadLetters deadLetters) {
        String message = names.provider + " has no " + (purging.way() == Way.PATTERN ? "patterns of URLs" : "tags");
        purging.refused(message);
        deadLetters.report(purging.record(), new DataException(message));
        pending.add(purging);
        skip(purging);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    @Override
    public void refresh() {
        // Nothing is known of a cache.
    }
}
