package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.MySqlNames.quoted;

import io.millrace.connectors.replica.MySqlType.Existing;
import io.millrace.connectors.replica.TargetTable.Aligned;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica's table in MySQL or MariaDB. Its statements commit by themselves, so that several tasks that make or change one
 * agree by looking at it again.
 */
final class MySqlTable implements Table {
    private static final Logger LOG = LoggerFactory.getLogger(MySqlTable.class);
    private static final int DUPLICATE_COLUMN = 1060;

    private static final String COLUMNS = """
            SELECT column_name, data_type, column_type, coalesce(character_maximum_length, 0),
                coalesce(numeric_precision, 0), coalesce(numeric_scale, 0), coalesce(datetime_precision, 0),
                is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%auto_increment%',
                extra LIKE '%GENERATED%' AND extra NOT LIKE '%DEFAULT_GENERATED%', collation_name
            FROM information_schema.columns
            WHERE table_schema = coalesce(nullif(?, ''), DATABASE()) AND table_name = ? ORDER BY ordinal_position""";

    private static final String KEYS = """
            SELECT index_name, column_name, sub_part IS NULL FROM information_schema.statistics
            WHERE table_schema = coalesce(nullif(?, ''), DATABASE()) AND table_name = ? AND non_unique = 0""";

    /** Collations by which texts are equal only if they are the same, blanks at the end included. */
    private static final String EXACT = "utf8mb4_nopad_bin|utf8mb4_0900_bin|ascii_nopad_bin";

    private final String topic;
    private final String schema;
    private final String name;
    private final boolean mayCreate;
    private final boolean mayAdd;
    /** By identity, as {@link ChangeReader} gives them out: one for each version of the schemas. */
    private final Set<TableShape> known = Collections.newSetFromMap(new IdentityHashMap<>());

    private final IdentityHashMap<TableShape, int[]> alignments = new IdentityHashMap<>();
    private final Map<String, Column> columns = new LinkedHashMap<>();
    private Map<String, Found> found = Map.of();

    /** Whether the columns are the database's alone, since nothing but tombstones has come. */
    private boolean provisional;

    /** A column as the database has it. */
    private record Found(Existing type, boolean mustBeGiven, boolean generated, String collation) {}

    /**
     * A column that rows are written to.
     *
     * @param type how its values are written
     * @param shape the version of the schemas that has told it last; null where the database alone has
     * @param source what that says of it; null likewise
     */
    private record Column(MySqlType type, TableShape shape, TableShape.Column source) {
        /** The text of what rows have that are of a version without the column; null for NULL. */
        String standard() {
            return source == null ? null : source.defaultText();
        }
    }

    MySqlTable(ReplicaSinkConfig config, String topic) {
        this.topic = topic;
        this.schema = config.getString(ReplicaSinkConfig.TABLE_SCHEMA);
        this.name = config.tableOf(topic);
        this.mayCreate = config.getBoolean(ReplicaSinkConfig.TABLE_CREATE);
        this.mayAdd = config.getBoolean(ReplicaSinkConfig.COLUMNS_ADD);
    }

    @Override
    public String sqlName() {
        return schema.isEmpty() ? quoted(name) : quoted(schema) + "." + quoted(name);
    }

    @Override
    public List<String> columnNames() {
        return List.copyOf(columns.keySet());
    }

    /** How a column's values are written. */
    MySqlType typeOf(String column) {
        return columns.get(column).type();
    }

    @Override
    public boolean knows(TableShape shape) {
        return known.contains(shape);
    }

    @Override
    public void forget() {
        known.clear();
        alignments.clear();
        found = Map.of();
        if (provisional) {
            columns.clear();
        }
    }

    @Override
    public boolean ensure(Connection connection, TableShape shape, boolean hasApplied) throws SQLException {
        inspect(connection);
        if (found.isEmpty()) {
            if (!shape.whole()) {
                return false;
            }
            create(connection, shape, hasApplied);
        }
        if (shape.whole()) {
            agree(connection, shape);
        }
        checkKey(connection, shape);
        takeColumns(shape);
        connection.commit();
        known.add(shape);
        return true;
    }

