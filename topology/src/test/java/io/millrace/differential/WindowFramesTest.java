package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames by ROWS, RANGE and GROUPS, with EXCLUDE: the rows of each and what functions make of them are PostgreSQL's. */
final class WindowFramesTest {
    private static final String TABLES = """
            CREATE TYPE mood AS ENUM ('sad', 'glad');
            CREATE TABLE w (id integer PRIMARY KEY, g integer, a integer, m smallint, b bigint, n numeric, d double precision,
                r real, day date, t timestamp, z timestamptz, h time, i interval, f boolean, s text, e mood, c char(3));
            """;

    private static final List<String> COLUMNS =
            List.of("a", "m", "b", "n", "d", "r", "day", "t", "z", "h", "i", "f", "s", "e", "c");

    private static final Map<String, List<String>> VALUES = Map.ofEntries(
            Map.entry("a", values("1", "2", null, "2", "-2147483648", "2147483647", null, "5", "7", "1")),
            Map.entry("m", values("1", "3", null, "3", "-32768", "32767", null, "4", "4", "0")),
            Map.entry(
                    "b",
                    values(
                            "1",
                            "3",
                            null,
                            "3",
                            "-9223372036854775808",
                            "9223372036854775807",
                            null,
                            "4",
                            "9223372036854775806",
                            "0")),
            Map.entry("n", values("1.5", "NaN", null, "1.50", "-Infinity", "Infinity", null, "2.25", "NaN", "-3")),
            Map.entry("d", values("1.5", "NaN", null, "1.5", "-Infinity", "Infinity", null, "2.25", "-0", "0")),
            Map.entry("r", values("1.5", "NaN", null, "1.5", "-Infinity", "Infinity", null, "2.25", "0.1", "0.2")),
            Map.entry(
                    "day",
                    values(
                            "2024-02-29",
                            "2024-03-01",
                            null,
                            "2024-03-01",
                            "-infinity",
                            "infinity",
                            null,
                            "2024-01-31",
                            "2025-02-28",
                            "2024-01-29")),
            Map.entry(
                    "t",
                    values(
                            "2024-02-29 12:00:00",
                            "2024-03-01 00:00:00",
                            null,
                            "2024-03-01 00:00:00",
                            "-infinity",
                            "infinity",
                            null,
                            "2024-01-31 12:00:00",
                            "2025-02-28 12:00:00",
                            "2024-02-29 11:59:59.999999")),
            Map.entry(
                    "z",
                    values(
                            "2024-02-29 12:00:00+00",
                            "2024-03-01 00:00:00+00",
                            null,
                            "2024-03-01 00:00:00+00",
                            "-infinity",
                            "infinity",
                            null,
                            "2024-01-31 12:00:00+00",
                            "2025-02-28 12:00:00+00",
                            "2024-02-29 11:00:00+00")),
            Map.entry(
                    "h",
                    values(
                            "12:00:00",
                            "00:00:00",
                            null,
                            "12:00:00",
                            "23:59:59.999999",
                            "24:00:00",
                            null,
                            "13:00:00",
                            "01:00:00",
                            "22:30:00")),
            Map.entry(
                    "i",
                    values(
                            "1 day",
                            "1 mon",
                            null,
                            "30 days",
                            "-infinity",
                            "infinity",
                            null,
                            "24:00:00",
                            "-1 day",
                            "2 mons -3 days")),
            Map.entry("f", values("true", "false", null, "true", "true", "false", null, "true", "true", "false")),
            Map.entry("s", values("a", "b", null, "b", "", "z", null, "c", "ä", "a")),
            Map.entry("e", values("sad", "glad", null, "glad", "sad", "glad", null, "sad", "sad", "glad")),
            Map.entry("c", values("a", "b", null, "b", "", "z", null, "c", "d", "a")));

    private static List<String> values(String... values) {
        return Arrays.asList(values);
    }

