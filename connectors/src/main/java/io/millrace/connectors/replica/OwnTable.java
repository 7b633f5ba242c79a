package io.millrace.connectors.replica;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The sink's own tables in PostgreSQL. */
final class OwnTable {
    private OwnTable() {}

    /**
     * Creates a table where it is missing, and adds the columns that one of an earlier version lacks; several tasks may do so at once.
     * Whether they are is asked first, as a user who may neither create tables nor alter this one may still use it.
     *
     * @param addedLater columns that later versions have added, with their types
     */
    static void agree(Connection connection, String table, String create, Map<String, String> addedLater)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (is(statement, "to_regclass('" + table + "') IS NULL")) {
                lock(statement);
                statement.execute(create);
                return;
            }
            List<String> additions = new ArrayList<>();
            for (Map.Entry<String, String> each : addedLater.entrySet()) {
                if (is(
                        statement,
                        "NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('" + table
                                + "') AND attname = '" + each.getKey() + "')")) {
                    additions.add("ADD COLUMN IF NOT EXISTS " + each.getKey() + " " + each.getValue());
                }
            }
            if (!additions.isEmpty()) {
                lock(statement);
                statement.execute("ALTER TABLE " + table + " " + String.join(", ", additions));
            }
        }
    }

    /** For all such tables, until the end of the transaction: two that create one at once are in each other's way. */
    private static void lock(Statement statement) throws SQLException {
        statement.execute("SELECT pg_advisory_xact_lock(hashtext('millrace_offsets'))");
    }

    private static boolean is(Statement statement, String condition) throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT " + condition)) {
            result.next();
            return result.getBoolean(1);
        }
    }
}
