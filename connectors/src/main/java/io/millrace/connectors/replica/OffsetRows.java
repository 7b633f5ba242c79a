package io.millrace.connectors.replica;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** What is done with single rows of {@code millrace_offsets}, alike in every database. */
abstract class OffsetRows implements Offsets {
    final String sink;
    private final String epoch;
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
        this.alter = alter;
    }

    /** Sets the parameters that name a partition's row, from one on. */
    final void bind(PreparedStatement statement, int from, TopicPartition partition) throws SQLException {
        statement.setString(from, sink);
        statement.setString(from + 1, partition.topic());
        statement.setInt(from + 2, partition.partition());
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
