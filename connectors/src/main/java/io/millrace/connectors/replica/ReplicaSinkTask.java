package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.Bisection;
import io.millrace.connectors.delivery.Breaker;
import io.millrace.connectors.delivery.DeadLetters;
import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.delivery.RecordPosition;
import io.millrace.connectors.delivery.ReplayTopic;
import io.millrace.connectors.delivery.Retries;
import io.millrace.connectors.delivery.UniformSinkConnector;
import io.millrace.connectors.replica.OffsetStore.Claim;
import io.millrace.connectors.replica.OffsetStore.Fenced;
import io.millrace.connectors.replica.OffsetStore.Moved;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
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
    private static final Duration PRUNE_PAUSE = Duration.ofMinutes(1);
    private static final int PRUNED_ROWS = 10_000;

    /** How often Connect commits for its group what the database holds, while it holds more and more. */
    private static final Duration COMMIT_PAUSE = Duration.ofSeconds(1);

    private final ChangeReader reader = new ChangeReader();
    private final Set<TopicPartition> assigned = new HashSet<>();
    /** The offsets below which Connect should hand nothing over, since it was told to begin there. */
    private final Map<TopicPartition, Long> begun = new HashMap<>();
    /** Claimed partitions of which Connect still hands over what it had read before. */
    private final Set<TopicPartition> seeking = new HashSet<>();

    private ReplicaSinkConfig config;
    private ReplayTopic replays;
    private Breaker breaker;
    private Retries retries;
    private DeadLetters deadLetters;
    private TargetConnection target;
    private BatchWriter writer;
    private Bisection<Received> bisection;
    private ReplicaMetrics metrics;
    private long fencedSinceNanos;
    private boolean fenced;
    private long prunedAtNanos;
    private long committedAtNanos;
    private boolean uncommitted;

    @Override
    public String version() {
        return UniformSinkConnector.VERSION;
    }

    @Override
    public void start(Map<String, String> properties) {
        config = new ReplicaSinkConfig(properties);
        replays = ReplayTopic.of(config);
        breaker = DeliveryConfig.breaker(config);
        DeliveryMetrics delivery = new DeliveryMetrics(System::currentTimeMillis);
        retries = new Retries(DeliveryConfig.retryPolicy(config), context, delivery);
        deadLetters = new DeadLetters(context, delivery);
        metrics = new ReplicaMetrics(delivery);
        try {
            delivery.register(context.pluginMetrics(), breaker::isOpen);
            metrics.register(context.pluginMetrics());
        } catch (IllegalArgumentException e) {
            // The task's predecessor in this worker still waits for the database, for longer than Connect waits for it.
            LOG.warn("this task shows no metrics, as one that has not ended yet has them: {}", e.getMessage());
        }
        target = new TargetConnection(config);
        writer = new BatchWriter(config, target);
        bisection = new Bisection<>(new ReplicaTarget(writer, metrics), deadLetters, breaker);
        prunedAtNanos = System.nanoTime();
        committedAtNanos = prunedAtNanos;
    }

    /** Claims the partitions, and has Connect begin where the database says. What fails here is tried again by put. */
    @Override
    public void open(Collection<TopicPartition> partitions) {
        assigned.addAll(partitions);
        fenced = false;
        try {
            // Not others that wait for their claim: Connect may still hold records of them.
            claim(partitions);
        } catch (SQLException e) {
            target.close();
            LOG.warn("the partitions {} are not all claimed yet: {}", partitions, e.getMessage());
        } finally {
            // Those that are: Connect goes there before it reads anything of them.
            seeking.removeAll(partitions);
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

    private void claim(Collection<TopicPartition> partitions) throws SQLException {
        for (TopicPartition partition : partitions) {
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
            claim(assigned);
            List<Received> batch = read(records);
            metrics.waiting(batch);
            int most = config.getInt(ReplicaSinkConfig.BATCH_ROWS);
            for (int from = 0; from < batch.size(); from += most) {
                bisection.deliver(batch.subList(from, Math.min(batch.size(), from + most)));
                metrics.waiting(batch.subList(Math.min(batch.size(), from + most), batch.size()));
            }
            deadLetters.passed();
            commitSoon(!batch.isEmpty());
            prune();
            // Last, as what fails before has Connect hand the same records over again.
            seeking.clear();
            retries.progressed();
            fenced = false;
        } catch (Fenced e) {
            waitForRebalance(e);
        } catch (Moved e) {
            target.close();
            // Claimed anew, they go on where the database says now.
            assigned.forEach(this::release);
            throw retries.again(e);
        } catch (DeliveryFailure e) {
            target.close();
            throw retries.again(e);
        } catch (SQLException e) {
            target.close();
            throw retries.again(writer.failure(e));
        }
    }

    private List<Received> read(Collection<SinkRecord> records) {
        List<Received> batch = new ArrayList<>(records.size());
        TopicPartition partition = null;
        boolean isRead = false;
        for (SinkRecord record : records) {
            // Many of one partition come together.
            if (partition == null || !Received.isOf(partition, record)) {
                partition = Received.partitionOf(record);
                // What was read before a claim is read again, from where the database says.
                isRead = !seeking.contains(partition) && assigned.contains(partition);
            }
            if (isRead && isNew(partition, record.originalKafkaOffset())) {
                batch.add(received(record));
            }
        }
        return batch;
    }

    private boolean isNew(TopicPartition partition, long offset) {
        Long first = begun.get(partition);
        if (first != null && offset < first) {
            throw new ConnectException("partition " + partition + " was applied up to offset " + first
                    + ", but its records begin again at " + offset
                    + ": the topic was deleted and made anew. "
                    + (partition.topic().equals(replays.name())
                            ? "Set its offset to 0 by PATCH /connectors/" + config.name()
                                    + "/offsets while the sink is stopped"
                            : "Let the sink begin anew by DELETE /connectors/" + config.name()
                                    + "/offsets while it is stopped, with an empty table"));
        }
        Long next = writer.nextOffset(partition);
        return next == null || offset >= next;
    }

    private Received received(SinkRecord record) {
        try {
            RecordPosition replayOf = replays.sourceOf(record);
            Change change = reader.read(record);
            return new Received(record, change == null || replayOf == null ? change : change.replaying(replayOf), null);
        } catch (DataException e) {
            return new Received(record, null, e);
        }
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

    /**
     * Has Connect commit for its group what the database holds, a second later at the most: people, and {@code millrace lag}, see
     * by it how far the sink is behind. By itself Connect does so once in offset.flush.interval.ms, a minute.
     */
    private void commitSoon(boolean applied) {
        uncommitted |= applied;
        long leftMs = COMMIT_PAUSE.toMillis() - (System.nanoTime() - committedAtNanos) / 1_000_000;
        if (!uncommitted) {
            return;
        }
        if (leftMs > 0) {
            // Connect calls again then, whether or not records have come.
            context.timeout(leftMs);
        } else {
            context.requestCommit();
            committedAtNanos = System.nanoTime();
            uncommitted = false;
        }
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
                applied.put(partition, new OffsetAndMetadata(next, breaker.mark()));
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
