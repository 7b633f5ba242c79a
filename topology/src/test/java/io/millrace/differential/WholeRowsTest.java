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

/** Whole rows as values: JSON of them is PostgreSQL's, a row that an outer join leaves out is NULL, other uses are refused. */
final class WholeRowsTest {
    private static final String TABLES = """
            CREATE TABLE p (id integer PRIMARY KEY, boss integer, name text, "Odd name" text, tags text[], j jsonb, r text,
                at timestamptz, n numeric(6,2), f double precision, b boolean, y bytea, d date, i interval);
            CREATE TABLE q (x integer, s text);
            """;

    private static final List<List<String>> ROWS = List.of(
            Arrays.asList(
                    "1",
                    null,
                    "Ann \"the\" first",
                    "a\\b",
                    "{a,NULL,\"b c\"}",
                    "{\"k\": [1, 2.50]}",
                    "{\"b\" : 1, \"a\":null}",
                    "2024-02-29 12:00:00.5+00",
                    "1.50",
                    "NaN",
                    "t",
                    "\\x00ff",
                    "2024-02-29",
                    "1 day"),
            Arrays.asList("2", "1", "Bob", null, "{}", null, "[1,  2]", null, "-3", "1e20", "f", null, null, null),
            Arrays.asList("3", "1", null, null, null, null, null, null, null, null, null, null, null, null),
            Arrays.asList(
                    "4", "9", "", "x", "{{1,2},{3,4}}", "[]", "null", null, null, "0.1", null, "\\x", null, null));

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

