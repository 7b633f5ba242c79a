package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.Identifiers.quoted;

import io.millrace.connectors.replica.TargetTable.WrittenColumn;
import io.millrace.schemas.EncodedStruct;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * The statements that read and write a replica's rows, many rows each: a column's values go to the server as one array of
 * texts. Made for the columns that a table has now.
 */
final class RowStatements implements Rows {
    /** Settings of the session by which {@link #tryEach} passes values to the server, and its findings back. */
    private static final String FAULTS = "millrace.faults";

    private static final String BLOCK_QUOTE = "$millrace$";

    private final TargetTable target;
    private final String table;
    private final List<WrittenColumn> columns;
    private final List<String> keyNames;
    private final List<String> keyCasts;
    private final boolean sharded;
    private long lastCommitted;
    private String lastCommittedText;

    /**
     * A row to write.
     *
     * @param values in the order of the columns
     * @param shard whose row it is, where the table has metadata
     * @param position of its last change, likewise
     * @param committedAtMicros of its last change, likewise; 0 where that is not known
     */
    record Row(List<String> key, String[] values, String shard, long position, long committedAtMicros) {}

    RowStatements(TargetTable table, List<String> keyNames, boolean sharded) {
        this.target = table;
        this.table = table.sqlName();
        this.columns = table.columns();
        this.keyNames = keyNames;
        this.keyCasts = keyNames.stream().map(table::castOf).toList();
        this.sharded = sharded;
    }

