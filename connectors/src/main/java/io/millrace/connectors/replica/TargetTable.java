package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.Identifiers.literal;
import static io.millrace.connectors.replica.Identifiers.quoted;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica's table in the target database: created, or checked against what the topic's schemas say, and given the columns
 * that it lacks. Each of those is a transaction of its own, before rows are written. Used by one thread at a time; several tasks of
 * a sink agree by a lock in the database.
 */
final class TargetTable implements Table {
    private static final Logger LOG = LoggerFactory.getLogger(TargetTable.class);

    private static final String COLUMNS = """
            SELECT a.attname, format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, NULL),
                a.attnotnull AND NOT a.atthasdef AND a.attidentity = '', a.attgenerated <> ''
            FROM pg_attribute a WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum""";

    /** Unique indexes that ON CONFLICT can go by. By to_jsonb, since servers before 15 lack the column. */
    private static final String KEYS = """
            SELECT (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, n)
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.n <= i.indnkeyatts),
                i.indisprimary OR coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)
            FROM pg_index i WHERE i.indrelid = to_regclass(?) AND i.indisunique AND i.indisvalid AND i.indimmediate
                AND i.indpred IS NULL AND i.indexprs IS NULL""";

    private final String topic;
    private final String schema;
    private final String name;
    private final boolean mayCreate;
    private final boolean mayAdd;
    /** By identity, as {@link ChangeReader} gives them out: one for each version of the schemas. */
    private final Set<TableShape> known = Collections.newSetFromMap(new IdentityHashMap<>());

    private final IdentityHashMap<TableShape, int[]> alignments = new IdentityHashMap<>();
    private List<String> defaults = List.of();
    private final Map<String, WrittenColumn> columns = new LinkedHashMap<>();
    private Map<String, Found> found = Map.of();

    /** Whether the columns are the database's alone, since nothing but tombstones has come. */
    private boolean provisional;

    /** A column as the database has it. */
    private record Found(String type, String cast, boolean mustBeGiven, boolean generated) {}

    /**
     * A column that rows are written to.
     *
     * @param cast the type that a value's text is read as. It has no length, so that what is too long is refused, not cut
     * @param defaultText what rows have that are of a version without the column; null for NULL
     */
    record WrittenColumn(String name, String cast, String defaultText) {}

