package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import io.millrace.row.SqlText;
import io.millrace.sink.compare.Comparison;
import io.millrace.sink.compare.DatabaseRows;
import io.millrace.sink.compare.RowDifference;
import io.millrace.sql.ViewsFile;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables and served rows compared by checksums, with PostgreSQL: what is equal is, and every row that differs is found. */
final class SinkComparisonTest {
    private static final List<Integer> KEY = List.of(0, 1);
    private static final int ALL = Integer.MAX_VALUE;
    private static final String TYPES = """
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
            CREATE TABLE kinds (id integer PRIMARY KEY, small smallint, big bigint, price numeric(12,4), number numeric, single real,
                "double" double precision, note text, code varchar(5), padded char(4), flag boolean, day date, hour time,
                stamp timestamp, moment timestamptz, span interval, key uuid, raw json, document jsonb, bytes bytea, mood mood,
                numbers integer[], texts text[], documents jsonb[], moments timestamptz[], moods mood[], prices numeric[],
                flags boolean[], codes char(4)[]);
            """;
    private static final List<String> KINDS = List.of(
            "1, -32768, 9223372036854775807, 1.5, 123456789012345678901234567890.1230, 1.5, -2.25, E'ß日本😀\\n\\t\\\\N', 'ab😀', 'x',"
                    + " true, '2024-02-29', '23:59:59.999999', '2024-02-29 12:00:00.123', '2024-02-29 12:00:00.123456+02',"
                    + " '1 year -3 days 04:05:06.789', '00000000-0000-0000-0000-00000000000f', '{\"b\": 1,  \"a\": [null, 1.0]}',"
                    + " '{\"b\": 1, \"a\": [null, 1.0]}', '\\xdeadbeef', 'happy', '{{1,NULL},{3,4}}', '{a,NULL,\"NULL\",\"\"}',"
                    + " '{\"{\\\"a\\\": 1}\",NULL,\"[1, 2]\"}', '{infinity,NULL}', '{sad,NULL}', '{1.10,NaN,Infinity}', '{t,f,NULL}',"
                    + " '{x,abcd}'",
            "2, 0, 0, 'NaN', 'Infinity', 'NaN', '-Infinity', '', '', '', false, '-infinity', '00:00', '-infinity', 'infinity',"
                    + " '-1 month', NULL, 'null', 'null', '', 'sad', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'",
            "3, 1, -1, 0, 1e-12, '-0', '1e300', 'a', 'b', 'abcd', NULL, '0044-03-15 BC', '24:00', '0044-03-15 01:02:03 BC',"
                    + " '0044-03-15 12:00:00.5 BC', '-0.5 seconds', NULL, '\"a \\\"q\\\"\"', '[]', '\\x00', 'ok', '{-1}',"
                    + " '{\"a b\",\"c\\\\d\"}', '{null}', '{2000-01-01 00:00:00+00}', '{ok}', '{}', NULL, NULL",
            "4, 1, 1, 99999999.9999, 1e20, '1e-40', '-0', NULL, NULL, NULL, NULL, '15000-12-31', '12:34:56',"
                    + " '15000-12-31 23:59:59.000001', '12024-01-01 00:00:00+00', '178000000 years', NULL, '12.50', NULL, NULL, NULL,"
                    + " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL");

    private static EmbeddedPostgres server;
    private static Connection one;
    private static Connection two;
    private static Connection target;

