package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.plan.PlanNode;
import io.millrace.sink.compare.ComparedRows;
import io.millrace.sink.compare.DatabaseRows;
import io.millrace.sink.compare.MySqlForm;
import io.millrace.sink.compare.MySqlRows;
import io.millrace.sink.compare.ShownRows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** The table that a sink writes to, in PostgreSQL, MariaDB or MySQL, and how it is compared with the sink's source. */
final class TargetTable {
    private static final String POSTGRES_COLUMNS = """
            SELECT attname::text, false FROM pg_attribute
            WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum""";

    private static final String MYSQL_COLUMNS = """
            SELECT column_name, LOWER(data_type) IN ('char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext')
            FROM information_schema.columns
            WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_name = ?
                AND NOT (extra LIKE '%GENERATED%' AND extra NOT LIKE '%DEFAULT_GENERATED%')
            ORDER BY ordinal_position""";

    private final SinkTarget target;
    private final Connection connection;
    /** By a column's name whether it is of a type for text, as far as that matters. */
    private final Map<String, Boolean> columns;

    private TargetTable(SinkTarget target, Connection connection, Map<String, Boolean> columns) {
        this.target = target;
        this.connection = connection;
        this.columns = columns;
    }

    /** Both sides of a comparison. */
    record Sides(ComparedRows source, ComparedRows target) {}

    /**
     * Connects to the database and looks at the table.
     *
     * @param connections is given the connection, for the caller to close
     */
    static TargetTable open(SinkTarget target, List<Connection> connections) throws SQLException {
        Connection connection = target.connect();
        connections.add(connection);
        boolean mySql = target.isMySql();
        if (mySql) {
            MySqlRows.prepare(connection);
        } else {
            DatabaseRows.prepare(connection);
        }
        Map<String, Boolean> columns = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(mySql ? MYSQL_COLUMNS : POSTGRES_COLUMNS)) {
            if (mySql) {
                statement.setString(1, target.schema());
                statement.setString(2, target.name());
            } else {
                statement.setString(1, target.table());
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.put(rows.getString(1), rows.getBoolean(2));
                }
            }
        }
        if (columns.isEmpty()) {
            throw missing("target's", target.table());
        }
        return new TargetTable(target, connection, columns);
    }

    static UserError missing(String whose, String table) {
        return UserError.of(
                UserError.Category.MISMATCH,
                "the " + whose + " database has no table " + table,
                "a sink creates its table when the first row comes; millrace status says how the sink is");
    }

    boolean has(String column) {
        return columns.containsKey(column);
    }

    UserError lacks(String column) {
        return UserError.of(
                UserError.Category.MISMATCH,
                "table " + target.table() + " of " + target.address() + " has no column " + column,
                "the sink adds it with the first change that has it; millrace status says how the sink is");
    }

    /** With a table of databases, of these columns and types, whose key is at those positions. */
    Sides comparedWith(
            List<Connection> sources, String source, List<String> names, List<String> types, List<Integer> key) {
        if (!target.isMySql()) {
            List<String> texts = names.stream().map(DatabaseRows::text).toList();
            return new Sides(
                    new DatabaseRows(sources, source, texts, key),
                    new DatabaseRows(List.of(connection), target.table(), texts, key));
        }
        List<MySqlForm> forms = types.stream().map(MySqlForm::new).toList();
        List<String> inSource = new ArrayList<>();
        List<String> inTarget = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            inSource.add(forms.get(i).inPostgres(DatabaseRows.quoted(names.get(i))));
            inTarget.add(inMySql(names.get(i), forms.get(i)));
        }
        return new Sides(
                new ShownRows(new DatabaseRows(sources, source, inSource, key), forms),
                new ShownRows(new MySqlRows(connection, target.table(), inTarget, key), forms));
    }

    /** With a view, whose rows are given by pages. */
    Sides comparedWith(Consumer<UnaryOperator<String>> pages, PlanNode.View view) {
        if (!target.isMySql()) {
            List<String> texts = view.fields().stream()
                    .map(field -> ServedRows.comparable(DatabaseRows.text(field.name()), field.type()))
                    .toList();
            List<UnaryOperator<String>> asTheyAre = view.fields().stream()
                    .map(field -> UnaryOperator.<String>identity())
                    .toList();
            return new Sides(
                    new ServedRows(pages, view, asTheyAre),
                    new DatabaseRows(List.of(connection), target.table(), texts, view.key()));
        }
        List<MySqlForm> forms = view.types().stream()
                .map(type -> new MySqlForm(type.toString()))
                .toList();
        List<String> texts = IntStream.range(0, forms.size())
                .mapToObj(i -> ServedRows.comparable(
                        inMySql(view.fields().get(i).name(), forms.get(i)),
                        view.types().get(i)))
                .toList();
        List<UnaryOperator<String>> formed = forms.stream()
                .map(form -> (UnaryOperator<String>) form::ofPostgresText)
                .toList();
        return new Sides(
                new ShownRows(new ServedRows(pages, view, formed), forms),
                new ShownRows(new MySqlRows(connection, target.table(), texts, view.key()), forms));
    }

    private String inMySql(String column, MySqlForm form) {
        return form.inMySql(MySqlRows.quoted(column), columns.get(column))
                .orElseThrow(() -> UserError.of(
                        UserError.Category.MISMATCH,
                        "column " + column + " of table " + target.table() + " is "
                                + (columns.get(column) ? "a text" : "of another type")
                                + ", and its values in the source are "
                                + form.type() + ": their texts cannot be compared",
                        "make it the column that docs/replicas.md names for " + form.type()));
    }
}
