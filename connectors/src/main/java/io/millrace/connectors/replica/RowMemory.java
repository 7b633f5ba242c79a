package io.millrace.connectors.replica;

import io.millrace.connectors.replica.KeyState.Entry;
import io.millrace.connectors.replica.KeyState.Place;
import io.millrace.connectors.replica.KeyState.Refused;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** {@link Memory} in PostgreSQL. */
final class RowMemory implements Memory {
    private static final String CREATE = """
            CREATE TABLE IF NOT EXISTS millrace_rows (
                sink text NOT NULL,
                topic text NOT NULL,
                key text NOT NULL,
                shard text NOT NULL,
                place text NOT NULL,
                position bigint NOT NULL,
                committed_at_micros bigint NOT NULL,
                incomplete boolean NOT NULL,
                columns text[],
                row_values text[],
                refused_offset bigint,
                refused_alone boolean,
                refused_columns text[],
                refused_values text[],
                recorded_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (sink, topic, key, shard));
            CREATE INDEX IF NOT EXISTS millrace_rows_deleted ON millrace_rows (sink, recorded_at) WHERE place = 'DELETED'""";

    private static final Map<String, String> ADDED_LATER = Map.of(
            "refused_offset", "bigint",
            "refused_alone", "boolean",
            "refused_columns", "text[]",
            "refused_values", "text[]");

    /** By OFFSET 0 each key is looked up in the index, whatever the planner thinks of a table without statistics. */
    private static final String LOAD = """
            SELECT u.n, r.shard, r.place, r.position, r.committed_at_micros, r.incomplete, r.columns, r.row_values,
                r.refused_offset, r.refused_alone, r.refused_columns, r.refused_values
            FROM unnest(?::text[]) WITH ORDINALITY AS u(key, n) CROSS JOIN LATERAL (SELECT * FROM millrace_rows m
                WHERE m.sink = ? AND m.topic = ? AND m.key = u.key OFFSET 0) AS r""";

    private static final String KEYS = "SELECT key::text[] FROM millrace_rows WHERE sink = ? AND topic = ? LIMIT ?";

    private static final String SAVE = """
            INSERT INTO millrace_rows
                (sink, topic, key, shard, place, position, committed_at_micros, incomplete, columns, row_values,
                refused_offset, refused_alone, refused_columns, refused_values)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (sink, topic, key, shard) DO UPDATE SET place = EXCLUDED.place, position = EXCLUDED.position,
                committed_at_micros = EXCLUDED.committed_at_micros, incomplete = EXCLUDED.incomplete,
                columns = EXCLUDED.columns, row_values = EXCLUDED.row_values, refused_offset = EXCLUDED.refused_offset,
                refused_alone = EXCLUDED.refused_alone, refused_columns = EXCLUDED.refused_columns,
                refused_values = EXCLUDED.refused_values, recorded_at = now()""";

    private static final String SAVE_DELETIONS = """
            INSERT INTO millrace_rows (sink, topic, key, shard, place, position, committed_at_micros, incomplete)
            SELECT ?, ?, u.key, u.shard, 'DELETED', u.position, u.committed_at, false
            FROM unnest(?::text[], ?::text[], ?::bigint[], ?::bigint[]) AS u(key, shard, position, committed_at)
            ON CONFLICT (sink, topic, key, shard) DO UPDATE SET place = EXCLUDED.place, position = EXCLUDED.position,
                committed_at_micros = EXCLUDED.committed_at_micros, incomplete = EXCLUDED.incomplete,
                columns = NULL, row_values = NULL, refused_offset = NULL, refused_alone = NULL, refused_columns = NULL,
                refused_values = NULL, recorded_at = now()""";

    private static final String FORGET = """
            DELETE FROM millrace_rows WHERE ctid = ANY(ARRAY(
                SELECT r.ctid FROM unnest(?::text[], ?::text[]) AS u(key, shard) CROSS JOIN LATERAL (SELECT ctid FROM millrace_rows m
                    WHERE m.sink = ? AND m.topic = ? AND m.key = u.key AND m.shard = u.shard OFFSET 0) AS r))""";

    /**
     * What another task is writing is left alone: what it writes is not old, and waits from both sides would end in a deadlock.
     * Of rows that are not locked, what the inner query has seen holds until they are deleted.
     */
    private static final String PRUNE = """
            DELETE FROM millrace_rows WHERE ctid = ANY(ARRAY(SELECT ctid FROM millrace_rows
                WHERE sink = ? AND place = 'DELETED' AND NOT incomplete
                    AND recorded_at < now() - ? * interval '1 millisecond' LIMIT ? FOR UPDATE SKIP LOCKED))""";

