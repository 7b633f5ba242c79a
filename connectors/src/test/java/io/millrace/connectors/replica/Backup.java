package io.millrace.connectors.replica;

import java.sql.SQLException;
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
        for (String table : List.of("millrace_offsets", "millrace_rows", replica)) {
            String copy = exists(table) ? "backup_" + taken + "_of_" + copies.size() : null;
            copies.put(table, copy);
            if (copy != null) {
                database.execute("CREATE TABLE " + copy + " AS SELECT * FROM " + table + condition(table));
            }
        }
    }

    /** Has the database hold what it held then, and nothing else. */
    void restore() throws SQLException {
        for (Map.Entry<String, String> each : copies.entrySet()) {
            String table = each.getKey();
            if (each.getValue() != null) {
                database.execute(
                        "DELETE FROM " + table + condition(table),
                        "INSERT INTO " + table + " SELECT * FROM " + each.getValue());
            } else if (table.equals(replica)) {
                database.execute("DROP TABLE IF EXISTS " + table);
            } else if (exists(table)) {
                database.execute("DELETE FROM " + table + condition(table));
            }
        }
    }

    private String condition(String table) {
        return table.equals(replica) ? "" : ofTheSink;
    }

    private boolean exists(String table) throws SQLException {
        return !database.rows("SELECT 1 FROM information_schema.tables WHERE table_name = '" + table + "'")
                .isEmpty();
    }
}
