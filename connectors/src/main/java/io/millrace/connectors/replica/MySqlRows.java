package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.MySqlNames.quoted;
import static io.millrace.connectors.replica.MySqlNames.repeated;

import io.millrace.connectors.replica.RowStatements.Row;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The statements that read and write a replica's rows in MySQL or MariaDB, many rows each: as many as stay well below what a
 * server takes at a time. Made for the columns that a table has now.
 */
final class MySqlRows implements Rows {
    /** Below the number from which MariaDB turns a list into a subquery. */
    private static final int CHUNK_KEYS = 500;

    private static final int CHUNK_ROWS = 1_000;
    private static final int CHUNK_CHARS = 1 << 20;

    private final String table;
    private final List<String> columns;
    private final List<MySqlType> types;
    private final List<String> keyNames;
    private final List<MySqlType> keyTypes;
    private final boolean sharded;

    MySqlRows(MySqlTable table, List<String> keyNames, boolean sharded) {
        this.table = table.sqlName();
        this.columns = table.columnNames();
        this.types = columns.stream().map(table::typeOf).toList();
        this.keyNames = keyNames;
        this.keyTypes = keyNames.stream().map(table::typeOf).toList();
        this.sharded = sharded;
    }

    /** What takes a row that was found. */
    private interface Found {
        void take(KeyState state, ResultSet row, int from) throws SQLException;
    }

    @Override
    public void loadShown(Connection connection, List<KeyState> states) throws SQLException {
        List<String> wanted = List.of(
                quoted(Metadata.SHARD),
                quoted(Metadata.POSITION),
                "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " + quoted(Metadata.COMMITTED_AT) + ")");
        find(connection, states, wanted, (state, row, from) -> {
            String shard = row.getString(from);
            long position = row.getLong(from + 1);
            if (shard == null || position == 0) {
                state.loadForeign();
            } else {
                state.loadShown(shard, position, row.getLong(from + 2));
            }
        });
    }