    TargetTable(ReplicaSinkConfig config, String topic) {
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

    /** All columns that rows are written to, in the order in which their values stand; the metadata are not among them. */
    List<WrittenColumn> columns() {
        return List.copyOf(columns.values());
    }

    @Override
    public List<String> columnNames() {
        return List.copyOf(columns.keySet());
    }

    /** The type that a column's texts are read as. */
    String castOf(String column) {
        return found.get(column).cast();
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
    public boolean knows(TableShape shape) {
        return known.contains(shape);
    }

    @Override
    public boolean ensure(Connection connection, TableShape shape, boolean hasApplied) throws SQLException {
        inspect(connection);
        if (found.isEmpty()) {
            if (!shape.whole()) {
                return false;
            }
            create(connection, shape, hasApplied);
        } else if (shape.whole()) {
            agree(connection, shape);
        }
        checkKey(connection, shape);
        takeColumns(shape);
        connection.commit();
        known.add(shape);
        return true;
    }

    private void takeColumns(TableShape shape) {
        keepColumns();
        if (shape.whole()) {
            if (provisional) {
                columns.clear();
                provisional = false;
            }
            for (TableShape.Column column : shape.columns()) {
                columns.put(
                        column.name(), new WrittenColumn(column.name(), castOf(column.name()), column.defaultText()));
            }
        } else if (columns.isEmpty()) {
            provisional = true;
            found.forEach((column, existing) -> {
                if (!existing.generated() && !Metadata.NAMES.contains(column)) {
                    columns.put(column, new WrittenColumn(column, existing.cast(), null));
                }
            });
        }
        alignments.clear();
        defaults = new ArrayList<>();
        columns.values().forEach(column -> defaults.add(column.defaultText()));
    }

    /** Those of other shards too, whose changes may be yet to come by this connection: rows are kept aside with them. */
    private void keepColumns() {
        columns.keySet().retainAll(found.keySet());
        columns.replaceAll((column, before) -> new WrittenColumn(column, castOf(column), before.defaultText()));
    }

    private void inspect(Connection connection) throws SQLException {
        Map<String, Found> inspected = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, sqlName());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    inspected.put(
                            rows.getString(1),
                            new Found(
                                    rows.getString(2),
                                    castType(rows.getString(3)),
                                    rows.getBoolean(4),
                                    rows.getBoolean(5)));
                }
            }
        }
        found = inspected;
    }

    /** To SQL, "character" alone is one character. */
    private static String castType(String type) {
        return type.equals("character") ? "bpchar" : type.equals("character[]") ? "bpchar[]" : type;
    }

    private void lock(Statement statement) throws SQLException {
        statement.execute("SELECT pg_advisory_xact_lock(hashtext(" + literal("millrace " + sqlName()) + "))");
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
        try (Statement statement = connection.createStatement()) {
            lock(statement);
            inspect(connection);
            if (!found.isEmpty()) {
                agree(connection, shape);
                return;
            }
            List<String> parts = new ArrayList<>();
            for (TableShape.Column column : shape.columns()) {
                agreeOnEnum(statement, column);
                boolean keyPart = shape.keyNames().contains(column.name());
                parts.add(quoted(column.name()) + " " + typeFor(statement, column)
                        + (keyPart && !column.nullable() ? " NOT NULL" : ""));
            }
            for (int i = 0; shape.sharded() && i < Metadata.NAMES.size(); i++) {
                parts.add(quoted(Metadata.NAMES.get(i)) + " " + Metadata.TYPES.get(i));
            }
            parts.add((shape.hasNullableKey() ? "UNIQUE NULLS NOT DISTINCT (" : "PRIMARY KEY (")
                    + Identifiers.list(shape.keyNames()) + ")");
            String create = "CREATE TABLE " + sqlName() + " (" + String.join(", ", parts) + ")";
            statement.execute(create);
            LOG.info("created the replica of {}: {}", topic, create);
            inspect(connection);
        }
    }

    /** Checks the table against the shape, and adds what it lacks. */
    private void agree(Connection connection, TableShape shape) throws SQLException {
        List<String> additions = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            for (TableShape.Column column : shape.columns()) {
                Found existing = found.get(column.name());
                if (existing == null) {
                    agreeOnEnum(statement, column);
                    additions.add(addition(column.name(), typeFor(statement, column), column.defaultText()));
                } else {
                    check(column, existing);
                    if (!existing.type().matches("text|character varying.*")) {
                        agreeOnEnum(statement, column);
                    }
                }
            }
            for (int i = 0; shape.sharded() && i < Metadata.NAMES.size(); i++) {
                if (!found.containsKey(Metadata.NAMES.get(i))) {
                    additions.add(addition(Metadata.NAMES.get(i), Metadata.TYPES.get(i), null));
                }
            }
            checkOthers(shape);
            if (!additions.isEmpty()) {
                add(statement, additions);
                inspect(connection);
            }
        }
    }

    private static String addition(String column, String type, String defaultText) {
        return "ADD COLUMN IF NOT EXISTS " + quoted(column) + " " + type
                + (defaultText == null ? "" : " DEFAULT " + literal(defaultText));
    }

    private void add(Statement statement, List<String> additions) throws SQLException {
        if (!mayAdd) {
            throw new ConnectException("table " + sqlName() + " lacks columns of topic " + topic + ": set "
                    + ReplicaSinkConfig.COLUMNS_ADD + " = true, or run ALTER TABLE " + sqlName() + " "
                    + String.join(", ", additions));
        }
        lock(statement);
        String alter = "ALTER TABLE " + sqlName() + " " + String.join(", ", additions);
        statement.execute(alter);
        LOG.info("the replica of {} gets columns: {}", topic, alter);
    }

    private void check(TableShape.Column column, Found existing) {
        if (existing.generated()) {
            throw new ConnectException("column " + column.name() + " of table " + sqlName()
                    + " is generated, but topic " + topic + " has values for it: run ALTER TABLE " + sqlName()
                    + " ALTER COLUMN "
                    + quoted(column.name()) + " DROP EXPRESSION");
        }
        if (!TypeFit.fits(existing.type(), column.type())) {
            throw new ConnectException("column " + column.name() + " of table " + sqlName() + " is " + existing.type()
                    + ", but in topic " + topic + " it is " + column.type().sql() + ": run ALTER TABLE " + sqlName()
                    + " ALTER COLUMN " + quoted(column.name()) + " TYPE "
                    + column.type().sql());
        }
    }

    /** Columns of the target's own must do without a value. */
    private void checkOthers(TableShape shape) {
        Set<String> given =
                shape.columns().stream().map(TableShape.Column::name).collect(Collectors.toSet());
        given.addAll(columns.keySet());
        given.addAll(Metadata.NAMES);
        found.forEach((column, existing) -> {
            if (existing.mustBeGiven() && !existing.generated() && !given.contains(column)) {
                throw new ConnectException("column " + column + " of table " + sqlName()
                        + " may not be NULL and has no default, but topic " + topic
                        + " has no such column: run ALTER TABLE "
                        + sqlName() + " ALTER COLUMN " + quoted(column) + " DROP NOT NULL");
            }
        });
    }

    /** A unique index of exactly the key's columns is what rows are found by. */
    private void checkKey(Connection connection, TableShape shape) throws SQLException {
        Set<String> wanted = Set.copyOf(shape.keyNames());
        for (String column : wanted) {
            if (!found.containsKey(column)) {
                throw new ConnectException(
                        "column " + column + " of topic " + topic + "'s key is not in table " + sqlName());
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(KEYS)) {
            statement.setString(1, sqlName());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Set<String> indexed =
                            Set.copyOf(Arrays.asList((String[]) rows.getArray(1).getArray()));
                    if (indexed.equals(wanted) && (rows.getBoolean(2) || !shape.hasNullableKey())) {
                        return;
                    }
                }
            }
        }
        String columnList = Identifiers.list(shape.keyNames());
        throw new ConnectException("table " + sqlName() + " has no unique index of column"
                + (wanted.size() == 1 ? " " : "s ") + String.join(", ", shape.keyNames()) + ", the key of topic "
                + topic
                + ": run ALTER TABLE " + sqlName() + " ADD "
                + (shape.hasNullableKey() ? "UNIQUE NULLS NOT DISTINCT (" : "PRIMARY KEY (") + columnList
                + "), or drop the table if the key has changed");
    }

    private String typeFor(Statement statement, TableShape.Column column) throws SQLException {
        ColumnType type = column.type();
        if (type.isEnum()) {
            return enumName(type.sql());
        }
        // An array of an enum that no column has declared: nobody says its labels, and its text holds everything.
        return type.sql().endsWith("[]") && !typeExists(statement, type.sql())
                ? typeExists(
                                statement,
                                enumName(type.sql().substring(0, type.sql().length() - 2)))
                        ? enumName(type.sql().substring(0, type.sql().length() - 2)) + "[]"
                        : "text"
                : type.sql();
    }

    private String enumName(String type) {
        return schema.isEmpty() ? quoted(type) : quoted(schema) + "." + quoted(type);
    }

    private static boolean typeExists(Statement statement, String type) throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT to_regtype(" + literal(type) + ") IS NOT NULL")) {
            result.next();
            return result.getBoolean(1);
        }
    }

    /** Creates the column's enum type where it is missing, and gives it labels that it lacks. */
    private void agreeOnEnum(Statement statement, TableShape.Column column) throws SQLException {
        ColumnType type = column.type();
        if (!type.isEnum()) {
            return;
        }
        String enumName = enumName(type.sql());
        if (!typeExists(statement, enumName)) {
            lock(statement);
            if (!mayCreate) {
                throw new ConnectException("type " + enumName + " of column " + column.name()
                        + " is missing: create it, or set " + ReplicaSinkConfig.TABLE_CREATE + " = true");
            }
            if (!typeExists(statement, enumName)) {
                statement.execute("CREATE TYPE " + enumName + " AS ENUM ("
                        + type.labels().stream().map(Identifiers::literal).collect(Collectors.joining(", ")) + ")");
            }
            return;
        }
        Set<String> labels = labels(statement, enumName);
        for (int i = 0; i < type.labels().size(); i++) {
            String label = type.labels().get(i);
            if (labels.add(label)) {
                addLabel(
                        statement,
                        column,
                        enumName,
                        label,
                        i == 0 ? null : type.labels().get(i - 1));
            }
        }
    }

    private void addLabel(Statement statement, TableShape.Column column, String enumName, String label, String before)
            throws SQLException {
        String alter = "ALTER TYPE " + enumName + " ADD VALUE IF NOT EXISTS " + literal(label)
                + (before == null ? "" : " AFTER " + literal(before));
        if (!mayAdd) {
            throw new ConnectException(
                    "the type of column " + column.name() + " of table " + sqlName() + " lacks the label "
                            + literal(label) + ": set " + ReplicaSinkConfig.COLUMNS_ADD + " = true, or run " + alter);
        }
        statement.execute(alter);
    }

    private static Set<String> labels(Statement statement, String enumName) throws SQLException {
        Set<String> labels = new HashSet<>();
        try (ResultSet rows = statement.executeQuery(
                "SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(" + literal(enumName) + ")")) {
            while (rows.next()) {
                labels.add(rows.getString(1));
            }
        }
        return labels;
    }

    @Override
    public Aligned align(TableShape shape, String[] values, BitSet unchanged) {
        int[] positions = positions(shape);
        String[] aligned = new String[positions.length];
        BitSet left = unchanged == null ? null : new BitSet(positions.length);
        for (int i = 0; i < positions.length; i++) {
            if (positions[i] >= 0) {
                aligned[i] = values[positions[i]];
                if (left != null && unchanged.get(positions[i])) {
                    left.set(i);
                }
            } else {
                aligned[i] = defaults.get(i);
            }
        }
        return new Aligned(aligned, left);
    }

    /** Where a shape that was ensured has each of the columns; -1 where it has not. */
    int[] positions(TableShape shape) {
        return alignments.computeIfAbsent(shape, each -> each.positions(columns.keySet()));
    }

    /** A row's values in the table's order, and which of them were left out as unchanged; null for none. */
    record Aligned(String[] values, BitSet unchanged) {}
}
