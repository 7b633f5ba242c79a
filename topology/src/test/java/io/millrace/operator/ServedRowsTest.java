package io.millrace.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.row.KeyRange;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.sql.ViewsFile;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The order in which a view and its indexes serve rows, and their ranges, held against PostgreSQL's ORDER BY and WHERE. */
final class ServedRowsTest {
    private static final List<String> ORDERS =
            List.of("", " DESC", " NULLS FIRST", " DESC NULLS LAST", " ASC NULLS LAST", " DESC NULLS FIRST");

    private static EmbeddedPostgres postgres;
    private static Connection connection;

    @BeforeAll
    static void start() throws Exception {
        postgres = EmbeddedPostgres.start();
        connection = postgres.getPostgresDatabase().getConnection();
    }

    @AfterAll
    static void stop() throws Exception {
        connection.close();
        postgres.close();
    }

    /** A type and its values; a column of it stands behind another in the index, so that prefixes and bounds are met. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            integer          | -2147483648;-9;-8;-1;0;1;230;231;2147483647
            bigint           | -9223372036854775808;-1;0;255;256;9223372036854775807
            numeric          | -Infinity;-100;-1.50;-1.5;0;0.00;0.1;1;1.0;99;100;1000000;Infinity;NaN
            double precision | -Infinity;-1.5;0;-0;2.25;Infinity;NaN
            text             | a;ab;b;B;ä;;x a;it''s;100%
            boolean          | f;t
            date             | -infinity;0001-01-01 BC;1970-01-01;2024-02-29;infinity
            timestamptz      | 1969-12-31 23:59:59.999999+00;1970-01-01 00:00:00+00;2024-02-29 12:00:00+00;infinity
            interval         | -1 mons;30 days;1 mon;1 mon 00:00:01;720:00:00
            uuid             | 00000000-0000-0000-0000-000000000001;80000000-0000-0000-0000-000000000000
            bytea            | \\x;\\x00;\\x01;\\xfe;\\xff;\\xff00
            """)
    void rowsAndRangesAreThoseOfPostgres(String type, String list) throws Exception {
        List<String> texts = Arrays.stream(list.split(";", -1))
                .map(text -> text.replace("''", "'"))
                .toList();
        for (String order : ORDERS) {
            Case served = new Case(type, order, texts);
            served.fill();
            PlanNode.Index index = served.plan.indexes(served.view).get(0);
            String orderBy = "ORDER BY g, " + served.column() + order + ", id";
            served.compare(index, List.of(), null, null, "true", orderBy);
            for (int group = 0; group < 2; group++) {
                List<Object> prefix = List.of(group);
                served.compare(index, prefix, null, null, "g = " + group, orderBy);
                for (String from : texts) {
                    String condition = "g = " + group + " AND x >= " + served.literal(from);
                    served.compare(index, prefix, from, null, condition, orderBy);
                    served.compare(
                            index, prefix, null, from, "g = " + group + " AND x < " + served.literal(from), orderBy);
                    for (String to : texts) {
                        served.compare(index, prefix, from, to, condition + " AND x < " + served.literal(to), orderBy);
                    }
                }
            }
            for (String from : texts) {
                served.compare(
                        served.view,
                        List.of(),
                        from,
                        null,
                        "x >= " + served.literal(from),
                        "ORDER BY " + served.column() + ", id");
            }
        }
    }

    /** A view with that column in its key and in an index, and the rows that there are. */
    private static final class Case {
        private final String type;
        private final List<String> texts;
        private final Plan plan;
        private final PlanNode.View view;
        private final Map<Integer, Row> rows = new TreeMap<>();

        Case(String type, String order, List<String> texts) {
            this.type = type;
            this.texts = texts;
            List<UserError> errors = new ArrayList<>();
            String tables = "CREATE TABLE t (id integer PRIMARY KEY, g integer NOT NULL, x " + type + ");";
            String views = "CREATE VIEW v (PRIMARY KEY (x, id)) AS SELECT id, g, x FROM t;" + "CREATE INDEX ON v (g, x"
                    + order + ");";
            plan = Planner.plan(
                    ViewsFile.read(views, "views.sql", TablesFile.read(tables, "tables.sql", "test", errors), errors));
            assertThat(errors.stream().map(UserError::render)).isEmpty();
            view = plan.views().get(0);
        }

        /** Each value in two groups, and a NULL in each. */
        void fill() throws Exception {
            execute("DROP TABLE IF EXISTS t; CREATE TABLE t (id integer, g integer, x " + type + ")");
            for (int i = 0; i <= texts.size(); i++) {
                for (int group = 0; group < 2; group++) {
                    int id = i * 2 + group;
                    String text = i < texts.size() ? texts.get(i) : null;
                    execute("INSERT INTO t VALUES (" + id + ", " + group + ", " + literal(text) + ")");
                    rows.put(id, Row.of(id, group, value(text)));
                }
            }
        }

        private Object value(String text) {
            return text == null ? null : SqlText.parse(view.types().get(2), text);
        }

        String literal(String text) {
            return text == null ? "NULL" : "'" + text.replace("'", "''") + "'::" + type;
        }

        /** The column as it is ordered: a text by its code points. */
        String column() {
            return type.equals("text") ? "x COLLATE \"C\"" : "x";
        }

        void compare(
                PlanNode.Served served, List<Object> prefix, String from, String to, String condition, String orderBy)
                throws Exception {
            ServedRows keeps = ServedRows.of(served);
            KeyRange range = keeps.range(prefix.toArray(), value(from), value(to));
            String found = rows.values().stream()
                    .filter(row -> range.contains(keeps.keyOf(row)))
                    .sorted((left, right) -> Arrays.compareUnsigned(keeps.keyOf(left), keeps.keyOf(right)))
                    .map(row -> row.get(0).toString())
                    .collect(Collectors.joining(","));
            String collated = type.equals("text") ? condition.replace("x ", "x COLLATE \"C\" ") : condition;
            assertThat(found)
                    .as("%s %s: %s", type, condition, orderBy)
                    .isEqualTo(ask("SELECT string_agg(id::text, ',') FROM (SELECT id FROM t WHERE " + collated + " "
                            + orderBy + ") r"));
        }
    }

    private static void execute(String sql) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ask(String sql) throws Exception {
        try (Statement statement = connection.createStatement();
                ResultSet answer = statement.executeQuery(sql)) {
            answer.next();
            return answer.getString(1) == null ? "" : answer.getString(1);
        }
    }
}