    @Override
    public void loadShownValues(Connection connection, List<KeyState> states) throws SQLException {
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            wanted.add(types.get(i).read(quoted(columns.get(i))));
        }
        find(connection, states, wanted, (state, row, from) -> {
            String[] values = new String[columns.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = row.getString(from + i);
            }
            state.loadShownValues(values);
        });
    }

    private void find(Connection connection, List<KeyState> states, List<String> wanted, Found found)
            throws SQLException {
        for (int from = 0; from < states.size(); from += CHUNK_KEYS) {
            List<KeyState> chunk = states.subList(from, Math.min(states.size(), from + CHUNK_KEYS));
            Map<List<String>, KeyState> byKey = new HashMap<>();
            chunk.forEach(state -> byKey.put(canonical(written(state.key())), state));
            List<String> read = new ArrayList<>();
            for (int i = 0; i < keyNames.size(); i++) {
                read.add(keyTypes.get(i).read(quoted(keyNames.get(i))));
            }
            String sql = "SELECT "
                    + Stream.concat(read.stream(), wanted.stream()).collect(Collectors.joining(", ")) + " FROM "
                    + table + " WHERE " + keysCondition(chunk.size());
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                bindKeys(statement, chunk.stream().map(KeyState::key).toList());
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        found.take(byKey.get(canonical(keyOf(rows))), rows, keyNames.size() + 1);
                    }
                }
            }
        }
    }

    private List<String> keyOf(ResultSet rows) throws SQLException {
        List<String> key = new ArrayList<>();
        for (int i = 0; i < keyNames.size(); i++) {
            key.add(rows.getString(i + 1));
        }
        return key;
    }

    private List<String> written(List<String> key) {
        List<String> written = new ArrayList<>();
        for (int i = 0; i < keyNames.size(); i++) {
            written.add(keyTypes.get(i).write(keyNames.get(i), key.get(i)));
        }
        return written;
    }

    private List<String> canonical(List<String> written) {
        List<String> canonical = new ArrayList<>();
        for (int i = 0; i < keyNames.size(); i++) {
            canonical.add(keyTypes.get(i).canonical(written.get(i)));
        }
        return canonical;
    }

    private String keysCondition(int count) {
        if (keyNames.size() == 1) {
            return quoted(keyNames.get(0)) + " IN (" + repeated("?", count, ", ") + ")";
        }
        String one =
                keyNames.stream().map(name -> quoted(name) + " = ?").collect(Collectors.joining(" AND ", "(", ")"));
        return repeated(one, count, " OR ");
    }

    private void bindKeys(PreparedStatement statement, List<List<String>> keys) throws SQLException {
        int index = 1;
        for (List<String> key : keys) {
            List<String> written = written(key);
            for (int i = 0; i < keyNames.size(); i++) {
                keyTypes.get(i).bind(statement, index++, written.get(i));
            }
        }
    }

    @Override
    public void delete(Connection connection, List<List<String>> keys) throws SQLException {
        for (int from = 0; from < keys.size(); from += CHUNK_KEYS) {
            List<List<String>> chunk = keys.subList(from, Math.min(keys.size(), from + CHUNK_KEYS));
            String sql = "DELETE FROM " + table + " WHERE " + keysCondition(chunk.size());
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                bindKeys(statement, chunk);
                statement.executeUpdate();
            }
        }
    }

    @Override
    public void upsert(Connection connection, List<Row> rows) throws SQLException {
        int from = 0;
        while (from < rows.size()) {
            int to = from;
            long chars = 0;
            while (to < rows.size() && to - from < CHUNK_ROWS && (to == from || chars < CHUNK_CHARS)) {
                for (String value : rows.get(to).values()) {
                    chars += value == null ? 0 : value.length();
                }
                to++;
            }
            upsertChunk(connection, rows.subList(from, to));
            from = to;
        }
    }

    private void upsertChunk(Connection connection, List<Row> rows) throws SQLException {
        List<String> names = writtenNames();
        String updates = names.stream()
                .filter(name -> !keyNames.contains(name))
                .map(name -> quoted(name) + " = VALUES(" + quoted(name) + ")")
                .collect(Collectors.joining(", "));
        if (updates.isEmpty()) {
            updates = quoted(keyNames.get(0)) + " = " + quoted(keyNames.get(0));
        }
        String row = "(" + repeated("?", names.size(), ", ") + ")";
        String sql = "INSERT INTO " + table + " (" + MySqlNames.list(names) + ") VALUES "
                + repeated(row, rows.size(), ", ") + " ON DUPLICATE KEY UPDATE " + updates;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int index = 1;
            for (Row each : rows) {
                for (int i = 0; i < columns.size(); i++) {
                    types.get(i).bind(statement, index++, each.values()[i]);
                }
                if (sharded) {
                    bindMetadata(statement, index, each);
                    index += Metadata.NAMES.size();
                }
            }
            statement.executeUpdate();
        }
    }

    /** The columns, and the metadata behind them. */
    private List<String> writtenNames() {
        return sharded
                ? Stream.concat(columns.stream(), Metadata.NAMES.stream()).toList()
                : columns;
    }

    private static void bindMetadata(PreparedStatement statement, int from, Row row) throws SQLException {
        statement.setString(from, row.shard());
        statement.setLong(from + 1, row.position());
        statement.setString(
                from + 2, row.committedAtMicros() == 0 ? null : ValueText.TIMESTAMP.write(row.committedAtMicros()));
    }

    @Override
    public void update(Connection connection, List<Row> rows, BitSet kept) throws SQLException {
        List<Integer> changed = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            if (!kept.get(i) && !keyNames.contains(columns.get(i))) {
                changed.add(i);
            }
        }
        String updates = Stream.concat(
                        changed.stream().map(columns::get), sharded ? Metadata.NAMES.stream() : Stream.empty())
                .map(name -> quoted(name) + " = ?")
                .collect(Collectors.joining(", "));
        String equal = keyNames.stream().map(name -> quoted(name) + " = ?").collect(Collectors.joining(" AND "));
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE " + table + " SET " + updates + " WHERE " + equal)) {
            for (Row row : rows) {
                int index = 1;
                for (int i : changed) {
                    types.get(i).bind(statement, index++, row.values()[i]);
                }
                if (sharded) {
                    bindMetadata(statement, index, row);
                    index += Metadata.NAMES.size();
                }
                List<String> key = written(row.key());
                for (int i = 0; i < keyNames.size(); i++) {
                    keyTypes.get(i).bind(statement, index++, key.get(i));
                }
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }
}