    private static final FixedRows FIXED = new FixedRows(TABLES, "w", rows());

    private static Oracle oracle;

    private static List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            List<String> row = new ArrayList<>(List.of("" + i, "" + i % 2));
            for (String column : COLUMNS) {
                row.add(VALUES.get(column).get(i));
            }
            rows.add(row);
        }
        return rows;
    }

    @BeforeAll
    static void start() throws Exception {
        oracle = new Oracle();
        oracle.create(FIXED.statements());
    }

    @AfterAll
    static void stop() throws Exception {
        oracle.close();
    }

    private static void assertSame(String sql) throws Exception {
        Optional<List<String>> expected = oracle.rows(sql);
        assertThat(expected).as(sql + ": " + oracle.error(sql)).isPresent();
        assertThat(FIXED.ours(sql)).as(sql).isEqualTo(expected.get().toString());
    }

    /** Which rows a frame has, as bits. */
    private static String members(String over) {
        return "bit_or(1 << id) OVER (" + over + ")";
    }

    private static final List<String> EXCLUSIONS =
            List.of("", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES", " EXCLUDE NO OTHERS");

    private static final List<String> DIRECTIONS = List.of("", " DESC", " NULLS FIRST", " DESC NULLS LAST");

    /** Frames with an offset at one end or both. */
    private static List<String> frames(String offset, String other) {
        return List.of(
                "BETWEEN " + offset + " PRECEDING AND " + other + " FOLLOWING",
                "BETWEEN " + other + " PRECEDING AND " + offset + " PRECEDING",
                "BETWEEN " + offset + " FOLLOWING AND " + other + " FOLLOWING",
                "BETWEEN UNBOUNDED PRECEDING AND " + offset + " PRECEDING",
                "BETWEEN " + offset + " FOLLOWING AND UNBOUNDED FOLLOWING",
                "BETWEEN CURRENT ROW AND " + offset + " FOLLOWING",
                offset + " PRECEDING");
    }

    static List<List<String>> ranges() {
        List<List<String>> ranges = new ArrayList<>();
        offsets().forEach((column, offsets) -> offsets.forEach(offset -> ranges.add(List.of(column, offset))));
        return ranges;
    }

    private static Map<String, List<String>> offsets() {
        return Map.ofEntries(
                Map.entry("a", List.of("0", "1", "2147483647", "5000000000", "'3'", "1::smallint", "2 * 2")),
                Map.entry("m", List.of("0", "1", "40000", "9223372036854775807", "'3'", "1::smallint")),
                Map.entry("b", List.of("0", "1", "9223372036854775807", "'2'", "1::smallint")),
                Map.entry("n", List.of("0", "1", "0.75", "'1.5'", "'Infinity'::numeric", "1e3")),
                Map.entry("d", List.of("0", "1", "0.75", "'1.5'", "'Infinity'::float8", "1::real")),
                Map.entry("r", List.of("0", "1", "0.75", "0.1", "'Infinity'::real")),
                Map.entry("day", List.of("'1 day'", "interval '1 month'", "'0'::interval", "'infinity'::interval")),
                Map.entry(
                        "t",
                        List.of(
                                "'1 day'",
                                "interval '1 month'",
                                "interval '1' day",
                                "'12 hours'::interval",
                                "'infinity'::interval",
                                "interval '1 hour' * 12",
                                "'12:00'::time")),
                Map.entry("z", List.of("'1 day'", "interval '1 month'", "'1 hour'", "'infinity'::interval")),
                Map.entry("h", List.of("'1 hour'", "'1 month'", "'25:00'", "'infinity'::interval", "'0'")),
                Map.entry("i", List.of("'1 day'", "'1 month'", "'0'", "'infinity'::interval")));
    }

    @ParameterizedTest
    @MethodSource("ranges")
    void aRangeHasTheRowsThatPostgresHas(List<String> range) throws Exception {
        for (String direction : DIRECTIONS) {
            for (String exclusion : EXCLUSIONS.subList(0, 4)) {
                List<String> columns = new ArrayList<>(List.of("id"));
                for (String frame : frames(range.get(1), range.get(1))) {
                    columns.add(members("ORDER BY " + range.get(0) + direction + " RANGE " + frame + exclusion)
                            + " AS c" + columns.size());
                }
                assertSame("SELECT " + String.join(", ", columns) + " FROM w");
            }
        }
    }

    static List<String> counted() {
        List<String> counted = new ArrayList<>();
        for (String offsets : List.of("0 1", "1 2", "2 0", "3 9223372036854775807", "1.5 2.5", "'1' '2'", "1+1 2-1")) {
            String[] both = offsets.split(" ");
            counted.addAll(frames(both[0], both[1]));
        }
        counted.add("BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING");
        counted.add("BETWEEN CURRENT ROW AND CURRENT ROW");
        counted.add("BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING");
        counted.add("UNBOUNDED PRECEDING");
        counted.add("CURRENT ROW");
        return counted;
    }

    @ParameterizedTest
    @MethodSource("counted")
    void rowsAndGroupsAreCountedAsPostgresCountsThem(String frame) throws Exception {
        List<String> columns = new ArrayList<>(List.of("id"));
        for (String exclusion : EXCLUSIONS) {
            columns.add(members("PARTITION BY g ORDER BY a NULLS FIRST, id ROWS " + frame + exclusion));
            columns.add(members("ORDER BY a GROUPS " + frame + exclusion));
            columns.add(members("PARTITION BY g ORDER BY s DESC, a GROUPS " + frame + exclusion));
            if (!frame.matches(".*[0-9].*")) {
                columns.add(members("RANGE " + frame + exclusion));
                columns.add(members("PARTITION BY g ORDER BY e RANGE " + frame + exclusion));
            }
        }
        for (int i = 1; i < columns.size(); i++) {
            columns.set(i, columns.get(i) + " AS c" + i);
        }
        assertSame("SELECT " + String.join(", ", columns) + " FROM w");
    }

    static List<String> functions() {
        return List.of(
                "first_value(s)",
                "last_value(n)",
                "nth_value(a, 2)",
                "nth_value(i, id % 3 + 1)",
                "count(*)",
                "count(s)",
                "count(*) FILTER (WHERE a > 1)",
                "count(1) FILTER (WHERE f)",
                "sum(m)",
                "sum(a)",
                "sum(n)",
                "sum(b) FILTER (WHERE b BETWEEN 0 AND 10)",
                "sum(10 / a) FILTER (WHERE a <> 0)",
                "avg(a)",
                "avg(n) FILTER (WHERE id < 4)",
                "min(n)",
                "max(n)",
                "min(d)",
                "max(i)",
                "min(i)",
                "max(s)",
                "min(e)",
                "max(c)",
                "max(t) FILTER (WHERE f)",
                "bool_and(f)",
                "bool_or(f)",
                "every(f) FILTER (WHERE id > 3)",
                "stddev(a)",
                "variance(m)",
                "var_pop(n) FILTER (WHERE n = 1.5)",
                "stddev_pop(m)",
                "var_samp(a) FILTER (WHERE a < 10)",
                "stddev_samp(m) FILTER (WHERE f)",
                "bit_and(m)",
                "bit_or(a)",
                "bit_xor(b)",
                "string_agg(s, ', ')",
                "string_agg(s, s)",
                "string_agg(c, NULL) FILTER (WHERE id <> 5)",
                "string_agg(s::bytea, '\\x00'::bytea)",
                "array_agg(a)",
                "array_agg(n) FILTER (WHERE f)",
                "array_agg(e)",
                "json_agg(t)",
                "jsonb_agg(a) FILTER (WHERE a IS NOT NULL)",
                "jsonb_agg(json_build_object('id', id, 's', s))",
                "json_object_agg(id, s)",
                "jsonb_object_agg(s, a) FILTER (WHERE s IS NOT NULL)",
                "row_number()",
                "rank()",
                "dense_rank()",
                "percent_rank()",
                "cume_dist()",
                "ntile(3)",
                "lag(s)",
                "lead(a, 2, 0)");
    }

    @ParameterizedTest
    @MethodSource("functions")
    void theFunctionsOfAFrameArePostgresFunctions(String function) throws Exception {
        for (String exclusion : EXCLUSIONS.subList(0, 4)) {
            List<String> columns = new ArrayList<>(List.of("id"));
            for (String frame : List.of(
                    "ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                    "RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING",
                    "GROUPS BETWEEN 1 FOLLOWING AND 3 FOLLOWING",
                    "ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING",
                    "ROWS UNBOUNDED PRECEDING",
                    "RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING")) {
                columns.add(function + " OVER (ORDER BY id DESC " + frame + exclusion + ") AS c" + columns.size());
            }
            columns.add(function + " OVER (PARTITION BY g ORDER BY id) AS c" + columns.size());
            assertSame("SELECT " + String.join(", ", columns) + " FROM w");
        }
    }

    static List<String> named() {
        return List.of(
                "SELECT id, sum(id) OVER w, count(*) OVER w FROM w WINDOW w AS (ORDER BY a, id ROWS 1 PRECEDING), v AS (ORDER BY a), u AS (ORDER BY a)",
                "SELECT id, sum(id) OVER (v RANGE UNBOUNDED PRECEDING), max(id) OVER (v ORDER BY id DESC), rank() OVER v,"
                        + " cume_dist() OVER v FROM w"
                        + " WINDOW u AS (PARTITION BY g), v AS (u)",
                "SELECT id, sum(id) OVER (w RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW),"
                        + " row_number() OVER w FROM w WINDOW w AS (PARTITION BY g ORDER BY id)",
                "SELECT id, count(*) OVER w, lag(id) OVER w, ntile(2) OVER w FROM w"
                        + " WINDOW w AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES)",
                "SELECT g, sum(count(*)) OVER w, max(sum(id)) OVER w FROM w GROUP BY g"
                        + " WINDOW w AS (ORDER BY count(*), g ROWS UNBOUNDED PRECEDING)",
                "SELECT id, (SELECT max(x.c) FROM (SELECT count(*) OVER w AS c FROM w y WINDOW w AS (PARTITION BY y.g)) x)"
                        + " AS c, sum(id) OVER w FROM w WINDOW w AS (ORDER BY id GROUPS 2 PRECEDING)",
                "SELECT id, sum(id) OVER (w) FROM w WINDOW w AS (ORDER BY id)",
                "SELECT id, sum(id) OVER \"My window\" FROM w WINDOW \"My window\" AS (ROWS UNBOUNDED PRECEDING)"
                        + " ORDER BY sum(id) OVER \"My window\" LIMIT 100",
                "SELECT DISTINCT ON (g) g, id FROM w WINDOW x AS (ORDER BY g) ORDER BY g, id",
                "SELECT id, count(*) FILTER (WHERE a IN (SELECT m FROM w)) OVER (ORDER BY id ROWS 3 PRECEDING) FROM w",
                "SELECT id, count(*) FILTER (WHERE EXISTS (SELECT 1 FROM w y WHERE y.m = w.a)) OVER (ORDER BY id ROWS 3 PRECEDING)"
                        + " FROM w",
                "SELECT x.id, l.c FROM w x CROSS JOIN LATERAL (SELECT sum(y.id) OVER (ORDER BY y.id RANGE 2 PRECEDING)"
                        + " AS c FROM w y WHERE y.g = x.g) l",
                "SELECT * FROM (SELECT id, sum(id) OVER (ORDER BY id ROWS BETWEEN 9 PRECEDING AND 8 PRECEDING) AS x FROM w) y"
                        + " WHERE id NOT IN (SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN 9 PRECEDING AND 8 PRECEDING) FROM w"
                        + " WHERE id = 0) OR x IS NULL",
                "SELECT id, count(*) OVER (PARTITION BY g ORDER BY t RANGE BETWEEN '1 day' PRECEDING AND '10 days' FOLLOWING),"
                        + " count(*) OVER (PARTITION BY g ORDER BY t RANGE interval '1 day' PRECEDING) AS d FROM w");
    }

    @ParameterizedTest
    @MethodSource("named")
    void windowsAreNamedAsInPostgres(String sql) throws Exception {
        assertSame(sql);
    }

    static List<String> refused() {
        return List.of(
                "sum(id) OVER (GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW)",
                "sum(id) OVER (PARTITION BY g GROUPS 1 PRECEDING)",
                "sum(id) OVER (RANGE 1 PRECEDING)",
                "sum(id) OVER (ORDER BY a, id RANGE 1 PRECEDING)",
                "sum(id) OVER (ORDER BY s RANGE 1 PRECEDING)",
                "sum(id) OVER (ORDER BY e RANGE '1' PRECEDING)",
                "sum(id) OVER (ORDER BY f RANGE '1' PRECEDING)",
                "sum(id) OVER (ORDER BY a RANGE 1.5 PRECEDING)",
                "sum(id) OVER (ORDER BY b RANGE '1 day'::interval PRECEDING)",
                "sum(id) OVER (ORDER BY day RANGE 1 PRECEDING)",
                "sum(id) OVER (ORDER BY n RANGE 1::float8 PRECEDING)",
                "sum(id) OVER (ORDER BY id ROWS '1 day'::interval PRECEDING)",
                "sum(id) OVER (ORDER BY id ROWS a PRECEDING)",
                "sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND a + 1 FOLLOWING)",
                "sum(id) OVER (ORDER BY id ROWS UNBOUNDED FOLLOWING)",
                "sum(id) OVER (ORDER BY id ROWS 1 FOLLOWING)",
                "sum(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW)",
                "sum(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING)",
                "sum(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING)",
                "sum(id) OVER (ORDER BY id GROUPS BETWEEN 1 FOLLOWING AND 1 PRECEDING)",
                "sum(id) OVER (ORDER BY id RANGE BETWEEN 1 FOLLOWING AND CURRENT ROW)",
                "sum(id) OVER (ORDER BY id ROWS -1 PRECEDING)",
                "sum(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND -1 FOLLOWING)",
                "sum(id) OVER (ORDER BY id ROWS NULL PRECEDING)",
                "sum(id) OVER (ORDER BY id GROUPS 1 - 2 PRECEDING)",
                "sum(id) OVER (ORDER BY id GROUPS NULL::bigint PRECEDING)",
                "sum(id) OVER (ORDER BY a RANGE -1 PRECEDING)",
                "sum(id) OVER (ORDER BY a RANGE BETWEEN NULL PRECEDING AND CURRENT ROW)",
                "sum(id) OVER (ORDER BY n RANGE 'NaN' PRECEDING)",
                "sum(id) OVER (ORDER BY n RANGE '-1' PRECEDING)",
                "sum(id) OVER (ORDER BY d RANGE 'NaN'::float8 PRECEDING)",
                "sum(id) OVER (ORDER BY t RANGE '-1 day' PRECEDING)",
                "sum(id) OVER (ORDER BY z RANGE interval '-1 day' PRECEDING)",
                "sum(id) OVER (ORDER BY i RANGE '-1 day'::interval PRECEDING)",
                "sum(id) OVER (ORDER BY h RANGE '1 day -1 hour' PRECEDING)",
                "sum(id) OVER (ORDER BY day RANGE interval '1 day' * -1 PRECEDING)",
                "count(DISTINCT a) OVER (ORDER BY id)",
                "array_agg(a ORDER BY id) OVER ()",
                "percentile_cont(0.5) WITHIN GROUP (ORDER BY a) OVER ()",
                "rank() FILTER (WHERE f) OVER (ORDER BY id)",
                "first_value(a) FILTER (WHERE f) OVER (ORDER BY id)",
                "count(*) FILTER (WHERE a) OVER (ORDER BY id)",
                "count(*) FILTER (WHERE count(*) > 1) OVER ()",
                "count(*) FILTER (WHERE rank() OVER () > 1) OVER ()",
                "sum(id) OVER nowhere",
                "sum(id) OVER (w RANGE UNBOUNDED PRECEDING)",
                "sum(id) OVER (w PARTITION BY a)",
                "sum(id) OVER (v ORDER BY a)");
    }

    private static final String WINDOWS = " FROM w WINDOW w AS (ORDER BY id ROWS 1 PRECEDING), v AS (ORDER BY id)";

    @ParameterizedTest
    @MethodSource("refused")
    void whatPostgresRefusesIsRefusedInItsWordsAtItsPlace(String call) {
        String sql = "SELECT id, " + call + WINDOWS;
        String theirs = oracle.error(sql);
        assertThat(theirs).as(sql).isNotEmpty();
        assertThat(FIXED.ours(sql))
                .as(sql + ": " + theirs)
                .startsWith("refused: ")
                .contains("views.sql:1:");
        if (!theirs.startsWith("syntax error")) {
            assertThat(FIXED.ours(sql)).as(sql).contains(theirs.replace("nowhere\" does not exist", "nowhere\""));
        }
    }

    static List<List<String>> places() {
        return List.of(
                List.of("ORDER BY id ROWS -1 PRECEDING", "-1"),
                List.of("ORDER BY id ROWS BETWEEN 1 PRECEDING AND NULL FOLLOWING", "NULL"),
                List.of("ORDER BY id GROUPS BETWEEN 1 PRECEDING AND '-7' FOLLOWING", "'-7'"),
                List.of("ORDER BY t RANGE '-1 day' PRECEDING", "'-1"),
                List.of("ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND interval '-1 day' FOLLOWING", "'-1"),
                List.of("ORDER BY t RANGE '-1 day'::interval PRECEDING", "'-1"),
                List.of("ORDER BY t RANGE '1 dax' PRECEDING", "'1 dax'"),
                List.of("ORDER BY t RANGE a PRECEDING", "a P"),
                List.of("ORDER BY s RANGE 77 PRECEDING", "77"),
                List.of("ORDER BY id ROWS BETWEEN CURRENT ROW AND 8 PRECEDING", "8 P"),
                List.of("w RANGE CURRENT ROW", "w R"));
    }

    @ParameterizedTest
    @MethodSource("places")
    void aMistakeIsNamedAtItsPlace(List<String> mistake) {
        String sql = "SELECT id, sum(id) OVER (" + mistake.get(0) + ") FROM w WINDOW w AS (ROWS 1 PRECEDING)";
        int column = ("CREATE VIEW v AS " + sql).indexOf(mistake.get(1)) + 1;
        assertThat(FIXED.ours(sql)).as(sql).startsWith("refused: ").contains("views.sql:1:" + column + ": ");
    }

    @Test
    void aWindowIsNamedOnce() {
        String sql = "SELECT id, sum(id) OVER w FROM w WINDOW w AS (ORDER BY id), w AS (ORDER BY a)";
        assertThat(FIXED.ours(sql)).startsWith("refused: ").contains(oracle.error(sql));
    }

    @Test
    void aRowWhoseFrameCannotBeFoundIsSetAside() {
        String sql = "SELECT id, count(*) OVER (ORDER BY day RANGE '300000 years' PRECEDING) FROM w";
        assertThat(oracle.error(sql)).isEqualTo("timestamp out of range");
        assertThat(FIXED.ours(sql)).startsWith("failed: ").contains("timestamp out of range");
    }
}
