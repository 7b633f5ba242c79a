package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Aggregates of JSON, of bits, percentiles and mode: the values and errors are PostgreSQL's, and what is not maintained is refused. */
final class SequenceAggregatesTest {
    private static final String TABLES = """
            CREATE TABLE p (id integer PRIMARY KEY, g integer, a integer, m smallint, n numeric, d double precision, s text,
                j jsonb, r json, xs integer[], t timestamp, i interval, f boolean, h bigint);
            """;

    private static final List<List<String>> ROWS = List.of(
            Arrays.asList(
                    "1",
                    "1",
                    "6",
                    "3",
                    "1.5",
                    "0.25",
                    "a\"b",
                    "{\"k\": [1, 2.0]}",
                    "{\"z\" :  1, \"z\": 2}",
                    "{1,NULL}",
                    "2024-02-29 12:00:00",
                    "1 day",
                    "true",
                    "-1"),
            Arrays.asList(
                    "2",
                    "1",
                    "3",
                    "-1",
                    "2.50",
                    "NaN",
                    "b",
                    "[]",
                    "[ 1 ]",
                    "{}",
                    "2024-03-01 00:00:00",
                    "2 days 3 hours",
                    "false",
                    "9223372036854775807"),
            Arrays.asList("3", "1", null, null, null, null, null, null, null, null, null, null, null, null),
            Arrays.asList(
                    "4",
                    "2",
                    "6",
                    "7",
                    "1.50",
                    "-2",
                    "a\"b",
                    "null",
                    "null",
                    "{{1},{2}}",
                    "infinity",
                    "1 mon",
                    "true",
                    "4"),
            Arrays.asList(
                    "5",
                    "2",
                    "2",
                    "7",
                    "-3",
                    "1e300",
                    "c",
                    "\"x\"",
                    "true",
                    "{5}",
                    "2024-01-01 00:00:00",
                    "-1 day",
                    "true",
                    "6"),
            Arrays.asList(
                    "6",
                    "2",
                    "6",
                    "0",
                    "7",
                    "3",
                    "",
                    "1.50",
                    "1.50",
                    "{}",
                    "2024-01-01 00:00:00",
                    "00:00:01",
                    null,
                    "5"),
            Arrays.asList("7", "3", null, null, null, null, null, null, null, null, null, null, null, null));

    private static final FixedRows FIXED = new FixedRows(TABLES, "p", ROWS);

    private static Oracle oracle;

    @BeforeAll
    static void start() throws Exception {
        oracle = new Oracle();
        oracle.create(FIXED.statements());
    }

    @AfterAll
    static void stop() throws Exception {
        oracle.close();
    }

    static List<String> aggregates() {
        return List.of(
                "json_agg(a ORDER BY id)",
                "json_agg(n ORDER BY id DESC)",
                "json_agg(d ORDER BY id)",
                "json_agg(s ORDER BY id)",
                "json_agg(j ORDER BY id)",
                "json_agg(r ORDER BY id)",
                "json_agg(xs ORDER BY id)",
                "json_agg(t ORDER BY id)",
                "json_agg(i ORDER BY id)",
                "json_agg(f ORDER BY id)",
                "json_agg(1)",
                "jsonb_agg(xs ORDER BY id)",
                "jsonb_agg(r ORDER BY s DESC NULLS LAST, id)",
                "jsonb_agg(n ORDER BY n NULLS FIRST, id)",
                "jsonb_agg(DISTINCT a)",
                "json_agg(DISTINCT s ORDER BY s DESC)",
                "json_agg(a ORDER BY id) FILTER (WHERE a > 3)",
                "jsonb_agg(json_build_object('id', id, 'a', a) ORDER BY id)",
                "json_agg(to_jsonb(xs) ORDER BY id) FILTER (WHERE id <> 3)",
                "json_object_agg(id, a ORDER BY id)",
                "json_object_agg(s, a ORDER BY id) FILTER (WHERE s IS NOT NULL)",
                "json_object_agg(n, xs ORDER BY id) FILTER (WHERE n IS NOT NULL)",
                "json_object_agg(f, t ORDER BY id) FILTER (WHERE f IS NOT NULL)",
                "json_object_agg(t, t ORDER BY id) FILTER (WHERE t IS NOT NULL)",
                "jsonb_object_agg(s, id ORDER BY id) FILTER (WHERE s IS NOT NULL)",
                "jsonb_object_agg(id, id)",
                "jsonb_object_agg(DISTINCT g, f ORDER BY g, f)",
                "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)",
                "percentile_cont(0.3) WITHIN GROUP (ORDER BY a DESC)",
                "percentile_cont(0) WITHIN GROUP (ORDER BY n)",
                "percentile_cont(1) WITHIN GROUP (ORDER BY d)",
                "percentile_cont(0.75) WITHIN GROUP (ORDER BY d)",
                "percentile_cont(0.25) WITHIN GROUP (ORDER BY i)",
                "percentile_cont(0.33) WITHIN GROUP (ORDER BY i DESC) FILTER (WHERE id > 1)",
                "percentile_cont(NULL) WITHIN GROUP (ORDER BY d)",
                "percentile_cont(ARRAY[0, 0.5, NULL, 1]) WITHIN GROUP (ORDER BY m)",
                "percentile_cont('{0.1,0.9}'::float8[]) WITHIN GROUP (ORDER BY i)",
                "percentile_disc(0.5) WITHIN GROUP (ORDER BY s)",
                "percentile_disc(0.34) WITHIN GROUP (ORDER BY a DESC)",
                "percentile_disc(0) WITHIN GROUP (ORDER BY t)",
                "percentile_disc(1) WITHIN GROUP (ORDER BY n)",
                "percentile_disc(ARRAY[0.0, 0.5]) WITHIN GROUP (ORDER BY s DESC)",
                "percentile_disc(0.5) WITHIN GROUP (ORDER BY a + m)",
                "mode() WITHIN GROUP (ORDER BY a)",
                "mode() WITHIN GROUP (ORDER BY a DESC)",
                "mode() WITHIN GROUP (ORDER BY s)",
                "mode() WITHIN GROUP (ORDER BY f DESC) FILTER (WHERE id > 2)",
                "bit_and(a)",
                "bit_or(a)",
                "bit_xor(a)",
                "bit_and(m)",
                "bit_or(m)",
                "bit_xor(m)",
                "bit_and(h)",
                "bit_or(h)",
                "bit_xor(h)",
                "bit_xor(DISTINCT a)",
                "bit_or(a) FILTER (WHERE f)",
                "sum(a ORDER BY id)",
                "count(DISTINCT a ORDER BY a)");
    }

