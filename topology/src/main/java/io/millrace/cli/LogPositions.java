package io.millrace.cli;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where the shards' write-ahead logs end, and up to where their capture has acknowledged them: all that is before that is in the
 * topics.
 */
final class LogPositions {
    private static final String POSITIONS = """
            SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn,
                (SELECT confirmed_flush_lsn - '0/0'::pg_lsn FROM pg_replication_slots
                 WHERE slot_name = ? AND database = current_database())""";

    /**
     * A shard's log.
     *
     * @param end where it ends, in bytes from its beginning
     * @param captured up to where it is captured; empty where there is no such slot
     */
    record Log(long end, Optional<Long> captured) {}

    private LogPositions() {}

    /** The logs by shard. @throws io.millrace.catalog.UserError if a database does not answer */
    static Map<String, Log> of(Map<String, String> shards, String slot) {
        Map<String, Log> logs = new TreeMap<>();
        shards.forEach((shard, url) -> {
            try (Connection connection = DriverManager.getConnection(url);
                    PreparedStatement statement = connection.prepareStatement(POSITIONS)) {
                statement.setString(1, slot);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    long captured = row.getLong(2);
                    logs.put(shard, new Log(row.getLong(1), row.wasNull() ? Optional.empty() : Optional.of(captured)));
                }
            } catch (SQLException e) {
                throw VerifyCommand.unreachable(e, url);
            }
        });
        return logs;
    }
}