    @BeforeAll
    static void start() throws Exception {
        server = EmbeddedPostgres.builder().start();
        for (String name : List.of("one", "two", "target")) {
            execute(
                    server.getPostgresDatabase().getConnection(),
                    "CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'");
        }
        one = server.getDatabase("postgres", "one").getConnection();
        two = server.getDatabase("postgres", "two").getConnection();
        target = server.getDatabase("postgres", "target").getConnection();
        for (Connection each : List.of(one, two, target)) {
            DatabaseRows.prepare(each);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @BeforeEach
    void empty() throws SQLException {
        for (Connection each : List.of(one, two, target)) {
            execute(each, "DROP TABLE IF EXISTS t; CREATE TABLE t (a text, b integer, c text, PRIMARY KEY (a, b))");
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static DatabaseRows rows(Connection... connections) {
        List<String> columns =
                List.of("a", "b", "c").stream().map(DatabaseRows::text).toList();
        return new DatabaseRows(List.of(connections), "t", columns, KEY);
    }

    /** Rows by their numbers, of every third one shard, of the others the other; all of them in the target. */
    private static void fill(int count) throws SQLException {
        String row =
                "SELECT 'k' || n % 7 || repeat('é', n % 3), n, CASE WHEN n % 5 > 0 THEN 'v' || n END FROM generate_series(1, "
                        + count + ") n";
        execute(one, "INSERT INTO t " + row + " WHERE n % 3 = 0");
        execute(two, "INSERT INTO t " + row + " WHERE n % 3 > 0");
        execute(target, "INSERT INTO t " + row);
    }

    @Test
    void shardsTogetherAreEqualToTheirReplicaWithoutFetchingARow() throws SQLException {
        fill(5_000);
        Comparison.Result result = new Comparison(rows(one, two), rows(target), 1_000, ALL).all();
        assertThat(result).isEqualTo(new Comparison.Result(5_000, 0, false, Map.of()));
    }

    @Test
    void everyRowThatDiffersIsFoundAndFewOthersAreFetched() throws SQLException {
        fill(20_000);
        execute(
                target,
                "UPDATE t SET c = NULL WHERE b = 77; DELETE FROM t WHERE b = 78; UPDATE t SET c = '' WHERE b = 80;"
                        + " INSERT INTO t VALUES ('new', 1, 'x')");
        Comparison.Result result = new Comparison(rows(one, two), rows(target), 1_000, ALL).all();
        assertThat(result.rows()).isEqualTo(20_000);
        assertThat(result.fetched()).isLessThan(100);
        assertThat(values(result))
                .containsExactlyInAnyOrder(
                        "k0éé 77 v77 / k0éé 77 null", "k1 78 v78 / null", "k3éé 80 null / k3éé 80 ", "null / new 1 x");
        execute(target, "UPDATE t SET c = 'v77' WHERE b = 77");
        assertThat(new Comparison(rows(one, two), rows(target), 1_000, ALL)
                        .again(result.differences().keySet()))
                .hasSize(3);
    }

    private static List<String> values(Comparison.Result result) {
        return result.differences().values().stream()
                .map(each -> text(each.source().orElse(null)) + " / "
                        + text(each.target().orElse(null)))
                .toList();
    }

    private static String text(List<String> row) {
        return row == null
                ? "null"
                : String.join(" ", row.stream().map(String::valueOf).toList());
    }

    @Test
    void aSideWithoutRowsDiffersByAllOfTheOther() throws SQLException {
        execute(target, "INSERT INTO t VALUES ('a', 1, 'x'), ('b', 2, 'y')");
        assertThat(values(new Comparison(rows(one, two), rows(target), 10, ALL).all()))
                .containsExactlyInAnyOrder("null / a 1 x", "null / b 2 y");
        assertThat(values(new Comparison(rows(target), rows(one, two), 10, ALL).all()))
                .containsExactlyInAnyOrder("a 1 x / null", "b 2 y / null");
    }

    /** With ranges that are parted again and again, since a portion may have so few rows. */
    @Test
    void rangesAreNarrowedWhileTheyHaveTooManyRows() throws SQLException {
        Random random = new Random(7);
        fill(3_000);
        TreeSet<Integer> changed = new TreeSet<>();
        for (int i = 0; i < 40; i++) {
            changed.add(1 + random.nextInt(3_000));
        }
        for (int each : changed) {
            execute(target, "UPDATE t SET c = 'changed' WHERE b = " + each);
        }
        for (int most : new int[] {1, 3, 100}) {
            Comparison.Result result = new Comparison(rows(one, two), rows(target), most, ALL).all();
            assertThat(result.differences().values().stream()
                            .map(each ->
                                    Integer.valueOf(each.source().orElseThrow().get(1)))
                            .sorted())
                    .containsExactlyElementsOf(changed);
        }
        Comparison.Result some = new Comparison(rows(one, two), rows(target), 1, 5).all();
        assertThat(some.more()).isTrue();
        assertThat(some.differences().size()).isBetween(5, 10);
    }

    @Test
    void ofARowThatTwoShardsHaveEitherIsRight() throws SQLException {
        execute(one, "INSERT INTO t VALUES ('moved', 1, 'old')");
        execute(two, "INSERT INTO t VALUES ('moved', 1, 'new')");
        for (String version : List.of("old", "new")) {
            execute(target, "DELETE FROM t; INSERT INTO t VALUES ('moved', 1, '" + version + "')");
            assertThat(new Comparison(rows(one, two), rows(target), 10, ALL)
                            .all()
                            .differences())
                    .isEmpty();
        }
        execute(target, "UPDATE t SET c = 'other'");
        assertThat(new Comparison(rows(one, two), rows(target), 10, ALL).all().differences())
                .hasSize(1);
    }

    /** Values of every type, as they are served, have the texts that PostgreSQL has. */
    @Test
    void servedRowsAreEqualToATableOfTheSameValues() throws SQLException {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(TYPES, "tables.sql", "test", errors);
        PlanNode.View view = Planner.plan(
                        ViewsFile.read("CREATE VIEW v AS SELECT * FROM kinds", "views.sql", catalog, errors))
                .views()
                .get(0);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        execute(target, "DROP TABLE IF EXISTS kinds; DROP TYPE IF EXISTS mood; " + TYPES);
        for (String kind : KINDS) {
            execute(target, "INSERT INTO kinds VALUES (" + kind + ")");
        }
        List<String> texts = view.fields().stream()
                .map(field -> ServedRows.comparable(DatabaseRows.text(field.name()), field.type()))
                .toList();
        DatabaseRows table = new DatabaseRows(List.of(target), "kinds", texts, view.key());
        List<String> pages = pages(view);
        ServedRows served = new ServedRows(
                reader -> {
                    for (String page : pages) {
                        String cursor = reader.apply(page);
                        assertThat(cursor).isEqualTo(page.contains("\"id\":1,") ? "next" : null);
                    }
                },
                view,
                view.fields().stream()
                        .map(field -> UnaryOperator.<String>identity())
                        .toList());
        Map<String, RowDifference> differences =
                new Comparison(served, table, 10, ALL).all().differences();
        assertThat(differences.values()).isEmpty();
        execute(target, "UPDATE kinds SET note = note || ' ' WHERE id = 3");
        assertThat(new Comparison(served, table, 10, ALL).all().differences()).hasSize(1);
    }

    /** The table's rows as the server would show them, in two pages. */
    private static List<String> pages(PlanNode.View view) throws SQLException {
        RowJson json =
                RowJson.of(view.fields().stream().map(field -> field.name()).toList(), view.types());
        List<String> rows = new ArrayList<>();
        try (Statement statement = target.createStatement();
                ResultSet found = statement.executeQuery("SELECT * FROM kinds ORDER BY id")) {
            while (found.next()) {
                Object[] values = new Object[view.fields().size()];
                for (int i = 0; i < values.length; i++) {
                    SqlType type = view.types().get(i);
                    String text = found.getString(i + 1);
                    values[i] = text == null ? null : SqlText.parse(type, text);
                }
                rows.add(json.write(Row.of(values)));
            }
        }
        return Arrays.asList(
                "{\"rows\":[" + rows.get(0) + "," + rows.get(1) + "],\"cursor\":\"next\"}",
                "{\"rows\":[" + rows.get(2) + "," + rows.get(3) + "],\"cursor\":null}");
    }
}