    private final String sink;
    private final String topic;

    RowMemory(String sink, String topic) {
        this.sink = sink;
        this.topic = topic;
    }

    /** Forgets deletions that are older than that; a bounded number at a time. */
    static int prune(Connection connection, String sink, long retainMs, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
            statement.setString(1, sink);
            statement.setLong(2, retainMs);
            statement.setInt(3, limit);
            return statement.executeUpdate();
        }
    }

    @Override
    public void createTable(Connection connection) throws SQLException {
        OwnTable.agree(connection, "millrace_rows", CREATE, ADDED_LATER);
    }

    @Override
    public void forgetAll(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("DELETE FROM millrace_rows WHERE sink = ? AND topic = ?")) {
            statement.setString(1, sink);
            statement.setString(2, topic);
            statement.executeUpdate();
        }
    }

    @Override
    public int forgetDeletions(Connection connection, long retainMs, int limit) throws SQLException {
        return prune(connection, sink, retainMs, limit);
    }

    /** The text that a key is kept by: an array's, so that people can read it. */
    static String keyText(List<String> key) {
        StringBuilder text = new StringBuilder("{");
        for (String part : key) {
            text.append(text.length() == 1 ? "" : ",");
            if (part == null) {
                text.append("NULL");
            } else {
                text.append('"')
                        .append(part.replace("\\", "\\\\").replace("\"", "\\\""))
                        .append('"');
            }
        }
        return text.append('}').toString();
    }

    /** Reads what {@link #keyText} writes. */
    static List<String> key(String text) {
        List<String> key = new ArrayList<>();
        int at = 1;
        while (at < text.length() - 1) {
            if (text.charAt(at) != '"') {
                key.add(null);
                at += "NULL,".length();
                continue;
            }
            StringBuilder part = new StringBuilder();
            for (at++; text.charAt(at) != '"'; at++) {
                at += text.charAt(at) == '\\' ? 1 : 0;
                part.append(text.charAt(at));
            }
            key.add(part.toString());
            at += "\",".length();
        }
        return key;
    }

    @Override
    public Set<List<String>> keys(Connection connection, int most) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(KEYS)) {
            statement.setString(1, sink);
            statement.setString(2, topic);
            statement.setInt(3, most + 1);
            Set<List<String>> keys = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    keys.add(Arrays.asList(texts(rows.getArray(1))));
                }
            }
            return keys;
        }
    }

    @Override
    public void load(Connection connection, List<KeyState> states, List<String> columns) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOAD)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "text",
                            states.stream().map(state -> keyText(state.key())).toArray()));
            statement.setString(2, sink);
            statement.setString(3, topic);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Place place = Place.valueOf(rows.getString(3));
                    String[] values = place == Place.ASIDE
                            ? aligned(texts(rows.getArray(7)), texts(rows.getArray(8)), columns)
                            : null;
                    states.get(rows.getInt(1) - 1)
                            .loadRemembered(
                                    rows.getString(2),
                                    new Entry(
                                            place,
                                            rows.getLong(4),
                                            rows.getLong(5),
                                            values,
                                            null,
                                            refused(
                                                    rows.getBoolean(6),
                                                    rows.getObject(9, Long.class),
                                                    rows.getBoolean(10),
                                                    texts(rows.getArray(11)),
                                                    texts(rows.getArray(12)),
                                                    columns)));
                }
            }
        }
    }

    /**
     * What is known of a dead letter; an earlier version wrote no more than that there is one.
     *
     * @param told the columns whose values are known; null where the row is not
     */
    static Refused refused(
            boolean incomplete, Long offset, boolean alone, String[] told, String[] values, List<String> columns) {
        if (!incomplete) {
            return null;
        }
        BitSet unchanged = new BitSet();
        for (int i = 0; told != null && i < columns.size(); i++) {
            unchanged.set(i, !Arrays.asList(told).contains(columns.get(i)));
        }
        return new Refused(
                offset == null ? Refused.UNKNOWN : offset,
                alone,
                told == null ? null : aligned(told, values, columns),
                unchanged.isEmpty() ? null : unchanged);
    }

    /** Of the columns, or of values in their order, those that are known of a dead letter's row; null where it is not. */
    static String[] told(Refused refused, String[] columns) {
        return refused == null || refused.values() == null
                ? null
                : IntStream.range(0, columns.length)
                        .filter(i -> refused.unchanged() == null
                                || !refused.unchanged().get(i))
                        .mapToObj(i -> columns[i])
                        .toArray(String[]::new);
    }

    private static String[] texts(Array array) throws SQLException {
        return array == null ? null : (String[]) array.getArray();
    }

    /** The values in the order of columns; of columns that the row had not, NULL. */
    static String[] aligned(String[] rowColumns, String[] values, List<String> columns) {
        List<String> order = Arrays.asList(rowColumns);
        return columns.stream()
                .map(column -> order.contains(column) ? values[order.indexOf(column)] : null)
                .toArray(String[]::new);
    }

    @Override
    public void save(Connection connection, List<KeyState> states, List<String> columns) throws SQLException {
        List<Remembered> deletions = new ArrayList<>();
        List<Remembered> others = new ArrayList<>();
        List<String> forgottenKeys = new ArrayList<>();
        List<String> forgottenShards = new ArrayList<>();
        for (KeyState state : states) {
            for (Map.Entry<String, Entry> each : state.toRemember().entrySet()) {
                Remembered row = new Remembered(keyText(state.key()), each.getKey(), each.getValue());
                (each.getValue().place() == Place.DELETED && !each.getValue().incomplete() ? deletions : others)
                        .add(row);
            }
            for (String shard : state.toForget()) {
                forgottenKeys.add(keyText(state.key()));
                forgottenShards.add(shard);
            }
        }
        saveDeletions(connection, deletions);
        saveOthers(connection, others, columns);
        forget(connection, forgottenKeys, forgottenShards);
    }

    private record Remembered(String key, String shard, Entry entry) {}

    private void saveDeletions(Connection connection, List<Remembered> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(SAVE_DELETIONS)) {
            statement.setString(1, sink);
            statement.setString(2, topic);
            statement.setArray(
                    3,
                    connection.createArrayOf(
                            "text", rows.stream().map(Remembered::key).toArray()));
            statement.setArray(
                    4,
                    connection.createArrayOf(
                            "text", rows.stream().map(Remembered::shard).toArray()));
            statement.setArray(
                    5,
                    connection.createArrayOf(
                            "bigint",
                            rows.stream().map(row -> row.entry().position()).toArray()));
            statement.setArray(
                    6,
                    connection.createArrayOf(
                            "bigint",
                            rows.stream()
                                    .map(row -> row.entry().committedAtMicros())
                                    .toArray()));
            statement.executeUpdate();
        }
    }

    /** These are rare: rows that two shards have, and keys with a dead letter. */
    private void saveOthers(Connection connection, List<Remembered> rows, List<String> columns) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(SAVE)) {
            for (Remembered row : rows) {
                Entry entry = row.entry();
                boolean aside = entry.place() == Place.ASIDE;
                statement.setString(1, sink);
                statement.setString(2, topic);
                statement.setString(3, row.key());
                statement.setString(4, row.shard());
                statement.setString(5, entry.place().name());
                statement.setLong(6, entry.position());
                statement.setLong(7, entry.committedAtMicros());
                statement.setBoolean(8, entry.incomplete());
                statement.setArray(9, aside ? connection.createArrayOf("text", columns.toArray()) : null);
                statement.setArray(10, aside ? connection.createArrayOf("text", entry.values()) : null);
                statement.setObject(11, entry.incomplete() ? entry.refused().offset() : null, Types.BIGINT);
                statement.setObject(12, entry.incomplete() ? entry.refused().alone() : null, Types.BOOLEAN);
                String[] told = told(entry.refused(), columns.toArray(new String[0]));
                statement.setArray(13, told == null ? null : connection.createArrayOf("text", told));
                statement.setArray(
                        14,
                        told == null
                                ? null
                                : connection.createArrayOf(
                                        "text",
                                        told(entry.refused(), entry.refused().values())));
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private void forget(Connection connection, List<String> keys, List<String> shards) throws SQLException {
        if (keys.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(FORGET)) {
            statement.setArray(1, connection.createArrayOf("text", keys.toArray()));
            statement.setArray(2, connection.createArrayOf("text", shards.toArray()));
            statement.setString(3, sink);
            statement.setString(4, topic);
            statement.executeUpdate();
        }
    }
}