    static List<String> queries() {
        return List.of(
                "SELECT row_to_json(p) FROM p",
                "SELECT row_to_json(p.*) FROM p",
                "SELECT id, json_build_object('l', row_to_json(u, true))::text AS a FROM p u",
                "SELECT json_agg(row_to_json(u) ORDER BY id)::text AS a, json_agg(to_json(u) ORDER BY id)::text AS b FROM p u",
                "SELECT u.id, (SELECT coalesce(json_agg(row_to_json(v) ORDER BY id), '[]') FROM p v WHERE v.boss = u.id)::text AS a FROM p u",
                "SELECT u.id, (SELECT CASE WHEN count(v) > 1 THEN json_agg(v ORDER BY v.id)::text END FROM p v WHERE v.boss = u.id) AS a FROM p u",
                "SELECT coalesce(json_agg(u ORDER BY u.id) FILTER (WHERE u.id < 4), '[]')::text AS a FROM p u",
                "SELECT coalesce(json_agg((SELECT x FROM (SELECT id) x) ORDER BY id), '[]')::text AS a FROM p",
                "SELECT coalesce(array_to_json(array_agg(u ORDER BY id)), '[]')::text AS a, coalesce(count(u), 0) AS n FROM p u",
                "SELECT row_to_json(u) AS a, to_jsonb(u) AS b FROM (SELECT id, r::json AS r FROM p) u",
                "SELECT json_agg(u ORDER BY id) AS a FROM (SELECT id, r::json AS r, tags FROM p) u",
                "SELECT id, row_to_json(u, true)::text AS t FROM p u",
                "SELECT id, row_to_json(u, b)::text AS t FROM p u",
                "SELECT id, to_json(u)::text AS a, to_jsonb(u) AS b FROM p AS u",
                "SELECT id, to_jsonb(u) - 'name' - 'at' AS b, to_jsonb(u) ->> 'Odd name' AS o FROM p AS u",
                "SELECT id, to_jsonb(p) || jsonb_build_object('more', 1) AS b FROM p WHERE to_jsonb(p) ? 'id'",
                "SELECT json_agg(p ORDER BY id)::text AS a FROM p",
                "SELECT json_agg(p ORDER BY id DESC) FILTER (WHERE id > 1) AS a, jsonb_agg(p ORDER BY id) AS b, count(p) AS n FROM p",
                "SELECT boss, json_agg(u ORDER BY u.name, u.id)::text AS a FROM p u GROUP BY boss",
                "SELECT boss, u.*, json_agg(v ORDER BY v.id)::text AS a FROM (SELECT id FROM p) u JOIN p v ON v.id >= u.id GROUP BY u.id, boss",
                "SELECT u.id, to_jsonb(u) AS b, count(v) AS n FROM p u LEFT JOIN p v ON v.boss = u.id GROUP BY u.id",
                "SELECT u.id, json_agg(v ORDER BY v.id)::text AS a, jsonb_agg(v ORDER BY v.id) AS b FROM p u LEFT JOIN p v ON v.boss = u.id GROUP BY u.id",
                "SELECT u.id, json_agg(v ORDER BY v.id) FILTER (WHERE v IS NOT NULL)::text AS a FROM p u LEFT JOIN p v ON v.boss = u.id GROUP BY u.id",
                "SELECT u.id, row_to_json(v)::text AS v, v IS NULL AS n, v IS NOT NULL AS m, NOT (v IS NULL) AS o FROM p u LEFT JOIN p v ON v.id = u.boss",
                "SELECT u.id, v.id AS w, to_jsonb(u) AS a, to_jsonb(v) AS b FROM p u FULL JOIN p v ON v.id = u.boss",
                "SELECT u.id FROM p u LEFT JOIN p v ON v.id = u.boss WHERE v IS NULL",
                "SELECT u.id FROM p u WHERE NOT EXISTS (SELECT 1 FROM p v WHERE v.boss = u.id AND to_jsonb(v) ->> 'name' IS NOT NULL)",
                "SELECT u.id, (SELECT json_agg(v ORDER BY v.id) FROM p v WHERE v.boss = u.id)::text AS below FROM p u",
                "SELECT u.id, (SELECT coalesce(jsonb_agg(v ORDER BY v.id DESC), '[]') FROM (SELECT id, name AS n FROM p WHERE boss = u.id) v) AS below FROM p u",
                "SELECT u.id, (SELECT row_to_json(v) FROM (SELECT id, name FROM p WHERE id = u.boss) v)::text AS above FROM p u",
                "SELECT u.id, (SELECT to_jsonb(v) FROM p v WHERE v.id = u.boss) AS above FROM p u",
                "SELECT id, row_to_json((SELECT x FROM (SELECT p.id, name AS \"Name\", upper(name), 1 + 1) x))::text AS a FROM p",
                "SELECT json_agg((SELECT x FROM (SELECT id AS a, name) x) ORDER BY id)::text AS a FROM p",
                "SELECT row_to_json(ROW(id, name, tags))::text AS a, to_jsonb(ROW(id, 'x', NULL)) AS b FROM p",
                "SELECT json_agg(ROW(id, name) ORDER BY id)::text AS a, jsonb_agg((id, name) ORDER BY id) AS b FROM p",
                "SELECT id, json_build_object('u', u, 'n', 1, 'r', ROW(1, 2))::text AS a, jsonb_build_object('u', u) AS b FROM p u",
                "SELECT id, json_build_array(u, 1, u.*)::text AS a, jsonb_build_array(u) AS b FROM p u",
                "SELECT json_object_agg(id, u ORDER BY id)::text AS a, jsonb_object_agg(id, u ORDER BY id) AS b FROM p u",
                "SELECT array_to_json(array_agg(u ORDER BY id))::text AS a, to_jsonb(array_agg(u ORDER BY id)) AS b FROM p u",
                "SELECT array_to_json(array_agg(u ORDER BY id) FILTER (WHERE id < 3), true)::text AS a FROM p u",
                "SELECT to_jsonb(s) AS a FROM (SELECT boss, count(*) AS n FROM p GROUP BY boss) s",
                "WITH s AS (SELECT boss, count(*) AS n FROM p GROUP BY boss) SELECT to_jsonb(s) AS a, count(s) AS c FROM s GROUP BY s",
                "SELECT to_jsonb(v) AS a FROM (VALUES (1, 'x'), (2, NULL)) AS v(a, b)",
                "SELECT to_jsonb(s) AS a FROM (SELECT id FROM p UNION SELECT boss FROM p) s",
                "SELECT to_jsonb(e) AS a, id FROM p, jsonb_each(j) AS e WHERE jsonb_typeof(j) = 'object'",
                "SELECT to_jsonb(e) AS a, id FROM p, unnest(tags) WITH ORDINALITY AS e(tag, n)",
                "SELECT to_jsonb(e) AS a, id FROM p, unnest(tags) AS e",
                "SELECT u.id, to_jsonb(e) AS a FROM p u LEFT JOIN LATERAL unnest(tags) WITH ORDINALITY AS e(tag, n) ON true",
                "SELECT u.id, s.a FROM p u, LATERAL (SELECT to_jsonb(u) AS a) s",
                "SELECT u.id, count(v) AS n, count(*) AS m FROM p u LEFT JOIN p v ON v.boss = u.id GROUP BY u.id HAVING count(v) > 0",
                "SELECT u.p, row_to_json(u)::text AS r FROM (SELECT name AS p FROM p) AS u",
                "SELECT u.id FROM p u JOIN p v ON v.id = u.boss AND to_jsonb(v) ->> 'id' = '1'",
                "SELECT id FROM p u ORDER BY to_jsonb(u) ->> 'id' DESC LIMIT 2",
                "SELECT DISTINCT to_jsonb(s) AS a FROM (SELECT boss FROM p) s",
                "SELECT DISTINCT ON (to_jsonb(u) ->> 'name') u.id, u.name FROM p u ORDER BY to_jsonb(u) ->> 'name', u.id DESC",
                "SELECT to_jsonb(s) AS a FROM (SELECT boss, count(*), max(id) FROM p GROUP BY boss) s",
                "SELECT id, CASE WHEN id > 1 THEN row_to_json(u) END AS c, coalesce(to_jsonb(u) -> 'boss', 'null') AS d FROM p u");
    }

