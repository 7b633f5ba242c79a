package io.millrace.connectors.replica;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** The sink's own tables in MySQL or MariaDB. */
final class MySqlOwnTable {
    /** What MySQL says where another task was first; it has no ADD COLUMN IF NOT EXISTS. */
    private static final int DUPLICATE_COLUMN = 1060;

    private MySqlOwnTable() {}

    /**
     * Creates a table where it is missing, and adds the columns that one of an earlier version lacks; several tasks may do so at once.
     * Whether they are is asked first, as a user who may neither create tables nor alter this one may still use it.
     *
     * @param addedLater columns that later versions have added, with their types
     */
    static void agree(Connection connection, String table, String create, Map<String, String> addedLater)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (isMissing(statement, "tables", table, "")) {
                statement.execute(create);
                return;
            }
            for (Map.Entry<String, String> each : addedLater.entrySet()) {
                if (isMissing(statement, "columns", table, " AND column_name = '" + each.getKey() + "'")) {
                    add(statement, table, each.getKey() + " " + each.getValue());
                }
            }
        }
    }

    private static void add(Statement statement, String table, String column) throws SQLException {
        try {
            statement.execute(MySqlDialect.alteration(
                    statement.getConnection(), "ALTER TABLE " + table + " ADD COLUMN " + column));
        } catch (SQLException e) {
            if (e.getErrorCode() != DUPLICATE_COLUMN) {
                throw e;
            }
        }
    }

    private static boolean isMissing(Statement statement, String kind, String table, String condition)
            throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT count(*) FROM information_schema." + kind
                + " WHERE table_schema = DATABASE() AND table_name = '" + table + "'" + condition)) {
            result.next();
            return result.getInt(1) == 0;
        }
    }
}
