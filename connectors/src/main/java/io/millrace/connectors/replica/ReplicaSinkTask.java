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
 * Writes the records of its partitions to the target database. It holds what Connect has handed over last and, while that is
 * much, what it had before: a large batch is written while Connect reads the next one, and {@link #put} waits for the one before.
 * So Connect hands over no more while the database is slow, and goes on with its other tasks. Connect calls a task by one thread.
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

    /** Of so many records on, a batch is written while Connect reads the next: fewer come where nothing waits behind them. */
    static final int LEAST_AHEAD = 500;

    /** When a batch that is written ahead is looked after at the latest. */
    private static final Duration AHEAD_LOOK = Duration.ofMillis(100);

    private final int leastAhead;
    private final ChangeReader reader = new ChangeReader();
    private final Set<TopicPartition> assigned = new HashSet<>();
    /** The offsets below which Connect should hand nothing over, since it was told to begin there. */
    private final Map<TopicPartition, Long> begun = new HashMap<>();
    /** Where a partition's records begin, should the database hold nothing of it when it is claimed again. */
    private final Map<TopicPartition, Long> beginnings = new HashMap<>();
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
    private DeliveryAhead ahead;
    private ReplicaMetrics metrics;
    private long fencedSinceNanos;
    private boolean fenced;
    private long prunedAtNanos;
    private long committedAtNanos;
    private boolean uncommitted;
    /** What the database held when Connect was asked to commit; null where it was not. */
    private Map<TopicPartition, Long> committing;

    /** As Connect makes it. */
    public ReplicaSinkTask() {
        this(LEAST_AHEAD);
    }

    /** A task that writes batches of so many records on while Connect reads the next. */
    ReplicaSinkTask(int leastAhead) {
        this.leastAhead = leastAhead;
    }

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
        ahead = new DeliveryAhead("millrace-replica-" + config.name());
        prunedAtNanos = System.nanoTime();
        committedAtNanos = prunedAtNanos;
    }

    /** Claims the partitions, and has Connect begin where the database says. What fails here is tried again by put. */
    @Override
    public void open(Collection<TopicPartition> partitions) {
        ahead.await();
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
        ahead.await();
        assigned.removeAll(partitions);
        partitions.forEach(this::release);
        // Whoever has them next is given them from where Connect's group is.
        beginnings.keySet().removeAll(partitions);
    }

    private void release(TopicPartition partition) {
        writer.release(partition);
        begun.remove(partition);
        seeking.remove(partition);
        committing = null;
        // Whoever has it next begins where the database says.
        ahead.drop(received -> received.isOf(partition));
    }

    private void claim(Collection<TopicPartition> partitions) throws SQLException {
        for (TopicPartition partition : partitions) {
            if (!writer.hasClaimed(partition)) {
                Long next = writer.claim(partition).nextOffset();
                if (next != null) {
                    begun.put(partition, next);
                    // Of what was there before, nobody here knows where it began.
                    beginnings.putIfAbsent(partition, 0L);
                } else {
                    // The database has gone back behind all that it was given, or nothing was given to it yet.
                    next = beginnings.getOrDefault(partition, beginning(partition));
                }
                if (next != null) {
                    context.offset(partition, next);
                    seeking.add(partition);
                }
            }
        }
    }

    /**
     * Where a partition begins of which the database holds nothing, whatever Connect's group says: that is what an earlier task
     * has told it, of a database that has gone back since. Null where Connect says: replays are older than what the sink is to have.
     */
    private Long beginning(TopicPartition partition) {
        return partition.topic().equals(replays.name()) ? null : 0L;
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        try {
            // While the batch before is being written.
            List<Received> read = records.stream().map(this::received).toList();
            if (ahead.finish()) {
                deadLetters.passed();
                uncommitted = true;
            }
            claim(assigned);
            prune();
            List<Received> batch = toApply(read);
            metrics.waiting(batch);
            boolean goesAhead = batch.size() >= leastAhead && ahead.left().isEmpty();
            if (!goesAhead) {
                deliver(batch);
                ahead.clear();
                deadLetters.passed();
                uncommitted |= !batch.isEmpty();
            }
            commitSoon();
            if (goesAhead) {
                ahead.hand(batch, this::deliverWhole);
                // Where no more records come, what becomes of it is seen soon nevertheless.
                context.timeout(AHEAD_LOOK.toMillis());
            }
            // Last, as what fails before has Connect hand the same records over again.
            seeking.clear();
            retries.progressed();
            fenced = false;
        } catch (Fenced e) {
            waitForRebalance(e);
        } catch (Moved e) {
            // Nor need its tables be what they were: they are looked at by a new connection.
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

    /** Delivers a batch, and sets aside what is at fault. */
    private void deliver(List<Received> batch) throws DeliveryFailure {
        for (int from = 0; from < batch.size(); from = endOfPart(batch, from)) {
            bisection.deliver(batch.subList(from, endOfPart(batch, from)));
            metrics.waiting(batch.subList(endOfPart(batch, from), batch.size()));
        }
    }

    /** Delivers a batch up to where something is at fault; says whether nothing is. */
    private boolean deliverWhole(List<Received> batch) throws DeliveryFailure {
        for (int from = 0; from < batch.size(); from = endOfPart(batch, from)) {
            if (!bisection.deliverWhole(batch.subList(from, endOfPart(batch, from)))) {
                return false;
            }
            metrics.waiting(batch.subList(endOfPart(batch, from), batch.size()));
        }
        return true;
    }

    private int endOfPart(List<Received> batch, int from) {
        return Math.min(batch.size(), from + config.getInt(ReplicaSinkConfig.BATCH_ROWS));
    }

    /** What is left of the batch before, and those of the records read that are this task's to apply. */
    private List<Received> toApply(List<Received> read) {
        List<Received> batch = new ArrayList<>(read.size());
        for (Received received : ahead.left()) {
            if (isNew(Received.partitionOf(received.record()), received.record().originalKafkaOffset())) {
                batch.add(received);
            }
        }
        TopicPartition partition = null;
        boolean isRead = false;
        for (Received received : read) {
            // Many of one partition come together.
            if (partition == null || !received.isOf(partition)) {
                partition = Received.partitionOf(received.record());
                // What was read before a claim is read again, from where the database says.
                isRead = !seeking.contains(partition) && assigned.contains(partition);
                if (isRead) {
                    beginnings.putIfAbsent(partition, received.record().originalKafkaOffset());
                }
            }
            if (isRead && isNew(partition, received.record().originalKafkaOffset())) {
                batch.add(received);
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
    private void commitSoon() {
        long leftMs = COMMIT_PAUSE.toMillis() - (System.nanoTime() - committedAtNanos) / 1_000_000;
        if (!uncommitted) {
            return;
        }
        if (leftMs > 0) {
            // Connect calls again then, whether or not records have come.
            context.timeout(leftMs);
        } else {
            // The commit need not wait for the batch that is handed over now.
            committing = writer.nextOffsets();
            context.requestCommit();
            committedAtNanos = System.nanoTime();
            uncommitted = false;
        }
    }

    private void prune() throws SQLException, DeliveryFailure {
        if (System.nanoTime() - prunedAtNanos > PRUNE_PAUSE.toNanos()) {
            prunedAtNanos = System.nanoTime();
            if (writer.prune(PRUNED_ROWS)) {
                // The next time too, or many deletions would be remembered faster than they are forgotten.
                prunedAtNanos -= PRUNE_PAUSE.toNanos();
            }
        }
    }

    /** What Connect may commit for its consumer group: what the database holds. It is for people, who see the lag by it. */
    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        if (committing == null) {
            ahead.await();
        }
        Map<TopicPartition, Long> held = committing == null ? writer.nextOffsets() : committing;
        committing = null;
        Map<TopicPartition, OffsetAndMetadata> applied = new HashMap<>();
        for (TopicPartition partition : offsets.keySet()) {
            Long next = held.get(partition);
            if (next != null) {
                applied.put(partition, new OffsetAndMetadata(next, breaker.mark()));
            }
        }
        return applied;
    }

    @Override
    public void stop() {
        try {
            if (ahead != null) {
                ahead.stop();
            }
        } finally {
            // Also of a task that did not start, or is interrupted while it waits.
            if (target != null) {
                target.end();
            }
        }
    }
}
