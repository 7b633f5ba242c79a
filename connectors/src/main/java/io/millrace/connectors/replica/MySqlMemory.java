package io.millrace.connectors.replica;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.connectors.replica.KeyState.Entry;
import io.millrace.connectors.replica.KeyState.Place;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;

/** {@link Memory} in MySQL or MariaDB. A key is found by its hash, as an index takes but short texts. */
final class MySqlMemory implements Memory {
    private static final String CREATE = """
            CREATE TABLE IF NOT EXISTS millrace_rows (
                sink varchar(190) NOT NULL,
                topic varchar(249) NOT NULL,
                key_hash varchar(64) NOT NULL,
                shard varchar(190) NOT NULL,
                row_key longtext NOT NULL,
                place varchar(16) NOT NULL,
                position bigint NOT NULL,
                committed_at_micros bigint NOT NULL,
                incomplete boolean NOT NULL,
                column_names longtext,
                row_values longtext,
                refused_offset bigint,
                refused_alone boolean,
                refused_columns longtext,
                refused_values longtext,
                recorded_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
                PRIMARY KEY (sink, topic, key_hash, shard),
                INDEX millrace_rows_deleted (sink, place, recorded_at))
            ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin""";

    private static final String SAVE = """
            INSERT INTO millrace_rows (sink, topic, key_hash, shard, row_key, place, position, committed_at_micros,
                incomplete, column_names, row_values, refused_offset, refused_alone, refused_columns, refused_values)
            VALUES %s
            ON DUPLICATE KEY UPDATE place = VALUES(place), position = VALUES(position),
                committed_at_micros = VALUES(committed_at_micros), incomplete = VALUES(incomplete),
                column_names = VALUES(column_names), row_values = VALUES(row_values),
                refused_offset = VALUES(refused_offset), refused_alone = VALUES(refused_alone),
                refused_columns = VALUES(refused_columns), refused_values = VALUES(refused_values),
                recorded_at = CURRENT_TIMESTAMP(6)""";

    /** As in PostgreSQL, without those that another task is writing; a DELETE would wait for them. */
    private static final String OLD_DELETIONS = """
            SELECT topic, key_hash, shard FROM millrace_rows WHERE sink = ? AND place = 'DELETED' AND NOT incomplete
                AND recorded_at < CURRENT_TIMESTAMP(6) - INTERVAL ? MICROSECOND LIMIT ? FOR UPDATE SKIP LOCKED""";

    private static final Map<String, String> ADDED_LATER = Map.of(
            "refused_offset", "bigint",
            "refused_alone", "boolean",
            "refused_columns", "longtext",
            "refused_values", "longtext");

    private static final int CHUNK_ROWS = 500;
    private static final int SAVED_COLUMNS = 15;
    private static final long MICROS_PER_MS = 1_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String sink;
    private final String topic;

    MySqlMemory(String sink, String topic) {
        this.sink = sink;
        this.topic = topic;
    }

    @Override
    public void createTable(Connection connection) throws SQLException {
        MySqlOwnTable.agree(connection, "millrace_rows", CREATE, ADDED_LATER);
    }

