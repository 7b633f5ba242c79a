package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeadLetters;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.RetryPolicy;
import io.millrace.connectors.delivery.Target;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A cache, to which purges are delivered at its pace.
 *
 * <ul>
 *   <li>A target that a server fails with, while it confirms others, is tried again by itself, and at last set aside.
 *   <li>All servers must confirm. While one is {@linkplain ServerState away} everything waits, and it is tried again by one request
 *       after each pause; those that have confirmed that are not asked again.
 * </ul>
 *
 * What follows from failures the {@link FailureJudge} says; what follows from purges, the {@link PurgeResults}. Thread-safe.
 */
final class PurgeTarget implements Target<Purging>, AutoCloseable {
    private final Round.Asker asker;
    private final RetryPolicy retries;
    private final FailureJudge judge;
    private final Pace pace;
    private final PendingPurges pending;
    private final PurgeResults results;
    private final Map<Way, List<ServerState>> servers = new ConcurrentHashMap<>();

    private volatile long untilNanos;

    /**
     * A cache.
     *
     * @param retries when a server is tried again
     */
    PurgeTarget(
            Provider provider,
            RetryPolicy retries,
            FailureJudge judge,
            Pace pace,
            PendingPurges pending,
            PurgeResults results,
            CdnMetrics metrics) {
        this.retries = retries;
        this.judge = judge;
        this.pace = pace;
        this.pending = pending;
        this.results = results;
        ExecutorService threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "millrace cdn " + results.names().cache() + " server");
            thread.setDaemon(true);
            return thread;
        });
        this.asker = new Round.Asker(provider, threads, metrics);
    }

    /** Those that purges in a way are made by. */
    private List<ServerState> servers(Way way) {
        Way of = asker.provider().serversOf(way);
        return servers.computeIfAbsent(of, unused -> Stream.generate(() -> new ServerState(retries, System::nanoTime))
                .limit(asker.provider().servers(of))
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
        Round round = new Round(batch, servers(way));
        if (round.mustWait()) {
            throw round.putOff();
        }
        Set<String> targets = new LinkedHashSet<>();
        batch.forEach(purging -> targets.add(purging.target()));
        await(batch, way, targets.size());
        round.make(asker, new Provider.Batch(way, List.copyOf(targets), RequestReference.of(batch)), judge);
        results.made(batch);
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

    @Override
    public void skip(Purging purging) {
        results.refused(purging);
    }

    /** Has a target set aside that is none for this cache. */
    void refuse(Purging purging, DeadLetters deadLetters) {
        String message =
                results.names().provider() + " has no " + (purging.way() == Way.PATTERN ? "patterns of URLs" : "tags");
        purging.refused(message);
        deadLetters.report(purging.record(), new DataException(message));
        pending.add(purging);
        skip(purging);
    }

    @Override
    public void close() {
        asker.threads().shutdownNow();
    }

    @Override
    public void refresh() {
        // Nothing is known of a cache.
    }
}
