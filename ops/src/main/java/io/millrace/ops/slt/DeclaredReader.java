package io.millrace.ops.slt;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads what a test's database holds from PostgreSQL's own catalog, so that a table may be made in any way. */
final class DeclaredReader {
    private static final String ENUMS = """
            SELECT quote_ident(t.typname), string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
            FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
            WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.typname ORDER BY t.typname""";
    private static final String COLUMNS = """
            SELECT c.oid, c.relname, string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, ', ' ORDER BY a.attnum)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
            GROUP BY c.oid, c.relname ORDER BY c.oid""";
    private static final String KEYS = """
            SELECT conrelid, substring(pg_get_constraintdef(oid) FROM '^(PRIMARY KEY|UNIQUE) \\(') IS NOT NULL,
                split_part(pg_get_constraintdef(oid), ')', 1) || ')'
            FROM pg_constraint WHERE contype IN ('p', 'u') AND connamespace = 'public'::regnamespace ORDER BY oid""";
    private static final String VIEWS =
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'";

    private static final String TO_THE_END = "36500 days";

    private final TestDatabase database;
    private final Map<String, String> eventOptions = new HashMap<>();

    DeclaredReader(TestDatabase database) {
        this.database = database;
    }

    /** Has a table be an event topic from now on. */
    void events(Table table) {
        Table.Events events = (Table.Events) table.source();
        eventOptions.put(
                table.name(),
                " WITH (topic = '" + events.topic().replace("'", "''") + "', format = '"
                        + events.format().name() + "'" + deduplication(table) + ")");
    }

    /**
     * The options of a table that say how events are known that come again, each after a comma. In a test they are known to its
     * end: no time passes there that an author could think of.
     */
    static String deduplication(Table table) {
        return table.deduplication()
                .map(by -> ", deduplicate_by = '"
                        + table.columns().get(by.column()).name().replace("'", "''") + "', deduplicate_for = '"
                        + TO_THE_END + "'")
                .orElse("");
    }

    Declared read() throws SQLException {
        String enums = database.committed(ENUMS).rows().stream()
                .map(row -> "CREATE TYPE " + row.get(0) + " AS ENUM (" + row.get(1) + ");\n")
                .collect(Collectors.joining());
        Map<String, List<String>> keys = new HashMap<>();
        for (List<String> key : database.committed(KEYS).rows()) {
            if (key.get(1).equals("t")) {
                keys.computeIfAbsent(key.get(0), any -> new ArrayList<>()).add(key.get(2));
            }
        }
        Map<String, Table> byName = new LinkedHashMap<>();
        Map<Long, Table> byId = new HashMap<>();
        Map<String, String> refused = new HashMap<>();
        Map<String, String> statements = new HashMap<>();
        Map<String, SqlType> types =
                TablesFile.read(enums, "tables", "test", new ArrayList<>()).enums();
        for (List<String> row : database.committed(COLUMNS).rows()) {
            String name = row.get(1);
            List<String> parts = new ArrayList<>(List.of(row.get(2)));
            parts.addAll(keys.getOrDefault(row.get(0), List.of()));
            String statement = "CREATE TABLE " + TestDatabase.quoted(name) + " (" + String.join(", ", parts) + ")";
            statements.put(name, statement);
            List<UserError> errors = new ArrayList<>();
            Catalog catalog =
                    TablesFile.read(enums + statement + eventOptions.getOrDefault(name, ""), "tables", "test", errors);
            if (errors.isEmpty()) {
                Table table = catalog.table(name).orElseThrow();
                byName.put(name, table);
                byId.put(Long.valueOf(row.get(0)), table);
            } else {
                refused.put(name, errors.get(0).getMessage());
            }
        }
        List<String> views =
                database.committed(VIEWS).rows().stream().map(row -> row.get(0)).toList();
        return new Declared(new Catalog(byName, types), byId, refused, Set.copyOf(views), enums, statements);
    }
}
