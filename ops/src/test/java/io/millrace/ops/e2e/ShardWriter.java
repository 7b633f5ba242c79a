package io.millrace.ops.e2e;

import io.millrace.catalog.Column;
import io.millrace.catalog.Table;
import io.millrace.operator.memory.Change;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes a history's changes in the shards' databases. */
final class ShardWriter implements AutoCloseable {
    private final Map<String, Connection> shards = new LinkedHashMap<>();

    ShardWriter(List<PostgresServer> servers) throws SQLException {
        for (PostgresServer server : servers) {
            Connection connection = server.connect();
            shards.put(server.name(), connection);
            try (var statement = connection.createStatement()) {
                statement.execute("SET timezone = 'UTC'");
            }
        }
    }

    /** A connection to each shard. */
    List<Connection> connections() {
        return List.copyOf(shards.values());
    }

    void apply(Change change) throws SQLException {
        Table table = change.table();
        if (change.before() == null) {
            execute(
                    change,
                    "INSERT INTO " + table.name() + " VALUES ("
                            + table.columns().stream()
                                    .map(ShardWriter::parameter)
                                    .collect(Collectors.joining(", "))
                            + ")",
                    texts(table, change.after(), null));
        } else if (change.after() == null) {
            execute(change, "DELETE FROM " + table.name() + where(table), texts(table, null, change.before()));
        } else {
            execute(
                    change,
                    "UPDATE " + table.name() + " SET "
                            + table.columns().stream()
                                    .map(column -> column.name() + " = " + parameter(column))
                                    .collect(Collectors.joining(", "))
                            + where(table),
                    texts(table, change.after(), change.before()));
        }
    }

    private static String where(Table table) {
        if (table.primaryKey().isEmpty()) {
            return table.columns().stream()
                    .map(column -> column.name() + "::text IS NOT DISTINCT FROM " + parameter(column) + "::text")
                    .collect(Collectors.joining(
                            " AND ", " WHERE ctid = (SELECT ctid FROM " + table.name() + " WHERE ", " LIMIT 1)"));
        }
        return table.primaryKey().stream()
                .map(table.columns()::get)
                .map(column -> column.name() + " = " + parameter(column))
                .collect(Collectors.joining(" AND ", " WHERE ", ""));
    }

    private static String parameter(Column column) {
        return "?::text::" + column.type();
    }

    /** The values of a whole row, then those of another that tell it from others; either may be missing. */
    private static List<String> texts(Table table, Row row, Row keyOf) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; row != null && i < row.size(); i++) {
            texts.add(text(table, i, row));
        }
        if (keyOf != null) {
            telling(table).forEach(column -> texts.add(text(table, column, keyOf)));
        }
        return texts;
    }

    /** The columns that tell a row from others: those of the primary key, or all. */
    private static List<Integer> telling(Table table) {
        return table.primaryKey().isEmpty()
                ? IntStream.range(0, table.columns().size()).boxed().toList()
                : table.primaryKey();
    }

    private static String text(Table table, int column, Row row) {
        Object value = row.get(column);
        return value == null ? null : SqlText.write(table.columns().get(column).type(), value);
    }

    private void execute(Change change, String sql, List<String> parameters) throws SQLException {
        try (PreparedStatement statement = shards.get(change.shard()).prepareStatement(sql)) {
            for (int i = 0; i < parameters.size(); i++) {
                statement.setString(i + 1, parameters.get(i));
            }
            if (statement.executeUpdate() != 1) {
                throw new IllegalStateException(change + " did not change one row");
            }
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : shards.values()) {
            connection.close();
        }
    }
}
