package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/** {@link Offsets} in PostgreSQL. */
final class OffsetStore extends OffsetRows {
    private static final String CREATE = """
            CREATE TABLE IF NOT EXISTS millrace_offsets (
                sink text NOT NULL,
                topic text NOT NULL,
                partition integer NOT NULL,
                next_offset bigint,
                applied_offset bigint,
                epoch bigint NOT NULL,
                updated_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (sink, topic, partition))""";

    /** The holder before may have applied more, or not have written the column: who claims goes on at next_offset, and applies that again. */
    private static final String CLAIM = """
            INSERT INTO millrace_offsets AS o (sink, topic, partition, epoch)
            VALUES (?, ?, ?, floor(extract(epoch FROM clock_timestamp()) * 1000))
            ON CONFLICT (sink, topic, partition) DO UPDATE
            SET applied_offset = o.next_offset, epoch = greatest(o.epoch + 1, EXCLUDED.epoch), updated_at = now()
            RETURNING next_offset, epoch""";

    private static final String ADVANCE = """
            UPDATE millrace_offsets o
            SET next_offset = u.next_offset, applied_offset = u.applied_offset, updated_at = now()
            FROM unnest(?::text[], ?::integer[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[])
                AS u(topic, partition, next_offset, applied_offset, before, epoch)
            WHERE o.sink = ? AND o.topic = u.topic AND o.partition = u.partition AND o.epoch = u.epoch
                AND (o.applied_offset IS NOT DISTINCT FROM u.before OR o.applied_offset = u.applied_offset)""";

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

    @Override
    public void createTable(Connection connection) throws SQLException {
        OwnTable.agree(connection, "millrace_offsets", CREATE, Map.of("applied_offset", "bigint"));
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
    public void advance(Connection connection, Map<TopicPartition, Step> steps) throws SQLException, DeliveryFailure {
        // In one order, so that no two tasks wait for each other's rows.
        List<TopicPartition> partitions = steps.keySet().stream()
                .sorted(Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition))
                .toList();
        try (PreparedStatement statement = connection.prepareStatement(ADVANCE)) {
            bind(statement, 1, "text", partitions, TopicPartition::topic);
            bind(statement, 2, "integer", partitions, TopicPartition::partition);
            bind(statement, 3, "bigint", partitions, each -> steps.get(each).nextOffset());
            bind(statement, 4, "bigint", partitions, each -> steps.get(each).appliedOffset());
            bind(statement, 5, "bigint", partitions, each -> steps.get(each).appliedBefore());
            bind(statement, 6, "bigint", partitions, each -> steps.get(each)
                    .claim()
                    .epoch());
            statement.setString(7, sink);
            if (statement.executeUpdate() < partitions.size()) {
                throw notHeld(connection, steps);
            }
        }
    }

    private static void bind(
            PreparedStatement statement,
            int index,
            String type,
            List<TopicPartition> partitions,
            Function<TopicPartition, Object> value)
            throws SQLException {
        statement.setArray(
                index,
                statement
                        .getConnection()
                        .createArrayOf(type, partitions.stream().map(value).toArray()));
    }
}
