package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.replica.OffsetStore.Claim;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;

/** {@link Offsets} in MySQL or MariaDB. */
final class MySqlOffsets extends OffsetRows {
    private static final String CREATE = """
            CREATE TABLE IF NOT EXISTS millrace_offsets (
                sink varchar(190) NOT NULL,
                topic varchar(249) NOT NULL,
                `partition` int NOT NULL,
                next_offset bigint,
                applied_offset bigint,
                epoch bigint NOT NULL,
                updated_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
                PRIMARY KEY (sink, topic, `partition`)) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin""";

    /** As in PostgreSQL: what was applied behind next_offset is applied again. */
    private static final String CLAIM = """
            INSERT INTO millrace_offsets (sink, topic, `partition`, epoch)
            VALUES (?, ?, ?, FLOOR(UNIX_TIMESTAMP(CURRENT_TIMESTAMP(3)) * 1000))
            ON DUPLICATE KEY UPDATE applied_offset = next_offset, epoch = GREATEST(epoch + 1, VALUES(epoch)),
                updated_at = CURRENT_TIMESTAMP(6)""";

    private static final String CLAIMED = """
            SELECT next_offset, epoch FROM millrace_offsets WHERE sink = ? AND topic = ? AND `partition` = ? FOR UPDATE""";

    private static final String ADVANCE = """
            UPDATE millrace_offsets SET next_offset = ?, applied_offset = ?, updated_at = CURRENT_TIMESTAMP(6)
            WHERE sink = ? AND topic = ? AND `partition` = ?""";

    private static final String ALTER = """
            INSERT INTO millrace_offsets (sink, topic, `partition`, next_offset, epoch)
            VALUES (?, ?, ?, ?, FLOOR(UNIX_TIMESTAMP(CURRENT_TIMESTAMP(3)) * 1000))
            ON DUPLICATE KEY UPDATE next_offset = VALUES(next_offset), epoch = GREATEST(epoch + 1, VALUES(epoch)),
                updated_at = CURRENT_TIMESTAMP(6)""";

    MySqlOffsets(String sink) {
        super(sink, "`partition`", ALTER);
    }

    @Override
    public void createTable(Connection connection) throws SQLException {
        MySqlOwnTable.agree(connection, "millrace_offsets", CREATE, Map.of("applied_offset", "bigint"));
    }

    @Override
    public Claim claim(Connection connection, TopicPartition partition) throws SQLException {
        try (PreparedStatement raise = connection.prepareStatement(CLAIM);
                PreparedStatement read = connection.prepareStatement(CLAIMED)) {
            bind(raise, 1, partition);
            raise.executeUpdate();
            bind(read, 1, partition);
            try (ResultSet result = read.executeQuery()) {
                result.next();
                return new Claim(result.getLong(2), (Long) result.getObject(1));
            }
        }
    }

    @Override
    public void advance(Connection connection, Map<TopicPartition, Step> steps) throws SQLException, DeliveryFailure {
        Map<TopicPartition, Found> found = lock(connection, List.copyOf(steps.keySet()));
        for (Map.Entry<TopicPartition, Step> each : steps.entrySet()) {
            if (!isHeld(found.get(each.getKey()), each.getValue())) {
                throw notHeld(connection, steps);
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(ADVANCE)) {
            for (Map.Entry<TopicPartition, Step> each : steps.entrySet()) {
                statement.setLong(1, each.getValue().nextOffset());
                statement.setLong(2, each.getValue().appliedOffset());
                bind(statement, 3, each.getKey());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static boolean isHeld(Found found, Step step) {
        return found != null
                && found.epoch() == step.claim().epoch()
                && (Objects.equals(found.appliedOffset(), step.appliedBefore())
                        || Objects.equals(found.appliedOffset(), step.appliedOffset()));
    }

    /** Who holds the partitions, and how far; their rows are locked until the end of the transaction, in the order of the primary key. */
    private Map<TopicPartition, Found> lock(Connection connection, List<TopicPartition> partitions)
            throws SQLException {
        String sql = "SELECT topic, `partition`, epoch, applied_offset FROM millrace_offsets WHERE sink = ? AND ("
                + MySqlNames.repeated("(topic = ? AND `partition` = ?)", partitions.size(), " OR ")
                + ") ORDER BY topic, `partition` FOR UPDATE";
        Map<TopicPartition, Found> held = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, sink);
            for (int i = 0; i < partitions.size(); i++) {
                statement.setString(2 * i + 2, partitions.get(i).topic());
                statement.setInt(2 * i + 3, partitions.get(i).partition());
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    held.put(
                            new TopicPartition(rows.getString(1), rows.getInt(2)),
                            new Found(rows.getLong(3), rows.getObject(4, Long.class)));
                }
            }
        }
        return held;
    }
}