    private void inspect(Connection connection) throws SQLException {
        Map<String, Found> inspected = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, schema);
            statement.setString(2, name);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Existing type = new Existing(
                            rows.getString(2).toLowerCase(java.util.Locale.ROOT),
                            rows.getString(3),
                            rows.getLong(4),
                            rows.getInt(5),
                            rows.getInt(6),
                            rows.getInt(7));
                    inspected.put(
                            rows.getString(1),
                            new Found(type, rows.getBoolean(8), rows.getBoolean(9), rows.getString(10)));
                }
            }
        }
        found = inspected;
    }

    /** The texts and bytes of a key share what an index takes. */
    private static int keyTexts(TableShape shape, TableShape.Column column) {
        if (!shape.keyNames().contains(column.name())) {
            return 0;
        }
        return Math.max(1, (int) shape.key().stream()
                .map(position -> shape.columns().get(position).type().sql())
                .filter(type -> type.matches("text|bpchar|character.*|bytea|uuid|interval"))
                .count());
    }

    /** The type that the column has, or is to have; a text takes everything. */
    private MySqlType type(TableShape shape, TableShape.Column column) {
        Found existing = found.get(column.name());
        return existing != null && existing.type().isText()
                ? textual(shape, column)
                : MySqlType.of(column, keyTexts(shape, column));
    }

    private static MySqlType textual(TableShape shape, TableShape.Column column) {
        boolean text = column.type().isEnum()
                || column.type().sql().matches("text|bpchar|character.*|uuid|interval|json|jsonb|.*\\[]");
        return text ? MySqlType.of(column, keyTexts(shape, column)) : MySqlType.asText(column);
    }

    private void create(Connection connection, TableShape shape, boolean hasApplied) throws SQLException {
        if (hasApplied) {
            throw new ConnectException("table " + sqlName() + " is missing, but rows of " + topic
                    + " were written to it before, and a new table would lack them: restore it, or let the sink begin anew"
                    + " by DELETE /connectors/<name>/offsets while it is stopped");
        }
        if (!mayCreate) {
            throw new ConnectException("table " + sqlName() + " is missing: create it, or set "
                    + ReplicaSinkConfig.TABLE_CREATE + " = true");
        }
        List<String> parts = new ArrayList<>();
        for (TableShape.Column column : shape.columns()) {
            boolean keyPart = shape.keyNames().contains(column.name());
            parts.add(quoted(column.name()) + " "
                    + MySqlType.of(column, keyTexts(shape, column)).definition() + (keyPart ? " NOT NULL" : " NULL"));
        }
        if (shape.sharded()) {
            parts.add(metadata());
        }
        parts.add("PRIMARY KEY (" + MySqlNames.list(shape.keyNames()) + ")");
        String create = "CREATE TABLE IF NOT EXISTS " + sqlName() + " (" + String.join(", ", parts)
                + ") ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE " + exactCollation(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute(create);
        }
        LOG.info("created the replica of {}: {}", topic, create);
        inspect(connection);
    }

    private static String metadata() {
        return quoted(Metadata.SHARD) + " varchar(190) NULL, " + quoted(Metadata.POSITION) + " bigint NULL, "
                + quoted(Metadata.COMMITTED_AT) + " datetime(6) NULL";
    }

    private static String exactCollation(Connection connection) throws SQLException {
        return MySqlDialect.isMariaDb(connection) ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
    }

    /** Checks the table against the shape, and adds what it lacks. */
    private void agree(Connection connection, TableShape shape) throws SQLException {
        agree(connection, shape, false);
    }

    private void agree(Connection connection, TableShape shape, boolean altered) throws SQLException {
        List<String> additions = new ArrayList<>();
        for (TableShape.Column column : shape.columns()) {
            Found existing = found.get(column.name());
            if (existing == null) {
                MySqlType type = MySqlType.of(column, 0);
                additions.add("ADD COLUMN " + quoted(column.name()) + " " + type.definition() + " NULL"
                        + (column.defaultText() == null ? "" : " DEFAULT (" + standard(column, type) + ")"));
            } else {
                check(shape, column, existing);
            }
        }
        if (shape.sharded() && !found.keySet().containsAll(Metadata.NAMES)) {
            additions.add("ADD COLUMN (" + metadata() + ")");
        }
        checkOthers(shape);
        if (!additions.isEmpty() && altered) {
            throw new ConnectException("table " + sqlName() + " still differs from topic " + topic
                    + ": a column's name may differ in upper and lower case alone, or one of " + Metadata.NAMES
                    + " may be missing. Run what is right of " + additions);
        }
        if (!additions.isEmpty()) {
            add(connection, shape, additions);
        }
    }

    private String standard(TableShape.Column column, MySqlType type) {
        String written;
        try {
            written = type.write(column.name(), column.defaultText());
        } catch (RejectedRecord e) {
            throw new ConnectException(
                    "table " + sqlName() + " lacks column " + column.name() + ", whose default in topic " + topic
                            + " it cannot hold: add the column with what its rows shall have",
                    e);
        }
        return type.kind() == MySqlType.Kind.BYTES ? "x'" + written + "'" : MySqlNames.literal(written);
    }

    private void add(Connection connection, TableShape shape, List<String> additions) throws SQLException {
        String alter = "ALTER TABLE " + sqlName() + " " + String.join(", ", additions);
        if (!mayAdd) {
            throw new ConnectException("table " + sqlName() + " lacks columns of topic " + topic + ": set "
                    + ReplicaSinkConfig.COLUMNS_ADD + " = true, or run " + alter);
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(MySqlDialect.alteration(connection, alter));
            LOG.info("the replica of {} gets columns: {}", topic, alter);
        } catch (SQLException e) {
            if (e.getErrorCode() != DUPLICATE_COLUMN) {
                throw e;
            }
            // Another task was first.
            LOG.debug("columns of {} were added meanwhile", sqlName());
        }
        inspect(connection);
        agree(connection, shape, true);
    }

    private void check(TableShape shape, TableShape.Column column, Found existing) {
        if (existing.generated()) {
            throw new ConnectException("column " + column.name() + " of table " + sqlName()
                    + " is generated, but topic " + topic + " has values for it: make it a plain column");
        }
        MySqlType type = type(shape, column);
        if (!type.fits(existing.type())) {
            throw new ConnectException("column " + column.name() + " of table " + sqlName() + " is "
                    + existing.type().columnType() + ", but in topic " + topic + " it is "
                    + column.type().sql() + ": run ALTER TABLE " + sqlName() + " MODIFY " + quoted(column.name()) + " "
                    + type.definition());
        }
        if (shape.keyNames().contains(column.name())
                && existing.collation() != null
                && !existing.collation().matches(EXACT)
                && !column.type().sql().equals("uuid")) {
            throw new ConnectException("column " + column.name() + " of table " + sqlName()
                    + ", which is in the key, has the"
                    + " collation " + existing.collation() + ", by which different texts are equal: run ALTER TABLE "
                    + sqlName() + " MODIFY " + quoted(column.name()) + " "
                    + existing.type().columnType() + " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin (MySQL:"
                    + " utf8mb4_0900_bin) NOT NULL");
        }
    }

    /** Columns of the target's own must do without a value. */
    private void checkOthers(TableShape shape) {
        Set<String> given = new HashSet<>(columns.keySet());
        shape.columns().forEach(column -> given.add(column.name()));
        given.addAll(Metadata.NAMES);
        found.forEach((column, existing) -> {
            if (existing.mustBeGiven() && !existing.generated() && !given.contains(column)) {
                throw new ConnectException("column " + column + " of table " + sqlName()
                        + " may not be NULL and has no default, but topic " + topic
                        + " has no such column: run ALTER TABLE " + sqlName() + " MODIFY " + quoted(column) + " "
                        + existing.type().columnType() + " NULL");
            }
        });
    }

    /**
     * A unique index of exactly the key's columns is what rows are found by. There must be no other: ON DUPLICATE KEY UPDATE goes
     * by all of them, and would change the row that has the same value in another.
     */
    private void checkKey(Connection connection, TableShape shape) throws SQLException {
        Set<String> wanted = Set.copyOf(shape.keyNames());
        for (String column : wanted) {
            if (!found.containsKey(column)) {
                throw new ConnectException(
                        "column " + column + " of topic " + topic + "'s key is not in table " + sqlName());
            }
        }
        boolean hasKey = false;
        for (Map.Entry<String, Set<String>> index : uniqueIndexes(connection).entrySet()) {
            if (!index.getValue().equals(wanted)) {
                throw new ConnectException("table " + sqlName() + " has a unique index " + index.getKey()
                        + " beside the key of topic " + topic
                        + ", by which a row would take the place of another: run ALTER TABLE " + sqlName()
                        + " DROP INDEX " + quoted(index.getKey()) + ", or make it one that is not unique");
            }
            hasKey = true;
        }
        if (!hasKey) {
            throw new ConnectException("table " + sqlName() + " has no unique index of column"
                    + (wanted.size() == 1 ? " " : "s ") + String.join(", ", shape.keyNames()) + ", the key of topic "
                    + topic + ": run ALTER TABLE " + sqlName() + " ADD PRIMARY KEY ("
                    + MySqlNames.list(shape.keyNames()) + ")");
        }
    }

    private Map<String, Set<String>> uniqueIndexes(Connection connection) throws SQLException {
        Map<String, Set<String>> indexes = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(KEYS)) {
            statement.setString(1, schema);
            statement.setString(2, name);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    // Of a part of a column, or of an expression: an index of something else.
                    String column = rows.getBoolean(3) ? String.valueOf(rows.getString(2)) : "(a part)";
                    indexes.computeIfAbsent(rows.getString(1), index -> new HashSet<>())
                            .add(column);
                }
            }
        }
        return indexes;
    }

    private void takeColumns(TableShape shape) {
        keepColumns();
        if (shape.whole() && provisional) {
            columns.clear();
            provisional = false;
        } else if (!shape.whole() && columns.isEmpty()) {
            provisional = true;
            found.forEach((column, existing) -> {
                if (!existing.generated() && !Metadata.NAMES.contains(column)) {
                    columns.put(column, new Column(MySqlType.of(existing.type()), null, null));
                }
            });
        }
        for (TableShape.Column column : shape.columns()) {
            if (shape.whole() || provisional) {
                columns.put(column.name(), new Column(type(shape, column), shape, column));
            }
        }
        alignments.clear();
    }

    /** Those of other shards too, whose changes may be yet to come by this connection: rows are kept aside with them. */
    private void keepColumns() {
        columns.keySet().retainAll(found.keySet());
        columns.replaceAll((name, column) -> column.source() == null
                ? column
                : new Column(type(column.shape(), column.source()), column.shape(), column.source()));
    }

    @Override
    public Aligned align(TableShape shape, String[] values, BitSet unchanged) {
        rejectNullInKey(shape, values);
        int[] positions = alignments.computeIfAbsent(shape, each -> each.positions(columns.keySet()));
        String[] aligned = new String[positions.length];
        BitSet left = unchanged == null ? null : new BitSet(positions.length);
        int i = 0;
        for (Map.Entry<String, Column> column : columns.entrySet()) {
            int position = positions[i];
            if (position < 0) {
                aligned[i] = column.getValue()
                        .type()
                        .write(column.getKey(), column.getValue().standard());
            } else {
                aligned[i] = column.getValue().type().write(column.getKey(), values[position]);
                if (left != null && unchanged.get(position)) {
                    left.set(i);
                }
            }
            i++;
        }
        return new Aligned(aligned, left);
    }

    /** The schema of a view's topic says of every column that it may be NULL, also of a key's that never is. */
    private static void rejectNullInKey(TableShape shape, String[] values) {
        for (int position : shape.key()) {
            if (values[position] == null) {
                throw new RejectedRecord(
                        "column " + shape.columns().get(position).name()
                                + " of its key is NULL, which no key can be in MySQL and MariaDB: replicate to PostgreSQL, or keep"
                                + " the rows with NULL out of the view");
            }
        }
    }
}
