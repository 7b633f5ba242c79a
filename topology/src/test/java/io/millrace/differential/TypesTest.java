package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.operator.memory.Change;
import io.millrace.operator.memory.MemoryPipeline;
import io.millrace.plan.Plan;
import io.millrace.plan.Planner;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every type through every kind of view: where PostgreSQL answers, so do we, with the same rows; else we say why not. */
final class TypesTest {
    private static final int PARTITIONS = 3;
    private static final String JSONB_ORDER = "refused, as docs/sql.md says: ";
    private static final String MOOD = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');";

    /** Views of a table t (id, g, a TYPE, b TYPE); VALUE is a value of the type. */
    private static final List<String> QUERIES = List.of(
            "SELECT * FROM t",
            "SELECT b, id FROM t WHERE a IS NULL",
            "SELECT id, a IS NOT NULL AS x FROM t WHERE b IS NOT NULL",
            "SELECT id FROM t WHERE a = b",
            "SELECT id FROM t WHERE a <> b",
            "SELECT id, a = b AS x, a <> b AS y, a IS DISTINCT FROM b AS z FROM t",
            "SELECT id, a < b AS x, a >= b AS y FROM t",
            "SELECT id FROM t WHERE a = VALUE",
            "SELECT id FROM t WHERE a = VALUE::TYPE OR b <> VALUE::TYPE",
            "SELECT id FROM t WHERE a IN (VALUE, VALUE)",
            "SELECT id, coalesce(a, b) AS x, coalesce(a, VALUE) AS y FROM t",
            "SELECT id, CASE WHEN id > 3 THEN a ELSE b END AS x, CASE WHEN id > 3 THEN a END AS y FROM t",
            "SELECT id, CASE WHEN g = 1 THEN a ELSE VALUE END AS x FROM t",
            "SELECT id, nullif(a, b) AS x FROM t",
            "SELECT id, greatest(a, b) AS x, least(a, b) AS y FROM t",
            "SELECT id, a::text AS x, CAST(b AS text) AS y FROM t",
            "SELECT id, a::text::TYPE AS x FROM t",
            "SELECT id, NULL::TYPE AS x, VALUE::TYPE AS y FROM t",
            "SELECT x.id, x.a, y.b, y.id AS other FROM t x JOIN t y ON x.a = y.b",
            "SELECT x.id, y.a, y.b FROM t x LEFT JOIN t y ON y.id = x.g",
            "SELECT x.id, y.id AS other, x.a, y.b FROM t x FULL JOIN t y ON y.a = x.b AND x.g = y.g",
            "SELECT a, count(*) AS n FROM t GROUP BY a",
            "SELECT g, a, max(id) AS n FROM t GROUP BY g, a HAVING count(*) > 0",
            "SELECT DISTINCT a FROM t",
            "SELECT DISTINCT g, a IS NULL AS x FROM t",
            "SELECT g, count(a) AS x, count(*) AS y FROM t GROUP BY g",
            "SELECT g, count(DISTINCT a) AS x FROM t GROUP BY g",
            "SELECT g, min(a) AS x, max(a) AS y FROM t GROUP BY g",
            "SELECT g, array_agg(a ORDER BY id DESC) AS x FROM t GROUP BY g",
            "SELECT g, json_agg(a ORDER BY id) AS x, jsonb_agg(b ORDER BY id DESC) AS y FROM t GROUP BY g",
            "SELECT g, json_object_agg(id, a ORDER BY id) AS x FROM t GROUP BY g",
            "SELECT g, percentile_disc(0.4) WITHIN GROUP (ORDER BY a) AS x, mode() WITHIN GROUP (ORDER BY b DESC) AS y FROM t GROUP BY g",
            "SELECT id, x, n FROM t, unnest(array_append(ARRAY[a], b)) WITH ORDINALITY AS u(x, n)",
            "SELECT id, x FROM t LEFT JOIN LATERAL unnest(array_append(ARRAY[a], b)) AS x ON true WHERE x = VALUE OR x IS NULL",
            "SELECT a FROM t UNION SELECT b FROM t",
            "SELECT a, id FROM t UNION ALL SELECT b, id FROM t",
            "WITH c AS (SELECT id, a FROM t) SELECT c.a, c.id FROM c",
            "SELECT id, a FROM t ORDER BY a, id LIMIT 3",
            "SELECT id, a FROM t ORDER BY a DESC NULLS LAST, id LIMIT 3 OFFSET 1",
            "SELECT id, a FROM (SELECT id, a, row_number() OVER (PARTITION BY a ORDER BY b DESC, id) AS n FROM t) t WHERE n < 3",
            "SELECT id, lag(a) OVER w AS x, lead(a, 2, b) OVER w AS y, last_value(b) OVER w AS z FROM t WINDOW w AS (ORDER BY id)",
            "SELECT id, rank() OVER (PARTITION BY g ORDER BY a) AS n, count(b) OVER (PARTITION BY a) AS x FROM t",
            "SELECT id, max(a) OVER (PARTITION BY g) AS x, min(a) OVER (PARTITION BY g ORDER BY id ROWS 1 PRECEDING) AS y FROM t",
            "SELECT id, b FROM t WHERE a IN (SELECT b FROM t WHERE g = 1)",
            "SELECT id, b FROM t WHERE a NOT IN (SELECT b FROM t WHERE b IS NOT NULL AND g = 1)",
            "SELECT a FROM t EXCEPT SELECT b FROM t WHERE g = 1",
            "SELECT a FROM t INTERSECT SELECT b FROM t WHERE g > 0",
            "SELECT a FROM t EXCEPT ALL SELECT b FROM t WHERE g = 1",
            "SELECT a FROM t INTERSECT ALL SELECT b FROM t WHERE g > 0",
            "SELECT a, count(*) AS n FROM t GROUP BY ROLLUP (a)",
            "SELECT id, (SELECT y.a FROM t y WHERE y.id = t.g) AS x FROM t");

