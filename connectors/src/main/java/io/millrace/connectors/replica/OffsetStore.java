package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/** {@link Offsets} in PostgreSQL. */
final class OffsetStore extends OffsetRows {
    private static final String CREATE = """
            CREATE TABLE IF NOT EXISTS millrace_offsets (
                sink text NOT NULL,
                topic text NOT NULL,
                partition integer NOT NULL,
                next_offset bigint,
                epoch bigint NOT NULL,
                updated_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (sink, topic, partition))""";

    private static final String CLAIM = """
            INSERT INTO millrace_offsets AS o (sink, topic, partition, epoch)
            VALUES (?, ?, ?, floor(extract(epoch FROM clock_timestamp()) * 1000))
            ON CONFLICT (sink, topic, partition) DO UPDATE
            SET epoch = greatest(o.epoch + 1, EXCLUDED.epoch), updated_at = now()
            RETURNING next_offset, epoch""";

    private static final String ADVANCE = """
            UPDATE millrace_offsets o SET next_offset = u.next_offset, updated_at = now()
            FROM unnest(?::text[], ?::integer[], ?::bigint[], ?::bigint[], ?::bigint[])
                AS u(topic, partition, next_offset, epoch, before)
            WHERE o.sink = ? AND o.topic = u.topic AND o.partition = u.partition AND o.epoch = u.epoch
                AND (o.next_offset IS NOT DISTINCT FROM u.before OR o.next_offset = u.next_offset)""";

    private static final String ALTER = """
            INSERT INTO millrace_offsets AS o (sink, topic, partition, next_offset, epoch)
            VALUES (?, ?, ?, ?, floor(extract(epoch FROM clock_timestamp()) * 1000))
            ON CONFLICT (sink, topic, partition) DO UPDATE
            SET next_offset = EXCLUDED.next_offset, epoch = greatest(o.epoch + 1, EXCLUDED.epoch), updated_at = now()""";

    /**
     * A task's hold on a partition.
     *
     * @param epoch by which its transactions are known. It grows, and is no less than the milliseconds of the time of the claim, so
     *     that no number comes twice where the database has gone back
     * @param nextOffset the first offset that was not applied when it was claimed; null if none was ever
     */
    record Claim(long epoch, Long nextOffset) {}

    /** Another task has claimed a partition meanwhile. */
    static final class Fenced extends DeliveryFailure {
        private static final long serialVersionUID = 1;

        Fenced(String message) {
            super(FailureKind.TRANSIENT, message, null);
        }
    }

    /** The database holds other offsets than were written last, as after a failover to a standby that lacked some, or a restore. */
    static final class Moved extends DeliveryFailure {
        private static final long serialVersionUID = 1;

        Moved(String message) {
            super(FailureKind.TRANSIENT, message, null);
        }
    }

    OffsetStore(String sink) {
        super(sink, "partition", ALTER);
    }

    /** Creates the table where it is missing. Several tasks may do so at once. */
    static void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (missing(statement, "millrace_offsets")) {
                statement.execute("SELECT pg_advisory_xact_lock(hashtext('millrace_offsets'))");
                statement.execute(CREATE);
            }
        }
    }

    /** Whether there is no such table; asked first, as a user who may not create tables may still use them. */
    static boolean missing(Statement statement, String table) throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT to_regclass('" + table + "') IS NULL")) {
            result.next();
            return result.getBoolean(1);
        }
    }

    @Override
    public void createTable(Connection connection) throws SQLException {
        create(connection);
    }

    @Override
    public Claim claim(Connection connection, TopicPartition partition) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CLAIM)) {
            bind(statement, 1, partition);
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                return new Claim(result.getLong(2), result.getObject(1, Long.class));
            }
        }
    }

    @Override
    public void advance(
            Connection connection,
            Map<TopicPartition, Long> nextOffsets,
            Map<TopicPartition, Long> before,
            Map<TopicPartition, Claim> claims)
            throws SQLException, DeliveryFailure {
        Map<TopicPartition, Long> ordered = new TreeMap<>((a, b) -> a.topic().equals(b.topic())
                ? Integer.compare(a.partition(), b.partition())
                : a.topic().compareTo(b.topic()));
        ordered.putAll(nextOffsets);
        List<TopicPartition> partitions = List.copyOf(ordered.keySet());
        Array topics = connection.createArrayOf(
                "text", partitions.stream().map(TopicPartition::topic).toArray());
        Array numbers = connection.createArrayOf(
                "integer", partitions.stream().map(TopicPartition::partition).toArray());
        Array epochs = connection.createArrayOf(
                "bigint",
                partitions.stream().map(each -> claims.get(each).epoch()).toArray());
        try (PreparedStatement statement = connection.prepareStatement(ADVANCE)) {
            statement.setArray(1, topics);
            statement.setArray(2, numbers);
            statement.setArray(
                    3, connection.createArrayOf("bigint", ordered.values().toArray()));
            statement.setArray(4, epochs);
            statement.setArray(
                    5,
                    connection.createArrayOf(
                            "bigint", partitions.stream().map(before::get).toArray()));
            statement.setString(6, sink);
            if (statement.executeUpdate() == partitions.size()) {
                return;
            }
        }
        Map<TopicPartition, Claim> held = new HashMap<>(claims);
        held.keySet().retainAll(partitions);
        throw notHeld(read(connection, held.keySet()), held);
    }
}
