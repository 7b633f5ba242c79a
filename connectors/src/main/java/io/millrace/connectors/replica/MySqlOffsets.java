package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.replica.OffsetStore.Claim;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
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
                epoch bigint NOT NULL,
                updated_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
                PRIMARY KEY (sink, topic, `partition`)) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin""";

    private static final String CLAIM = """
            INSERT INTO millrace_offsets (sink, topic, `partition`, epoch)
            VALUES (?, ?, ?, FLOOR(UNIX_TIMESTAMP(CURRENT_TIMESTAMP(3)) * 1000))
            ON DUPLICATE KEY UPDATE epoch = GREATEST(epoch + 1, VALUES(epoch)), updated_at = CURRENT_TIMESTAMP(6)""";

    private static final String CLAIMED = """
            SELECT next_offset, epoch FROM millrace_offsets WHERE sink = ? AND topic = ? AND `partition` = ? FOR UPDATE""";

    private static final String ADVANCE = """
            UPDATE millrace_offsets SET next_offset = ?, updated_at = CURRENT_TIMESTAMP(6)
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
        try (Statement statement = connection.createStatement()) {
            if (missing(statement, "millrace_offsets")) {
                statement.execute(CREATE);
            }
        }
    }

    /** Whether there is no such table; asked first, as a user who may not create tables may still use them. */
    static boolean missing(Statement statement, String table) throws SQLException {
        try (ResultSet result =
                statement.executeQuery("SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
                        + " AND table_name = '" + table + "'")) {
            result.next();
            return result.getInt(1) == 0;
        }
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
    public void advance(
            Connection connection,
            Map<TopicPartition, Long> nextOffsets,
            Map<TopicPartition, Long> before,
            Map<TopicPartition, Claim> claims)
            throws SQLException, DeliveryFailure {
        List<TopicPartition> partitions = new ArrayList<>(nextOffsets.keySet());
        Map<TopicPartition, Claim> found = lock(connection, partitions);
        Map<TopicPartition, Claim> held = new HashMap<>(claims);
        held.keySet().retainAll(partitions);
        for (TopicPartition partition : partitions) {
            Claim claim = found.get(partition);
            if (claim == null
                    || claim.epoch() != claims.get(partition).epoch()
                    || (!Objects.equals(claim.nextOffset(), before.get(partition))
                            && !Objects.equals(claim.nextOffset(), nextOffsets.get(partition)))) {
                throw notHeld(found, held);
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(ADVANCE)) {
            for (TopicPartition partition : partitions) {
                statement.setLong(1, nextOffsets.get(partition));
                bind(statement, 2, partition);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** Who holds the partitions, and their offsets; their rows are locked until the end of the transaction, in the order of the primary key. */
    private Map<TopicPartition, Claim> lock(Connection connection, List<TopicPartition> partitions)
            throws SQLException {
        String sql = "SELECT topic, `partition`, epoch, next_offset FROM millrace_offsets WHERE sink = ? AND ("
                + MySqlNames.repeated("(topic = ? AND `partition` = ?)", partitions.size(), " OR ")
                + ") ORDER BY topic, `partition` FOR UPDATE";
        Map<TopicPartition, Claim> held = new HashMap<>();
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
                            new Claim(rows.getLong(3), rows.getObject(4, Long.class)));
                }
            }
        }
        return held;
    }
}