    @ParameterizedTest
    @MethodSource("queries")
    void theRowsArePostgresRows(String sql) throws Exception {
        Optional<List<String>> expected = oracle.rows(sql);
        assertThat(expected).as(sql + " " + oracle.error(sql)).isPresent();
        assertThat(FIXED.ours(sql)).as(sql).isEqualTo(expected.get().toString());
    }

    private static final List<List<String>> REFUSED = List.of(
            List.of("SELECT ROW(id, name) FROM p", "1:28: a row as a value"),
            List.of("SELECT (id, name) FROM p", "a row as a value"),
            List.of("SELECT id, max(ROW(id, name)) FROM p GROUP BY id", "as a value"),
            List.of("SELECT id, max(u.*) FROM p u GROUP BY id", "refused"),
            List.of("SELECT (SELECT v FROM p v WHERE v.id = u.boss) FROM p u", "the whole row of v as a value"),
            List.of("SELECT row_to_json((SELECT r FROM (SELECT id) r)) FROM p", "\"r\" is the name of a column too"),
            List.of("SELECT p FROM p", "1:25: the whole row of p as a value is maintained in functions that make JSON"),
            List.of("SELECT id, max(u) FROM p u GROUP BY id", "the whole row of u as a value"),
            List.of("SELECT id FROM p u ORDER BY u LIMIT 1", "the whole row of u as a value"),
            List.of("SELECT count(DISTINCT u) FROM p u", "1:25: DISTINCT of whole rows is not maintained"),
            List.of("SELECT json_agg(DISTINCT u) FROM p u", "DISTINCT of whole rows is not maintained"),
            List.of("SELECT row_to_json(id) FROM p", "1:25: row_to_json takes a row"),
            List.of("SELECT row_to_json('x') FROM p", "row_to_json takes a row"),
            List.of(
                    "SELECT p.id, to_jsonb(q) FROM p LEFT JOIN q ON q.x = p.id",
                    "1:40: the whole row of q, which the outer join may leave out, has no column that is never NULL"),
            List.of(
                    "SELECT to_jsonb(s) FROM (SELECT count(*), count(id) FROM p) s",
                    "the whole row of s has a column without a name"),
            List.of(
                    "SELECT to_jsonb(s) FROM (SELECT u.id, v.id FROM p u JOIN p v ON v.id = u.boss) s",
                    "the whole row of s has several columns of one name"),
            List.of(
                    "SELECT to_jsonb(s) FROM (SELECT * FROM (SELECT * FROM p u JOIN p v ON v.id = u.boss) t) s",
                    "the whole row of s has several columns of one name"),
            List.of(
                    "WITH s AS (SELECT * FROM p u JOIN p v ON v.id = u.boss) SELECT to_jsonb(s) FROM s",
                    "the whole row of s has several columns of one name"));

    @Test
    void otherUsesAreRefused() {
        for (List<String> refused : REFUSED) {
            assertThat(FIXED.ours(refused.get(0)))
                    .as(refused.get(0))
                    .startsWith("refused: ")
                    .contains(refused.get(1));
        }
    }
}
