package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.replica.OffsetStore.Claim;
import io.millrace.connectors.replica.Replica.Applied;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;

/**
 * Writes batches: each is one transaction of the target database with the rows and the offsets up to which its partitions
 * are applied. Keeps the claims on partitions. Used by one thread at a time.
 */
final class BatchWriter {
    private static final String UNIQUE_VIOLATION = "23505";

    private final ReplicaSinkConfig config;
    private final TargetConnection target;
    private final Dialect dialect;
    private final Offsets offsets;
    private final Memory memory;
    private final boolean copies;
    private final Map<String, Replica> replicas = new HashMap<>();
    private final Map<TopicPartition, Claim> claims = new HashMap<>();
    /** By partition the first offset that is not applied, as the database holds it. */
    private final Map<TopicPartition, Long> applied = new HashMap<>();

    private final Set<TopicPartition> fresh = new HashSet<>();
    private final AwaitedTombstones tombstones = new AwaitedTombstones();
    /** By which the tables were found there or made. */
    private Connection prepared;
    /** By which the database was found to hold what was written to it last; what is known of it is known by this one. */
    private Connection checked;

    BatchWriter(ReplicaSinkConfig config, TargetConnection target) {
        this.config = config;
        this.target = target;
        this.dialect = Dialect.of(config);
        this.offsets = dialect.offsets(config.name());
        this.memory = dialect.memory(config.name(), "");
        this.copies = dialect.copies() && config.getBoolean(ReplicaSinkConfig.SNAPSHOT_COPY);
    }

    /** Claims a partition: from now on no other task writes what comes from it. */
    Claim claim(TopicPartition partition) throws SQLException {
        try {
            Connection connection = target.get();
            makeTables(connection);
            Claim claim = offsets.claim(connection, partition);
            connection.commit();
            claims.put(partition, claim);
            applied.remove(partition);
            tombstones.forget(partition);
            replicas.values().forEach(Replica::forgetRemembered);
            if (claim.nextOffset() == null) {
                fresh.add(partition);
            } else {
                fresh.remove(partition);
                applied.put(partition, claim.nextOffset());
            }
            return claim;
        } finally {
            target.rollback();
        }
    }

    private void makeTables(Connection connection) throws SQLException {
        if (connection != prepared) {
            offsets.createTable(connection);
            memory.createTable(connection);
            connection.commit();
            prepared = connection;
        }
    }

    /** A new connection may lead to another server, a standby that was promoted, or to a database that was restored or altered meanwhile. */
    private void checkOnce(Connection connection) throws SQLException, DeliveryFailure {
        if (connection != checked) {
            check(connection);
        }
    }

    private void check(Connection connection) throws SQLException, DeliveryFailure {
        makeTables(connection);
        offsets.check(connection, applied, claims);
        if (connection != checked) {
            replicas.values().forEach(Replica::forget);
            checked = connection;
        }
    }

    /** The database's failure, for those who deliver. */
    DeliveryFailure failure(SQLException failure) {
        return dialect.failure(failure);
    }

    boolean hasClaimed(TopicPartition partition) {
        return claims.containsKey(partition);
    }

    /** The first offset of a partition that is not applied; null where none is. */
    Long nextOffset(TopicPartition partition) {
        return applied.get(partition);
    }

    /** By partition the first offset that is not applied, of those of which something is. */
    Map<TopicPartition, Long> nextOffsets() {
        return Map.copyOf(applied);
    }

    /** Gives a partition up. */
    void release(TopicPartition partition) {
        claims.remove(partition);
        applied.remove(partition);
        fresh.remove(partition);
        tombstones.forget(partition);
    }

    /** Writes a batch, all or nothing. */
    Applied write(List<Received> batch) throws SQLException, DeliveryFailure {
        Map<TopicPartition, Long> nextOffsets = nextOffsets(batch);
        Map<String, List<Change>> byTopic = byTopic(batch);
        boolean copying = copies
                && batch.stream().noneMatch(received -> received.isRefused() || received.isReplay())
                && fresh.containsAll(nextOffsets.keySet())
                && byTopic.values().stream().allMatch(Replica::areWholeRows);
        if (!copying) {
            // From now on a key may have something: a row, or a deletion that is remembered.
            fresh.removeAll(nextOffsets.keySet());
        }
        try {
            return write(batch, byTopic, nextOffsets, copying);
        } catch (SQLException e) {
            if (!copying || !UNIQUE_VIOLATION.equals(e.getSQLState())) {
                throw e;
            }
            // Some row was there: from now on rows are looked for.
            fresh.removeAll(nextOffsets.keySet());
            return write(batch, byTopic, nextOffsets, false);
        }
    }

    private Applied write(
            List<Received> batch,
            Map<String, List<Change>> byTopic,
            Map<TopicPartition, Long> nextOffsets,
            boolean copying)
            throws SQLException, DeliveryFailure {
        try {
            Connection connection = target.get();
            checkOnce(connection);
            prepare(connection, byTopic);
            lockOrigins(connection, batch);
            AwaitedTombstones.Next awaited = tombstones.after(batch, nextOffsets);
            offsets.advance(connection, steps(nextOffsets, awaited.heldBack(nextOffsets)));
            Replica.Passed passed = new Replica.Passed(awaited.expected(), refused(batch));
            Applied sum = Applied.NOTHING;
            for (Map.Entry<String, List<Change>> each : byTopic.entrySet()) {
                Replica replica = replica(each.getKey());
                // What another task has deleted must not be copied in again.
                boolean added = othersReplay() && replica.refreshRemembered(connection);
                sum = sum.plus(replica.apply(connection, each.getValue(), copying && !added, passed));
            }
            connection.commit();
            applied.putAll(nextOffsets);
            tombstones.accept(awaited);
            return sum;
        } finally {
            // After a commit there is nothing to roll back.
            target.rollback();
        }
    }