    private static Oracle oracle;

    @BeforeAll
    static void start() throws Exception {
        oracle = new Oracle();
    }

    @AfterAll
    static void stop() throws Exception {
        oracle.close();
    }

    /** Values of each type as text; no two that are equal to PostgreSQL and print differently. */
    private record Samples(String type, List<String> values) {
        @Override
        public String toString() {
            return type;
        }
    }

    private static Samples of(String type, String... values) {
        return new Samples(type, List.of(values));
    }

    private static Stream<Samples> types() {
        List<Samples> scalars = List.of(
                of("smallint", "1", "-32768", "32767"),
                of("integer", "1", "-2147483648", "2147483647"),
                of("bigint", "1", "-9223372036854775808", "9223372036854775807"),
                of("numeric(12,4)", "1.5", "-99999999.9999", "NaN"),
                of("numeric", "1.50", "-123456789012345678901234567890.123456789", "NaN", "Infinity", "-Infinity"),
                of("real", "1.5", "-3.4028235e+38", "NaN", "Infinity", "-Infinity"),
                of("double precision", "1.5", "-1.7976931348623157e+308", "NaN", "Infinity", "-Infinity"),
                of("text", "a", "", "ß日本😀", "tab\t\"quote\" \\ 'x'", "{1,2}"),
                of("varchar", "a", "", "😀"),
                of("varchar(5)", "a", "ab😀"),
                of("char(4)", "a", "ab c", "ß"),
                of("boolean", "true", "false"),
                of("date", "2024-02-29", "infinity", "-infinity", "0044-03-15 BC"),
                of("time", "23:59:59.999999", "00:00:00", "24:00:00"),
                of("timestamp", "2024-02-29 12:00:00.123456", "infinity", "-infinity", "0044-03-15 12:00:00 BC"),
                of("timestamp(3)", "2024-02-29 12:00:00.123", "infinity"),
                of(
                        "timestamptz",
                        "2024-02-29 12:00:00.123456+00",
                        "infinity",
                        "-infinity",
                        "0044-03-15 12:00:00+00 BC"),
                of("timestamp(0) with time zone", "2024-02-29 12:00:00+00"),
                of("interval", "1 year 2 mons -3 days 04:05:06.789", "-00:00:01", "00:00:00", "infinity", "-infinity"),
                of("uuid", "00000000-0000-0000-0000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
                of("json", "{\"b\": 1,  \"a\": [null, 1.0]}", "null", "\"ß😀\""),
                of("jsonb", "{\"a\": [null, 1.0], \"b\": 1}", "null", "\"ß😀\"", "[]", "12"),
                of("bytea", "\\x", "\\x00ff01", "\\xdeadbeef"),
                of("mood", "sad", "happy", "ok"));
        Stream<Samples> arrays = scalars.stream()
                .map(scalar -> of(
                        scalar.type() + "[]",
                        "{}",
                        "{NULL," + element(scalar.values().get(0)) + "}",
                        "{{" + element(scalar.values().get(1 % scalar.values().size())) + ",NULL},{NULL,"
                                + element(scalar.values().get(0)) + "}}"));
        return Stream.concat(scalars.stream(), arrays);
    }

    private static String element(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    @ParameterizedTest
    @MethodSource("types")
    void aTypePassesThroughEveryView(Samples samples) throws Exception {
        String declaration = MOOD
                + "CREATE TABLE t (id integer PRIMARY KEY, g integer, a TYPE, b TYPE);".replace("TYPE", samples.type());
        List<Row> rows = rows(samples, declared(declaration).table("t").orElseThrow());
        oracle.create(declaration + insert(rows, samples));
        List<String> differing = new ArrayList<>();
        for (String query : QUERIES) {
            if (query.contains("text") && samples.type().endsWith("[]")) {
                continue; // Casts between arrays and text are not maintained.
            }
            String sql =
                    query.replace("VALUE", literal(samples.values().get(0))).replace("TYPE", samples.type());
            Optional<List<String>> expected = oracle.rows(sql);
            String ours = ours(declared(declaration), rows, sql);
            boolean same = expected.isPresent() && !ours.startsWith(JSONB_ORDER)
                    ? ours.equals(expected.get().toString())
                    : ours.startsWith("refused");
            if (!same) {
                differing.add(sql + "\n  PostgreSQL " + expected + "\n  Millrace   " + ours);
            }
        }
        assertThat(differing).isEmpty();
    }

    /** The one thing that PostgreSQL does with these types and we do not. */
    private static String refused(UserError error) {
        boolean order = error.category() == UserError.Category.UNSUPPORTED
                && error.getMessage().contains("the order of jsonb");
        return (order ? JSONB_ORDER : "refused: ") + error.getMessage();
    }

    private static Catalog declared(String declaration) {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog = TablesFile.read(declaration, "tables.sql", "test", errors);
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        return catalog;
    }

    /** Every pair of values, NULL among them. */
    private static List<Row> rows(Samples samples, Table table) {
        SqlType type = table.columns().get(2).type();
        List<Object> values = new ArrayList<>();
        samples.values().forEach(text -> values.add(SqlText.parse(type, text)));
        values.add(null);
        List<Row> rows = new ArrayList<>();
        for (Object a : values) {
            for (Object b : values) {
                int id = rows.size();
                rows.add(Row.of(id, id % 3, a, b));
            }
        }
        return rows;
    }

    private static String insert(List<Row> rows, Samples samples) {
        SqlType type = declared(MOOD + "CREATE TABLE t (id integer PRIMARY KEY, a " + samples.type() + ");")
                .table("t")
                .orElseThrow()
                .columns()
                .get(1)
                .type();
        List<String> tuples = new ArrayList<>();
        for (Row row : rows) {
            tuples.add("(" + row.get(0) + ", " + row.get(1) + ", " + literal(type, row.get(2)) + ", "
                    + literal(type, row.get(3)) + ")");
        }
        return "INSERT INTO t VALUES " + String.join(", ", tuples);
    }

    private static String literal(SqlType type, Object value) {
        return value == null ? "NULL" : literal(SqlText.write(type, value));
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    private static String ours(Catalog catalog, List<Row> rows, String sql) {
        List<UserError> errors = new ArrayList<>();
        Plan plan;
        try {
            List<ViewDefinition> views = ViewsFile.read("CREATE VIEW v AS " + sql, "views.sql", catalog, errors);
            if (!errors.isEmpty()) {
                return refused(errors.get(0));
            }
            plan = Planner.plan(views);
        } catch (UserError e) {
            return refused(e);
        }
        try {
            MemoryPipeline pipeline = new MemoryPipeline(plan, PARTITIONS, new Random(1), 0, MemoryPipeline.WHOLE);
            long position = 1;
            for (Row row : rows) {
                pipeline.append(new Change(catalog.tables().get("t"), "shard", position++, null, row));
            }
            pipeline.runToQuiet();
            return pipeline.failures().isEmpty()
                    ? pipeline.rows(plan.views().get(0)).toString()
                    : "failed: " + pipeline.failures();
        } catch (RuntimeException | AssertionError e) {
            return "BUG: " + e;
        }
    }
}