    @ParameterizedTest
    @MethodSource("aggregates")
    void theValuesArePostgresValues(String aggregate) throws Exception {
        for (String sql : List.of(
                "SELECT g, " + aggregate + " AS x FROM p GROUP BY g",
                "SELECT " + aggregate + " AS x FROM p",
                "SELECT " + aggregate + " FROM p WHERE id > 100")) {
            Optional<List<String>> expected = oracle.rows(sql);
            assertThat(expected).as(sql).isPresent();
            assertThat(FIXED.ours(sql)).as(sql).isEqualTo(expected.get().toString());
        }
    }

    static List<String> failing() {
        return List.of(
                "SELECT json_object_agg(s, id) FROM p",
                "SELECT jsonb_object_agg(s, id) FROM p",
                "SELECT json_object_agg(j, id) FROM p WHERE id = 1",
                "SELECT jsonb_object_agg(xs, id) FROM p WHERE id = 1",
                "SELECT percentile_cont(1.5) WITHIN GROUP (ORDER BY a) FROM p",
                "SELECT percentile_disc(-1) WITHIN GROUP (ORDER BY a) FROM p",
                "SELECT percentile_disc(ARRAY[0.5, 2]) WITHIN GROUP (ORDER BY a) FROM p");
    }

    @ParameterizedTest
    @MethodSource("failing")
    void aGroupThatTheAggregateFailsOnIsSetAside(String sql) {
        String theirs = oracle.error(sql);
        assertThat(theirs).as(sql).isNotEmpty();
        assertThat(FIXED.ours(sql)).as(sql).startsWith("failed: ").contains(theirs);
    }

    private static final List<List<String>> REFUSED = List.of(
            List.of("SELECT jsonb_agg(DISTINCT j) FROM p", "the order of jsonb"),
            List.of("SELECT array_agg(DISTINCT j) FROM p", "the order of jsonb"),
            List.of("SELECT json_agg(DISTINCT r) FROM p", "could not identify an equality operator for type json"),
            List.of("SELECT mode() WITHIN GROUP (ORDER BY j) FROM p", "the order of jsonb"),
            List.of(
                    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY s) FROM p",
                    "percentile_cont(text, numeric) does not exist"),
            List.of(
                    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a, m) FROM p",
                    "takes one value in WITHIN GROUP"),
            List.of("SELECT bit_and(n) FROM p", "bit_and"),
            List.of("SELECT bit_or(s) FROM p", "bit_or"),
            List.of("SELECT upper(s ORDER BY id) FROM p", "ORDER BY specified, but upper is not an aggregate function"),
            List.of(
                    "SELECT id, percentile_cont(0.5) WITHIN GROUP (ORDER BY a) OVER () FROM p",
                    "OVER is not supported for"));

    @Test
    void whatIsNotMaintainedIsRefused() {
        for (List<String> refused : REFUSED) {
            assertThat(FIXED.ours(refused.get(0)))
                    .as(refused.get(0))
                    .startsWith("refused: ")
                    .contains(refused.get(1));
        }
    }
}
