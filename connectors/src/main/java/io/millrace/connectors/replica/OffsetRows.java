package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.replica.OffsetStore.Claim;
import io.millrace.connectors.replica.OffsetStore.Fenced;
import io.millrace.connectors.replica.OffsetStore.Moved;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** What is done with single rows of {@code millrace_offsets}, alike in every database. */
abstract class OffsetRows implements Offsets {
    final String sink;
    private final String epoch;
    private final String all;
    private final String alter;

    /**
     * Those of a sink.
     *
     * @param partition the column's name, as the database takes it
     * @param alter the statement that sets an offset: of sink, topic, partition and offset
     */
    OffsetRows(String sink, String partition, String alter) {
        this.sink = sink;
        this.epoch = "SELECT epoch FROM millrace_offsets WHERE sink = ? AND topic = ? AND " + partition + " = ?";
        this.all = "SELECT topic, " + partition + ", epoch, applied_offset FROM millrace_offsets WHERE sink = ?";
        this.alter = alter;
    }

    /** Sets the parameters that name a partition's row, from one on. */
    final void bind(PreparedStatement statement, int from, TopicPartition partition) throws SQLException {
        statement.setString(from, sink);
        statement.setString(from + 1, partition.topic());
        statement.setInt(from + 2, partition.partition());
    }

    /**
     * What the database has of a partition.
     *
     * @param epoch of who has claimed it last
     * @param appliedOffset the first offset that is not applied; null where nothing is
     */
    record Found(long epoch, Long appliedOffset) {}

    @Override
    public final void check(Connection connection, Map<TopicPartition, Long> applied, Map<TopicPartition, Claim> claims)
            throws SQLException, DeliveryFailure {
        Map<TopicPartition, Found> found = read(connection, claims.keySet());
        for (Map.Entry<TopicPartition, Claim> each : claims.entrySet()) {
            Found there = found.get(each.getKey());
            if (there == null
                    || there.epoch() != each.getValue().epoch()
                    || hasGoneBack(there.appliedOffset(), applied.get(each.getKey()))) {
                throw notHeld(found, claims);
            }
        }
    }

    /** A greater one is that of a commit of which the task does not know. */
    private static boolean hasGoneBack(Long there, Long applied) {
        return applied != null && (there == null || there < applied);
    }

    /** What the database has of some partitions; one of which it has nothing is missing. */
    private Map<TopicPartition, Found> read(Connection connection, Set<TopicPartition> partitions) throws SQLException {
        Map<TopicPartition, Found> found = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(all)) {
            statement.setString(1, sink);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    TopicPartition partition = new TopicPartition(rows.getString(1), rows.getInt(2));
                    if (partitions.contains(partition)) {
                        found.put(partition, new Found(rows.getLong(3), rows.getObject(4, Long.class)));
                    }
                }
            }
        }
        return found;
    }

    /** Why the steps cannot be taken, where the database has not what they begin from. */
    final DeliveryFailure notHeld(Connection connection, Map<TopicPartition, Step> steps) throws SQLException {
        Map<TopicPartition, Claim> claims = new HashMap<>();
        steps.forEach((partition, step) -> claims.put(partition, step.claim()));
        return notHeld(read(connection, claims.keySet()), claims);
    }

    /**
     * Why what the database has is not what a task holds. Only a greater epoch is another task's; a smaller one, or none, is that
     * of a database that has gone back behind the claim.
     */
    private DeliveryFailure notHeld(Map<TopicPartition, Found> found, Map<TopicPartition, Claim> claims) {
        boolean takenOver = found.entrySet().stream()
                .anyMatch(each ->
                        each.getValue().epoch() > claims.get(each.getKey()).epoch());
        return takenOver
                ? new Fenced("another task of sink " + sink + " has taken over some of " + claims.keySet())
                : new Moved("millrace_offsets has other offsets of " + claims.keySet()
                        + " than were written last: the sink goes on where the database says");
    }

    @Override
    public final boolean hasApplied(Connection connection, String topic) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT count(next_offset) FROM millrace_offsets WHERE sink = ? AND topic = ?")) {
            statement.setString(1, sink);
            statement.setString(2, topic);
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                return result.getLong(1) > 0;
            }
        }
    }

    @Override
    public final long memoryVersion(Connection connection, String topic) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(epoch)) {
            bind(statement, 1, new TopicPartition(topic, MEMORY));
            try (ResultSet result = statement.executeQuery()) {
                return result.next() ? result.getLong(1) : 0;
            }
        }
    }

    @Override
    public final void lock(Connection connection, TopicPartition partition) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(epoch + " FOR UPDATE")) {
            bind(statement, 1, partition);
            statement.executeQuery().close();
        }
    }

    @Override
    public final void alter(Connection connection, Map<TopicPartition, Long> offsets) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(alter)) {
            for (Map.Entry<TopicPartition, Long> entry : offsets.entrySet()) {
                bind(statement, 1, entry.getKey());
                statement.setObject(4, entry.getValue(), Types.BIGINT);
                statement.executeUpdate();
            }
        }
    }
}
