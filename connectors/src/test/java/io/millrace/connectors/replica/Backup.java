package io.millrace.connectors.replica;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a database held of a sink at a time, and to which it goes back as one that is restored, or a standby that lagged. */
final class Backup {
    private static int taken;

    private final SqlDatabase database;
    private final String replica;
    /** By table, what it held, in a table; null where there was no such table. */
    private final Map<String, String> copies = new LinkedHashMap<>();

    private final String ofTheSink;

    /** Takes one of the sink's table of that name, and of what the sink keeps beside it. */
    Backup(SqlDatabase database, String sink, String replica) throws SQLException {
        this.database = database;
        this.replica = replica;
        this.ofTheSink = " WHERE sink = '" + sink + "'";
        taken++;
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (String table : List.of("millrace_offsets", "millrace_rows", replica)) {
                String copy = exists(statement, table) ? "backup_" + taken + "_of_" + copies.size() : null;
                copies.put(table, copy);
                if (copy != null) {
                    statement.execute("CREATE TABLE " + copy + " AS SELECT * FROM " + table + condition(table));
                }
            }
        }
    }

    /** Has the database hold what it held then, and nothing else. */
    void restore() throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (Map.Entry<String, String> each : copies.entrySet()) {
                String table = each.getKey();
                if (each.getValue() == null && table.equals(replica)) {
                    statement.execute("DROP TABLE IF EXISTS " + table);
                } else if (exists(statement, table)) {
                    statement.execute("DELETE FROM " + table + condition(table));
                }
                if (each.getValue() != null) {
                    statement.execute("INSERT INTO " + table + " SELECT * FROM " + each.getValue());
                }
            }
        }
    }

    private String condition(String table) {
        return table.equals(replica) ? "" : ofTheSink;
    }

    private static boolean exists(Statement statement, String table) throws SQLException {
        try (ResultSet found =
                statement.executeQuery("SELECT 1 FROM information_schema.tables WHERE table_name = '" + table + "'")) {
            return found.next();
        }
    }
}