    @Override
    public Set<List<String>> keys(Connection connection, int most) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT row_key FROM millrace_rows WHERE sink = ? AND topic = ? LIMIT ?")) {
            statement.setString(1, sink);
            statement.setString(2, topic);
            statement.setInt(3, most + 1);
            Set<List<String>> keys = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    keys.add(RowMemory.key(rows.getString(1)));
                }
            }
            return keys;
        }
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
        List<Deletion> old = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(OLD_DELETIONS)) {
            statement.setString(1, sink);
            statement.setLong(2, retainMs * MICROS_PER_MS);
            statement.setInt(3, limit);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    old.add(new Deletion(rows.getString(1), rows.getString(2), rows.getString(3)));
                }
            }
        }
        forgetLocked(connection, old);
        return old.size();
    }

    /** Which row of the table a deletion is. */
    private record Deletion(String topic, String keyHash, String shard) {}

    /** Each by its whole key: a statement of many might go through the table, and wait for what it meets there. */
    private void forgetLocked(Connection connection, List<Deletion> deletions) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "DELETE FROM millrace_rows WHERE sink = ? AND topic = ? AND key_hash = ? AND shard = ?")) {
            for (Deletion each : deletions) {
                statement.setString(1, sink);
                statement.setString(2, each.topic());
                statement.setString(3, each.keyHash());
                statement.setString(4, each.shard());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static String hash(KeyState state) {
        try {
            byte[] text = RowMemory.keyText(state.key()).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new ConnectException("this JVM does not hash", e);
        }
    }

    @Override
    public void load(Connection connection, List<KeyState> states, List<String> columns) throws SQLException {
        for (int from = 0; from < states.size(); from += CHUNK_ROWS) {
            loadChunk(connection, states.subList(from, Math.min(states.size(), from + CHUNK_ROWS)), columns);
        }
    }

    private void loadChunk(Connection connection, List<KeyState> states, List<String> columns) throws SQLException {
        Map<String, KeyState> byHash = new HashMap<>();
        states.forEach(state -> byHash.put(hash(state), state));
        String sql =
                "SELECT key_hash, shard, place, position, committed_at_micros, incomplete, column_names, row_values,"
                        + " refused_offset, refused_alone, refused_columns, refused_values"
                        + " FROM millrace_rows WHERE sink = ? AND topic = ? AND key_hash IN ("
                        + MySqlNames.repeated("?", byHash.size(), ", ") + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, sink);
            statement.setString(2, topic);
            int index = 3;
            for (String hash : byHash.keySet()) {
                statement.setString(index++, hash);
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Place place = Place.valueOf(rows.getString(3));
                    String[] values = place == Place.ASIDE
                            ? RowMemory.aligned(texts(rows.getString(7)), texts(rows.getString(8)), columns)
                            : null;
                    byHash.get(rows.getString(1))
                            .loadRemembered(
                                    rows.getString(2),
                                    new Entry(
                                            place,
                                            rows.getLong(4),
                                            rows.getLong(5),
                                            values,
                                            null,
                                            RowMemory.refused(
                                                    rows.getBoolean(6),
                                                    rows.getObject(9, Long.class),
                                                    rows.getBoolean(10),
                                                    texts(rows.getString(11)),
                                                    texts(rows.getString(12)),
                                                    columns)));
                }
            }
        }
    }

    private static String[] texts(String json) {
        try {
            return json == null ? null : JSON.readValue(json, String[].class);
        } catch (JsonProcessingException e) {
            throw new ConnectException("table millrace_rows holds what the sink did not write", e);
        }
    }

    private static String json(Object texts) {
        try {
            return JSON.writeValueAsString(texts);
        } catch (JsonProcessingException e) {
            throw new ConnectException("texts without a form in JSON", e);
        }
    }

    private record Remembered(KeyState state, String shard, Entry entry) {}

    @Override
    public void save(Connection connection, List<KeyState> states, List<String> columns) throws SQLException {
        List<Remembered> saved = new ArrayList<>();
        List<Remembered> forgotten = new ArrayList<>();
        for (KeyState state : states) {
            state.toRemember().forEach((shard, entry) -> saved.add(new Remembered(state, shard, entry)));
            state.toForget().forEach(shard -> forgotten.add(new Remembered(state, shard, null)));
        }
        for (int from = 0; from < saved.size(); from += CHUNK_ROWS) {
            saveChunk(connection, saved.subList(from, Math.min(saved.size(), from + CHUNK_ROWS)), columns);
        }
        for (int from = 0; from < forgotten.size(); from += CHUNK_ROWS) {
            forget(connection, forgotten.subList(from, Math.min(forgotten.size(), from + CHUNK_ROWS)));
        }
    }

    private void saveChunk(Connection connection, List<Remembered> rows, List<String> columns) throws SQLException {
        String row = "(" + MySqlNames.repeated("?", SAVED_COLUMNS, ", ") + ")";
        String sql = SAVE.formatted(MySqlNames.repeated(row, rows.size(), ", "));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int index = 1;
            for (Remembered each : rows) {
                Entry entry = each.entry();
                boolean aside = entry.place() == Place.ASIDE;
                statement.setString(index++, sink);
                statement.setString(index++, topic);
                statement.setString(index++, hash(each.state()));
                statement.setString(index++, each.shard());
                statement.setString(index++, RowMemory.keyText(each.state().key()));
                statement.setString(index++, entry.place().name());
                statement.setLong(index++, entry.position());
                statement.setLong(index++, entry.committedAtMicros());
                statement.setBoolean(index++, entry.incomplete());
                statement.setString(index++, aside ? json(columns) : null);
                statement.setString(index++, aside ? json(entry.values()) : null);
                statement.setObject(
                        index++, entry.incomplete() ? entry.refused().offset() : null, Types.BIGINT);
                statement.setObject(
                        index++, entry.incomplete() ? entry.refused().alone() : null, Types.BOOLEAN);
                String[] told = RowMemory.told(entry.refused(), columns.toArray(new String[0]));
                statement.setString(index++, told == null ? null : json(told));
                statement.setString(
                        index++,
                        told == null
                                ? null
                                : json(RowMemory.told(
                                        entry.refused(), entry.refused().values())));
            }
            statement.executeUpdate();
        }
    }

    private void forget(Connection connection, List<Remembered> rows) throws SQLException {
        String sql = "DELETE FROM millrace_rows WHERE sink = ? AND topic = ? AND ("
                + MySqlNames.repeated("(key_hash = ? AND shard = ?)", rows.size(), " OR ") + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, sink);
            statement.setString(2, topic);
            int index = 3;
            for (Remembered each : rows) {
                statement.setString(index++, hash(each.state()));
                statement.setString(index++, each.shard());
            }
            statement.executeUpdate();
        }
    }
}
