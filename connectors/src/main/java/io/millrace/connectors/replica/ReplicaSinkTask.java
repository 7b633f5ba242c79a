package io.millrace.connectors.replica;

import io.millrace.connectors.replica.Bisection.Refusal;
import io.millrace.connectors.replica.OffsetStore.Claim;
import io.millrace.connectors.replica.OffsetStore.Fenced;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the records of its partitions to the target database before {@link #put} returns, so that nothing is buffered here:
 * Connect hands over no more while the database is slow, and goes on with its other tasks. Connect calls a task by one thread.
 */
public final class ReplicaSinkTask extends SinkTask {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaSinkTask.class);

    /** How long a task that was fenced waits to be told that its partitions are another's. */
    private static final Duration FENCED_PATIENCE = Duration.ofMinutes(2);

    private static final Duration FENCED_PAUSE = Duration.ofSeconds(1);
    private static final Duration DEAD_LETTER_PATIENCE = Duration.ofMinutes(1);
    private static final Duration PRUNE_PAUSE = Duration.ofMinutes(1);
    private static final int PRUNED_ROWS = 10_000;

    private final ChangeReader reader = new ChangeReader();
    private final Set<TopicPartition> assigned = new HashSet<>();
    /** The offsets below which Connect should hand nothing over, since it was told to begin there. */
    private final Map<TopicPartition, Long> begun = new HashMap<>();
    /** Claimed partitions of which Connect still hands over what it had read before. */
    private final Set<TopicPartition> seeking = new HashSet<>();
    /** Records that were set aside and are not passed in the database yet. */
    private final Set<SetAside> setAside = new HashSet<>();

    private ReplicaSinkConfig config;
    private RetryPolicy retries;
    private TargetConnection target;
    private BatchWriter writer;
    private Bisection bisection;
    private ReplicaMetrics metrics;
    private int failures;
    private long fencedSinceNanos;
    private boolean fenced;
    private long prunedAtNanos;

    private record SetAside(TopicPartition partition, long offset) {}

    @Override
    public String version() {
        return ReplicaSinkConnector.VERSION;
    }

    @Override
    public void start(Map<String, String> properties) {
        config = new ReplicaSinkConfig(properties);
        retries = config.retryPolicy();
        target = new TargetConnection(config);
        writer = new BatchWriter(config, target);
        metrics = new ReplicaMetrics(System::currentTimeMillis);
        metrics.register(context.pluginMetrics());
        bisection = new Bisection(writer, this::report, metrics);
        prunedAtNanos = System.nanoTime();
    }

    /** Claims the partitions, and has Connect begin where the database says. What fails here is tried again by put. */
    @Override
    public void open(Collection<TopicPartition> partitions) {
        assigned.addAll(partitions);
        fenced = false;
        try {
            claimPartitions();
            // Connect goes there before it reads anything of these.
            seeking.removeAll(partitions);
        } catch (SQLException e) {
            target.close();
            LOG.warn("the partitions {} are not claimed yet: {}", partitions, e.getMessage());
        }
    }

    @Override
    public void close(Collection<TopicPartition> partitions) {
        assigned.removeAll(partitions);
        partitions.forEach(this::release);
    }

    private void release(TopicPartition partition) {
        writer.release(partition);
        begun.remove(partition);
        seeking.remove(partition);
    }

    private void claimPartitions() throws SQLException {
        for (TopicPartition partition : assigned) {
            if (!writer.hasClaimed(partition)) {
                Claim claim = writer.claim(partition);
                if (claim.nextOffset() != null) {
                    context.offset(partition, claim.nextOffset());
                    begun.put(partition, claim.nextOffset());
                    seeking.add(partition);
                }
            }
        }
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        try {
            claimPartitions();
            List<Received> batch = read(records);
            metrics.waiting(batch);
            int most = config.getInt(ReplicaSinkConfig.BATCH_ROWS);
            for (int from = 0; from < batch.size(); from += most) {
                bisection.apply(batch.subList(from, Math.min(batch.size(), from + most)));
                metrics.waiting(batch.subList(Math.min(batch.size(), from + most), batch.size()));
            }
            setAside.clear();
            seeking.clear();
            prune();
            failures = 0;
            fenced = false;
        } catch (SQLException e) {
            tryAgain(e);
        } catch (Fenced e) {
            waitForRebalance(e);
        }
    }

    private List<Received> read(Collection<SinkRecord> records) {
        List<Received> batch = new ArrayList<>(records.size());
        for (SinkRecord record : records) {
            TopicPartition partition = Received.partitionOf(record);
            // What was read before a claim is read again, from where the database says.
            if (!seeking.contains(partition)
                    && assigned.contains(partition)
                    && isNew(partition, record.originalKafkaOffset())) {
                batch.add(new Received(record, change(record)));
            }
        }
        return batch;
    }

    private boolean isNew(TopicPartition partition, long offset) {
        Long first = begun.get(partition);
        if (first != null && offset < first) {
            throw new ConnectException("partition " + partition + " was applied up to offset " + first
                    + ", but its records begin again at " + offset
                    + ": the topic was deleted and made anew. Let the sink begin"
                    + " anew by DELETE /connectors/" + config.name()
                    + "/offsets while it is stopped, with an empty table");
        }
        Long next = writer.nextOffset(partition);
        return next == null || offset >= next;
    }

    private Change change(SinkRecord record) {
        try {
            return reader.read(record);
        } catch (DataException e) {
            report(List.of(new Refusal(record, e)));
            return null;
        }
    }

    /** Sends all before it waits for the first, as each takes its time. */
    private void report(List<Refusal> refusals) {
        List<Future<Void>> sent = new ArrayList<>();
        List<Refusal> reported = new ArrayList<>();
        ErrantRecordReporter reporter = context.errantRecordReporter();
        for (Refusal refusal : refusals) {
            SinkRecord record = refusal.record();
            if (setAside.add(new SetAside(Received.partitionOf(record), record.originalKafkaOffset()))) {
                if (reporter == null) {
                    throw new ConnectException(
                            what(refusal)
                                    + ". Set errors.tolerance = all and errors.deadletterqueue.topic.name, and such records"
                                    + " go there",
                            refusal.reason());
                }
                sent.add(reporter.report(record, refusal.reason()));
                reported.add(refusal);
            }
        }
        for (int i = 0; i < sent.size(); i++) {
            await(sent.get(i), reported.get(i));
        }
    }

    private static String what(Refusal refusal) {
        SinkRecord record = refusal.record();
        return "record " + Received.partitionOf(record) + "@" + record.originalKafkaOffset() + " cannot be applied: "
                + refusal.reason().getMessage();
    }

    private void await(Future<Void> sent, Refusal refusal) {
        try {
            sent.get(DEAD_LETTER_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            metrics.setAside();
            LOG.warn("{}; it is in the dead letters", what(refusal));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while a record was set aside", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new ConnectException(what(refusal) + ", and it could not be set aside", e);
        }
    }

    /** Connect pauses the partitions, goes on with its group, and hands the same records over again after the pause. */
    private void tryAgain(SQLException e) {
        target.close();
        if (FailureKind.of(e) != FailureKind.TRANSIENT) {
            throw new ConnectException("the target database refuses: " + e.getMessage(), e);
        }
        failures++;
        if (!retries.allows(failures)) {
            throw new ConnectException("given up after " + failures + " attempts: " + e.getMessage(), e);
        }
        long pauseMs = retries.pauseMs(failures, ThreadLocalRandom.current().nextDouble());
        metrics.retried();
        LOG.warn("attempt {} failed, the next is in {} ms: {}", failures, pauseMs, e.getMessage());
        context.timeout(pauseMs);
        throw new RetriableException("the target database: " + e.getMessage(), e);
    }

    /**
     * Another task owns a partition. A rebalance that this one has slept through will say so; it must not claim the partition
     * back by itself.
     */
    private void waitForRebalance(Fenced e) {
        if (!fenced) {
            fenced = true;
            fencedSinceNanos = System.nanoTime();
        }
        if (System.nanoTime() - fencedSinceNanos > FENCED_PATIENCE.toNanos()) {
            throw new ConnectException(
                    e.getMessage()
                            + ", though this one still has them: is another sink of that name writing to the database?",
                    e);
        }
        LOG.warn("{}", e.getMessage());
        context.timeout(FENCED_PAUSE.toMillis());
        throw new RetriableException(e.getMessage(), e);
    }

    private void prune() throws SQLException {
        if (System.nanoTime() - prunedAtNanos > PRUNE_PAUSE.toNanos()) {
            prunedAtNanos = System.nanoTime();
            writer.prune(PRUNED_ROWS);
        }
    }

    /** What Connect may commit for its consumer group: what the database holds. It is for people, who see the lag by it. */
    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        Map<TopicPartition, OffsetAndMetadata> applied = new HashMap<>();
        for (TopicPartition partition : offsets.keySet()) {
            Long next = writer.nextOffset(partition);
            if (next != null) {
                applied.put(partition, new OffsetAndMetadata(next));
            }
        }
        return applied;
    }

    @Override
    public void stop() {
        if (target != null) {
            target.close();
        }
    }
}