    private Map<TopicPartition, Offsets.Step> steps(
            Map<TopicPartition, Long> nextOffsets, Map<TopicPartition, Long> heldBack) {
        Map<TopicPartition, Offsets.Step> steps = new HashMap<>();
        nextOffsets.forEach((partition, next) -> steps.put(
                partition,
                new Offsets.Step(heldBack.get(partition), next, applied.get(partition), claims.get(partition))));
        return steps;
    }

    /** Whether dead letters of this task's partitions may be delivered to another one. */
    private boolean othersReplay() {
        String replays = config.getString(DeliveryConfig.REPLAY_TOPIC);
        return !replays.isEmpty()
                && claims.keySet().stream()
                        .noneMatch(partition -> partition.topic().equals(replays));
    }

    /**
     * Keeps the tasks whose partitions dead letters come from from writing meanwhile: what is known of their keys then holds until
     * the commit.
     */
    private void lockOrigins(Connection connection, List<Received> batch) throws SQLException {
        Set<TopicPartition> origins =
                new TreeSet<>(Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
        for (Received received : batch) {
            if (received.isReplay()) {
                origins.add(received.change().replayOf().partition());
            }
        }
        for (TopicPartition origin : origins) {
            offsets.lock(connection, origin);
        }
    }

    /**
     * Looks for the records of a batch that are at fault, in a transaction that is rolled back. Where many are, this is much
     * faster than to halve the batch until each stands alone.
     *
     * @return each change with its failure; there may be more
     */
    List<Replica.Fault> faults(List<Received> batch) throws SQLException, DeliveryFailure {
        List<Replica.Fault> faults = new ArrayList<>();
        try {
            Map<String, List<Change>> byTopic = byTopic(batch);
            Connection connection = target.get();
            // It may be a new one, and what only its server refuses is at fault there alone.
            checkOnce(connection);
            prepare(connection, byTopic);
            AwaitedTombstones.Next awaited = tombstones.after(batch, Map.of());
            Replica.Passed passed = new Replica.Passed(awaited.expected(), refused(batch));
            for (Map.Entry<String, List<Change>> each : byTopic.entrySet()) {
                faults.addAll(replica(each.getKey()).faults(connection, each.getValue(), passed));
            }
        } catch (SQLException e) {
            if (failure(e).kind() == FailureKind.TRANSIENT) {
                throw e;
            }
            // What was found before it holds; the rest shows when the batch is halved.
            return faults;
        } catch (DataException e) {
            // One has a value that cannot be written, or a key that the target cannot hold; which one, shows when the
            // batch is halved.
            return faults;
        } finally {
            target.rollback();
        }
        return faults;
    }

    private void prepare(Connection connection, Map<String, List<Change>> byTopic) throws SQLException {
        for (Map.Entry<String, List<Change>> each : byTopic.entrySet()) {
            try {
                replica(each.getKey()).prepare(connection, each.getValue());
            } catch (SQLException e) {
                if (dialect.kindOf(e) == FailureKind.RECORD) {
                    throw new ConnectException(
                            "the table for topic " + each.getKey() + " could not be made ready: " + e.getMessage(), e);
                }
                throw e;
            }
        }
    }

    /** Has all that is known of the database looked at anew, as somebody may have changed it. */
    void forget() {
        target.close();
    }

    /**
     * Forgets some of the deletions that are older than they are remembered for. Where no records come, this is also what sees
     * that the database has gone back; behind a pooler that is not seen by the connection.
     *
     * @return whether there may be more of them
     */
    boolean prune(int limit) throws SQLException, DeliveryFailure {
        try {
            Connection connection = target.get();
            check(connection);
            int forgotten =
                    memory.forgetDeletions(connection, config.getLong(ReplicaSinkConfig.DELETIONS_RETAIN), limit);
            connection.commit();
            return forgotten == limit;
        } finally {
            target.rollback();
        }
    }

    private Replica replica(String topic) {
        return replicas.computeIfAbsent(topic, name -> new Replica(config, dialect, name));
    }

    private static Map<String, List<Change>> byTopic(List<Received> batch) {
        Map<String, List<Change>> byTopic = new LinkedHashMap<>();
        for (Received received : batch) {
            if (received.change() != null) {
                byTopic.computeIfAbsent(received.topic(), topic -> new ArrayList<>())
                        .add(received.change());
            }
        }
        return byTopic;
    }

    private static Set<Change> refused(List<Received> batch) {
        Set<Change> refused = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Received received : batch) {
            if (received.isRefused()) {
                refused.add(received.change());
            }
        }
        return refused;
    }

    private Map<TopicPartition, Long> nextOffsets(List<Received> batch) {
        Map<TopicPartition, Long> nextOffsets = new HashMap<>();
        TopicPartition partition = null;
        long next = 0;
        for (Received received : batch) {
            // Many of one partition come together.
            if (partition == null || !received.isOf(partition)) {
                if (partition != null) {
                    nextOffsets.put(partition, next);
                }
                partition = Received.partitionOf(received.record());
                Objects.requireNonNull(claims.get(partition), "a record of a partition that was not claimed");
            }
            next = received.record().originalKafkaOffset() + 1;
        }
        if (partition != null) {
            nextOffsets.put(partition, next);
        }
        return nextOffsets;
    }
}