    @Override
    public void loadShown(Connection connection, List<KeyState> states) throws SQLException {
        String sql = "SELECT u.n, t." + quoted(Metadata.SHARD) + ", t." + quoted(Metadata.POSITION)
                + ", (extract(epoch FROM t." + quoted(Metadata.COMMITTED_AT) + ") * 1000000)::bigint" + fromKeys();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bindKeys(connection, statement, states);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    KeyState state = states.get(rows.getInt(1) - 1);
                    String shard = rows.getString(2);
                    long position = rows.getLong(3);
                    if (shard == null || position == 0) {
                        state.loadForeign();
                    } else {
                        state.loadShown(shard, position, rows.getLong(4));
                    }
                }
            }
        }
    }

    @Override
    public void loadShownValues(Connection connection, List<KeyState> states) throws SQLException {
        if (states.isEmpty()) {
            return;
        }
        String sql = "SELECT u.n, "
                + columns.stream()
                        .map(column -> "t." + quoted(column.name()) + "::text")
                        .collect(Collectors.joining(", "))
                + fromKeys();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bindKeys(connection, statement, states);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String[] values = new String[columns.size()];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = rows.getString(i + 2);
                    }
                    states.get(rows.getInt(1) - 1).loadShownValues(values);
                }
            }
        }
    }

    private String fromKeys() {
        StringJoiner names = new StringJoiner(", ");
        StringJoiner arrays = new StringJoiner(", ");
        StringJoiner equal = new StringJoiner(" AND ");
        for (int i = 0; i < keyNames.size(); i++) {
            names.add("k" + i);
            arrays.add("?::text[]");
            equal.add("t." + quoted(keyNames.get(i)) + " = u.k" + i + "::" + keyCasts.get(i));
        }
        return " FROM unnest(" + arrays + ") WITH ORDINALITY AS u(" + names + ", n) JOIN " + table + " t ON " + equal;
    }

    private void bindKeys(Connection connection, PreparedStatement statement, List<KeyState> states)
            throws SQLException {
        for (int i = 0; i < keyNames.size(); i++) {
            int part = i;
            bind(connection, statement, i + 1, states, state -> state.key().get(part));
        }
    }

    private static <T> void bind(
            Connection connection, PreparedStatement statement, int index, List<T> rows, Function<T, String> value)
            throws SQLException {
        String[] texts = new String[rows.size()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = value.apply(rows.get(i));
        }
        statement.setArray(index, connection.createArrayOf("text", texts));
    }

    @Override
    public void delete(Connection connection, List<List<String>> keys) throws SQLException {
        // A comparison that takes NULL for a value uses no index, so keys with NULL in the same places go together.
        Map<BitSet, List<List<String>>> byNulls = new LinkedHashMap<>();
        for (List<String> key : keys) {
            BitSet nulls = new BitSet();
            IntStream.range(0, key.size()).filter(i -> key.get(i) == null).forEach(nulls::set);
            byNulls.computeIfAbsent(nulls, pattern -> new ArrayList<>()).add(key);
        }
        for (Map.Entry<BitSet, List<List<String>>> each : byNulls.entrySet()) {
            delete(connection, each.getKey(), each.getValue());
        }
    }

    private void delete(Connection connection, BitSet nulls, List<List<String>> keys) throws SQLException {
        StringJoiner names = new StringJoiner(", ");
        StringJoiner arrays = new StringJoiner(", ");
        StringJoiner conditions = new StringJoiner(" AND ");
        for (int i = 0; i < keyNames.size(); i++) {
            names.add("k" + i);
            arrays.add("?::text[]");
            conditions.add("t." + quoted(keyNames.get(i))
                    + (nulls.get(i) ? " IS NULL" : " = u.k" + i + "::" + keyCasts.get(i)));
        }
        String sql = "DELETE FROM " + table + " t USING unnest(" + arrays + ") AS u(" + names + ") WHERE " + conditions;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < keyNames.size(); i++) {
                int part = i;
                bind(connection, statement, i + 1, keys, key -> key.get(part));
            }
            statement.executeUpdate();
        }
    }

    @Override
    public void upsert(Connection connection, List<Row> rows) throws SQLException {
        List<String> names = writtenNames();
        String sql = "INSERT INTO " + table + " (" + Identifiers.list(names) + ") OVERRIDING SYSTEM VALUE SELECT "
                + read(index -> "u.c" + index) + fromColumns(names.size()) + onConflict(names);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bindRows(connection, statement, rows);
            statement.executeUpdate();
        }
    }

    @Override
    public boolean upsertsNewer() {
        return sharded;
    }

    @Override
    public int upsertNewer(Connection connection, List<Row> rows) throws SQLException {
        List<String> names = writtenNames();
        // The order of positions is that of the numbers, as a snapshot's are negative and none of these is one.
        String sql = "INSERT INTO " + table + " AS t (" + Identifiers.list(names) + ") OVERRIDING SYSTEM VALUE SELECT "
                + read(index -> "u.c" + index) + fromColumns(names.size()) + onConflict(names) + " WHERE t."
                + quoted(Metadata.SHARD) + " = EXCLUDED." + quoted(Metadata.SHARD) + " AND t."
                + quoted(Metadata.POSITION) + " < EXCLUDED." + quoted(Metadata.POSITION);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bindRows(connection, statement, rows);
            return statement.executeUpdate();
        }
    }

    private String onConflict(List<String> names) {
        String updates = names.stream()
                .filter(name -> !keyNames.contains(name))
                .map(name -> quoted(name) + " = EXCLUDED." + quoted(name))
                .collect(Collectors.joining(", "));
        return " ON CONFLICT (" + Identifiers.list(keyNames) + ") DO "
                + (updates.isEmpty() ? "NOTHING" : "UPDATE SET " + updates);
    }

    /** The server does so in one step, each row in a subtransaction. */
    @Override
    public Map<Integer, SQLException> tryEach(Connection connection, List<Row> rows) throws SQLException {
        List<String> names = writtenNames();
        String sql = tryingBlock(names);
        if (sql.indexOf(BLOCK_QUOTE, BLOCK_QUOTE.length() + 3) != sql.length() - BLOCK_QUOTE.length()) {
            // Some name has the quote in it.
            return Map.of();
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT "
                + IntStream.range(0, names.size())
                        .mapToObj(i -> "set_config('" + setting(i) + "', (?::text[])::text, true)")
                        .collect(Collectors.joining(", ")))) {
            bindRows(connection, statement, rows);
            statement.execute();
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            try (ResultSet found = statement.executeQuery("SELECT n, state, message FROM unnest(current_setting('"
                    + FAULTS
                    + "')::text[]) WITH ORDINALITY AS u(each, m), LATERAL (SELECT split_part(each, ' ', 1)::integer"
                    + " AS n, split_part(each, ' ', 2) AS state, substr(each, 3 + length(split_part(each, ' ', 1)) +"
                    + " length(split_part(each, ' ', 2))) AS message) AS parts ORDER BY m")) {
                Map<Integer, SQLException> faults = new LinkedHashMap<>();
                while (found.next()) {
                    faults.put(found.getInt(1) - 1, new SQLException(found.getString(3), found.getString(2)));
                }
                return faults;
            }
        }
    }

    /** Its parameters are settings of the session, as a block takes none of its own. */
    private String tryingBlock(List<String> names) {
        StringJoiner arrays = new StringJoiner(", ");
        StringJoiner texts = new StringJoiner(", ");
        for (int i = 0; i < names.size(); i++) {
            arrays.add("current_setting('" + setting(i) + "')::text[]");
            texts.add("c" + i);
        }
        return "DO " + BLOCK_QUOTE
                + "\n#variable_conflict use_column\nDECLARE r record; failed text; why text; faults text[] := '{}'; BEGIN"
                + " FOR r IN SELECT * FROM unnest(" + arrays + ") WITH ORDINALITY AS u(" + texts + ", n) LOOP BEGIN"
                + " INSERT INTO " + table + " (" + Identifiers.list(names) + ") OVERRIDING SYSTEM VALUE VALUES ("
                + read(index -> "r.c" + index) + ")" + onConflict(names) + ";"
                + " EXCEPTION WHEN OTHERS THEN"
                + " GET STACKED DIAGNOSTICS failed = RETURNED_SQLSTATE, why = MESSAGE_TEXT;"
                + " IF left(failed, 2) NOT IN ('" + String.join("', '", SqlFailure.RECORD_CLASSES)
                + "') THEN RAISE; END IF;"
                + " faults := faults || concat(r.n, ' ', failed, ' ERROR: ', why);"
                + " END; END LOOP; PERFORM set_config('" + FAULTS + "', faults::text, true); END "
                + BLOCK_QUOTE;
    }

    private static String setting(int column) {
        return "millrace.c" + column;
    }

    @Override
    public void update(Connection connection, List<Row> rows, BitSet kept) throws SQLException {
        List<String> names = writtenNames();
        StringJoiner updates = new StringJoiner(", ");
        StringJoiner equal = new StringJoiner(" AND ");
        for (int i = 0; i < names.size(); i++) {
            String value = "u.c" + i + "::" + castOf(i);
            if (keyNames.contains(names.get(i))) {
                equal.add("t." + quoted(names.get(i)) + " = " + value);
            } else if (!kept.get(i)) {
                updates.add(quoted(names.get(i)) + " = " + value);
            }
        }
        String sql = "UPDATE " + table + " t SET " + updates + fromColumns(names.size()) + " WHERE " + equal;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bindRows(connection, statement, rows);
            statement.executeUpdate();
        }
    }

    /** The columns, and the metadata behind them. */
    private List<String> writtenNames() {
        List<String> names =
                new ArrayList<>(columns.stream().map(WrittenColumn::name).toList());
        if (sharded) {
            names.addAll(Metadata.NAMES);
        }
        return names;
    }

    private String castOf(int index) {
        return index < columns.size() ? columns.get(index).cast() : Metadata.TYPES.get(index - columns.size());
    }

    private String read(IntFunction<String> text) {
        return IntStream.range(0, writtenNames().size())
                .mapToObj(i -> text.apply(i) + "::" + castOf(i))
                .collect(Collectors.joining(", "));
    }

    private static String fromColumns(int count) {
        StringJoiner names = new StringJoiner(", ");
        StringJoiner arrays = new StringJoiner(", ");
        for (int i = 0; i < count; i++) {
            names.add("c" + i);
            arrays.add("?::text[]");
        }
        return " FROM unnest(" + arrays + ") AS u(" + names + ")";
    }

    private void bindRows(Connection connection, PreparedStatement statement, List<Row> rows) throws SQLException {
        for (int i = 0; i < columns.size(); i++) {
            int column = i;
            bind(connection, statement, i + 1, rows, row -> row.values()[column]);
        }
        if (sharded) {
            bind(connection, statement, columns.size() + 1, rows, Row::shard);
            bind(connection, statement, columns.size() + 2, rows, row -> Long.toString(row.position()));
            bind(connection, statement, columns.size() + 3, rows, row -> committedAtOf(row.committedAtMicros()));
        }
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // Shapes are few, and nearly always it is the same one.
    public void copy(Connection connection, List<Change> changes) throws SQLException {
        CopyIn copy = connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("COPY " + table + " (" + Identifiers.list(writtenNames()) + ") FROM STDIN");
        try {
            CopyText text = new CopyText(copy);
            TableShape shape = null;
            int[] positions = null;
            for (Change change : changes) {
                if (change.shape() != shape) {
                    shape = change.shape();
                    positions = target.positions(shape);
                }
                addLine(text, change, positions);
            }
            text.send();
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    private void addLine(CopyText text, Change change, int[] positions) throws SQLException {
        Texts row = change.row();
        EncodedStruct encoded = row.encoded();
        for (int i = 0; i < columns.size(); i++) {
            if (positions[i] < 0) {
                text.add(columns.get(i).defaultText());
            } else if (encoded == null) {
                text.add(row.all()[positions[i]]);
            } else {
                row.field(positions[i]).copy(encoded, text);
            }
        }
        if (sharded) {
            text.add(change.shard());
            text.add(change.position());
            text.add(committedAtOf(change.committedAtMicros()));
        }
        text.endLine();
    }

    /** A snapshot's rows have one time, and a transaction's. */
    private String committedAtOf(long micros) {
        if (micros != lastCommitted) {
            lastCommitted = micros;
            lastCommittedText = micros == 0 ? null : ValueText.TIMESTAMP.write(micros);
        }
        return lastCommittedText;
    }
}
