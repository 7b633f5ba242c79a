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

/** Functions that give rows: the rows and errors are PostgreSQL's, and what is not maintained is refused. */
final class TableFunctionsTest {
    private static final String TABLES = """
            CREATE TABLE p (id integer PRIMARY KEY, tags text[], ns integer[], j jsonb, r json, s text, lo bigint, hi bigint);
            CREATE TABLE q (id integer PRIMARY KEY, pid integer);
            """;

    private static final List<List<String>> ROWS = List.of(
            Arrays.asList(
                    "1",
                    "{a,b,a}",
                    "{1,NULL}",
                    "[1, \"x\", null, {\"a\": 1}]",
                    "[1,  2.50,\"y\" ]",
                    "a,b,,c",
                    "1",
                    "3"),
            Arrays.asList("2", "{}", "{{1,2},{3,4}}", "[]", " [ ]", "", "3", "1"),
            Arrays.asList("3", null, null, null, null, null, null, "2"),
            Arrays.asList("4", "{NULL}", "{}", "[[1, [2]], {}]", "[{\"k\" : [1, 2]}, null]", ",", "-1", "0"));

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
                "SELECT * FROM p, unnest(tags)",
                "SELECT u.* FROM p, unnest(p.tags) u",
                "SELECT id, u FROM p, unnest(p.tags) AS u",
                "SELECT id, u.u FROM p, unnest(p.tags) AS u WHERE u.u IS NULL OR u = 'b'",
                "SELECT id, unnest FROM p, unnest(p.ns)",
                "SELECT id, unnest.unnest + 1 AS n FROM p, unnest(p.ns)",
                "SELECT id, x, ordinality FROM p, unnest(ns) WITH ORDINALITY AS t(x)",
                "SELECT id, u.* FROM p LEFT JOIN LATERAL unnest(tags, ns) WITH ORDINALITY AS u(tag, n, i) ON true",
                "SELECT id, u.* FROM p LEFT JOIN unnest(tags, ns, ARRAY[true]) AS u(tag, n, b) ON TRUE",
                "SELECT id, u FROM p LEFT JOIN LATERAL unnest(tags) u ON u <> 'a'",
                "SELECT id, u FROM p LEFT JOIN LATERAL (SELECT coalesce(t, '?') AS u FROM unnest(tags) t) s ON true",
                "SELECT id, s.n FROM p LEFT JOIN LATERAL (SELECT count(*) AS n FROM unnest(tags) t WHERE t = 'a') s ON true",
                "SELECT p.id, t FROM p CROSS JOIN LATERAL unnest(tags || upper('z')) t WHERE id > 1",
                "SELECT id, jsonb_array_elements(j) FROM p",
                "SELECT id, jsonb_array_elements(j) -> 'a' AS a FROM p",
                "SELECT id, e.value FROM p, jsonb_array_elements(p.j) AS e",
                "SELECT id, e FROM p, jsonb_array_elements(p.j) AS e",
                "SELECT id, jsonb_typeof(e) AS kind, count(*) AS n FROM p, jsonb_array_elements(p.j) AS e GROUP BY id, jsonb_typeof(e)",
                "SELECT id, x.value, x.ordinality FROM p, jsonb_array_elements_text(j) WITH ORDINALITY x",
                "SELECT id, e.value::text AS v FROM p, json_array_elements(r) e",
                "SELECT id, e FROM p, json_array_elements_text(r) AS e",
                "SELECT id, k, v FROM p, jsonb_array_elements(j) e, jsonb_each(CASE WHEN jsonb_typeof(e) = 'object' THEN e END) AS x(k, v)",
                "SELECT id, x.key FROM p, json_array_elements(r) e, json_each_text(CASE WHEN json_typeof(e.value) = 'object' THEN e.value END) x",
                "SELECT key, value FROM jsonb_each('{\"b\": 1, \"a\": {\"c\": null}}')",
                "SELECT key, value FROM json_each_text('{\"b\": 1, \"a\": {\"c\":  null}, \"b\": null}')",
                "SELECT k FROM json_object_keys('{\"b\": 1, \"a\": 2, \"b\": 3}') k",
                "SELECT jsonb_object_keys('{\"b\": 1, \"a\": 2, \"b\": 3}')",
                "SELECT id, g FROM p, generate_series(lo, hi) g",
                "SELECT id, g FROM p, generate_series(hi, lo, -2) g",
                "SELECT id, g FROM p, generate_series(1, id) g WHERE g < id",
                "SELECT g FROM generate_series(9223372036854775805, 9223372036854775807) g",
                "SELECT g FROM generate_series(2147483645, 2147483647) g",
                "SELECT g FROM generate_series(-2147483647, -2147483648, -1) g",
                "SELECT g FROM generate_series(1.0, 2, 0.25) g",
                "SELECT g FROM generate_series(1.5::numeric, 4) g",
                "SELECT g FROM generate_series(3, 1) g",
                "SELECT g FROM generate_series(timestamp '2024-01-31', '2024-06-01', interval '1 month') g",
                "SELECT g FROM generate_series('2024-03-01'::timestamptz, '2024-02-28', '-12 hours') g",
                "SELECT g FROM generate_series(date '2024-02-28', date '2024-03-01', '1 day') g",
                "SELECT id, w FROM p, string_to_table(s, ',') w",
                "SELECT id, w FROM p, string_to_table(s, NULL) w",
                "SELECT id, w, n FROM p, string_to_table(s, ',', 'a') WITH ORDINALITY AS t(w, n)",
                "SELECT id, w FROM p, regexp_split_to_table(s, ',+') w",
                "SELECT id, w, n FROM p, regexp_split_to_table(s, 'B', 'i') WITH ORDINALITY AS t(w, n)",
                "SELECT id, regexp_split_to_table(s, '') AS w FROM p",
                "SELECT id, m FROM p, regexp_matches(s, '(b),|(,)') m",
                "SELECT id, m FROM p, regexp_matches(s, '[a-z]|$', 'g') m",
                "SELECT id, (regexp_matches(s, '([a-z])(,*)', 'g'))[2] AS w FROM p",
                "SELECT id, m[1] AS w, n FROM p LEFT JOIN LATERAL regexp_matches(s, '[a-z]', 'g') WITH ORDINALITY AS t(m, n) ON true",
                "SELECT id, i, tags[i] AS tag FROM p, generate_subscripts(tags, 1) AS i",
                "SELECT id, i FROM p, generate_subscripts(ns, 2, true) AS i",
                "SELECT id, unnest(tags[2:]) AS t, s LIKE ANY (tags) AS l FROM p",
                "SELECT id, generate_subscripts(ns, id - id) AS i FROM p",
                "SELECT id, generate_subscripts(tags, 1, tags IS NULL) FROM p",
                "SELECT x, y FROM unnest(ARRAY[1, 2], ARRAY['a']) AS t(x, y)",
                "SELECT 1 AS one, unnest('{1,2}'::int[])",
                "SELECT generate_series(1, 3) AS n",
                "SELECT generate_series(1, 3) + 10 AS n",
                "SELECT DISTINCT unnest(tags) AS t FROM p",
                "SELECT DISTINCT ON (id) id, unnest(tags) AS t FROM p ORDER BY id, t DESC",
                "SELECT id, unnest(tags) AS t FROM p ORDER BY id, t LIMIT 3",
                "SELECT p.*, unnest(ns) AS n FROM p",
                "SELECT *, unnest(ns) AS n FROM p JOIN q ON q.pid = p.id",
                "SELECT unnest(tags) AS t, count(*) AS n FROM p GROUP BY t",
                "SELECT unnest(tags) AS t, sum(id) AS n FROM p GROUP BY unnest(tags)",
                "SELECT unnest FROM (SELECT unnest(tags) FROM p) s",
                "SELECT id FROM p WHERE EXISTS (SELECT 1 FROM unnest(tags) t WHERE t = 'a' AND p.id < 3)",
                "SELECT id FROM p WHERE id IN (SELECT unnest(ns))",
                "SELECT id FROM p WHERE lo NOT IN (SELECT n FROM unnest(ns) n WHERE n IS NOT NULL)",
                "SELECT id, (SELECT count(*) FROM unnest(tags) t, unnest(ARRAY['a', 'b']) x WHERE t = x) AS n FROM p",
                "SELECT id, (SELECT count(*) FROM jsonb_array_elements(j) e, jsonb_object_keys(CASE WHEN jsonb_typeof(e) = 'object' THEN e END) k) AS n FROM p",
                "SELECT p.id FROM p WHERE EXISTS (SELECT 1 FROM q, unnest(ns) n WHERE q.id = n AND p.s = 'x')",
                "SELECT p.id FROM p WHERE EXISTS (SELECT 1 FROM (SELECT * FROM q WHERE q.pid = p.id) q, unnest(ARRAY[q.id]) n WHERE n = 1)",
                "SELECT id, (SELECT array_agg(t ORDER BY n DESC) FROM unnest(tags) WITH ORDINALITY u(t, n)) AS backwards FROM p",
                "SELECT p.id, t FROM p JOIN q ON q.pid = p.id, unnest(p.tags) t",
                "SELECT p.id, t FROM p LEFT JOIN (q CROSS JOIN unnest(ARRAY[1, 2]) t) ON q.pid = t",
                "SELECT a.id, b.t FROM p a JOIN (SELECT id, unnest(tags) AS t FROM p) b ON b.id = a.id + 1",
                "WITH w AS (SELECT id, unnest(tags) AS t FROM p) SELECT t, max(id) AS m FROM w GROUP BY t",
                "SELECT id, t, row_number() OVER (PARTITION BY t ORDER BY id, n) AS r FROM p, unnest(tags) WITH ORDINALITY u(t, n)",
                "SELECT id, t FROM p, unnest(tags) t UNION ALL SELECT id, 'z' FROM p",
                "SELECT * FROM (SELECT array_agg(id ORDER BY id) AS ids FROM p) a WHERE EXISTS (SELECT 1 FROM unnest(a.ids) i WHERE i > 1)",
                "SELECT s, (SELECT count(*) FROM unnest(x.ids) i WHERE i > 1) AS n FROM (SELECT s, array_agg(id) AS ids FROM p GROUP BY s) x",
                "SELECT id, (SELECT sum(a.id + g) FROM generate_series(1, a.id) g WHERE g < (SELECT max(n) FROM unnest(a.ns) n)) AS x FROM p a",
                "SELECT id, value FROM p AS value, unnest(value.tags) AS e(value)");
    }

    @ParameterizedTest
    @MethodSource("queries")
    void theRowsArePostgresRows(String sql) throws Exception {
        Optional<List<String>> expected = oracle.rows(sql);
        assertThat(expected).as(sql).isPresent();
        assertThat(FIXED.ours(sql)).as(sql).isEqualTo(expected.get().toString());
    }

    static List<String> failing() {
        return List.of(
                "SELECT e FROM p, jsonb_array_elements('{}'::jsonb) e",
                "SELECT e FROM p, jsonb_array_elements(to_jsonb(id)) e",
                "SELECT e FROM p, json_array_elements(to_json(id)) e",
                "SELECT e FROM p, json_array_elements_text('{}'::json) e",
                "SELECT e FROM p, jsonb_each(to_jsonb(tags || upper('a'))) e(e)",
                "SELECT e FROM p, json_each('[]'::json) e(e)",
                "SELECT e FROM p, json_each_text('1'::json) e(e)",
                "SELECT e FROM p, jsonb_object_keys('[]'::jsonb) e",
                "SELECT e FROM p, json_object_keys('1'::json) e",
                "SELECT e FROM p, generate_series(id, 3, id - id) e",
                "SELECT e FROM p, generate_series('2024-01-01'::timestamp, '2024-01-02', '1 month -30 days') e",
                "SELECT e FROM p, generate_series('2024-01-01'::timestamp, '2024-01-02', 'infinity') e",
                "SELECT e FROM p, regexp_split_to_table('a', 'b', 'g') e",
                "SELECT e FROM p, regexp_matches('a', '(') e",
                "SELECT e FROM p, regexp_matches('a', 'b', 'y') e",
                "SELECT e FROM p, string_to_table((1 / (id - 1))::text, ',') e");
    }

    /** The rows go where other failures go, with PostgreSQL's words. */
    @ParameterizedTest
    @MethodSource("failing")
    void aRowThatTheFunctionFailsOnIsSetAside(String sql) {
        String ours = FIXED.ours(sql);
        String theirs = oracle.error(sql);
        assertThat(theirs).as(sql).isNotEmpty();
        assertThat(ours).as(sql).startsWith("failed: ").contains(theirs);
    }

    private static final List<List<String>> REFUSED = List.of(
            List.of("SELECT unnest(tags), unnest(ns) FROM p", "several functions that give rows"),
            List.of("SELECT id FROM p WHERE unnest(tags) = 'a'", "gives rows"),
            List.of("SELECT count(*), unnest(tags) FROM p", "beside aggregates"),
            List.of("SELECT unnest(array_agg(id)) FROM p", "beside aggregates"),
            List.of("SELECT unnest(tags), row_number() OVER () FROM p", "beside aggregates or window functions"),
            List.of("SELECT CASE WHEN id > 1 THEN unnest(tags) END FROM p", "not allowed in CASE"),
            List.of("SELECT coalesce(unnest(tags), '') FROM p", "not allowed in COALESCE"),
            List.of("SELECT jsonb_each(j) FROM p", "rows of jsonb_each in a select list"),
            List.of("SELECT * FROM p, unnest(p.s) x", "function unnest(text) does not exist"),
            List.of("SELECT * FROM p, unnest(tags, ns)", "several columns have the name unnest"),
            List.of("SELECT * FROM p, unnest(tags) AS t(a, b)", "has 1 columns available but 2 columns specified"),
            List.of("SELECT * FROM p, pg_ls_dir('.') x", "function pg_ls_dir is not maintained in FROM"),
            List.of("SELECT p FROM p", "the whole row of p as a value"),
            List.of("SELECT x FROM p, unnest(tags) AS y", "column \"x\" does not exist"),
            List.of("SELECT * FROM unnest(p.tags) t, p", ""));

    @Test
    void whatIsNotMaintainedIsRefused() {
        for (List<String> refused : REFUSED) {
            assertThat(FIXED.ours(refused.get(0)))
                    .as(refused.get(0))
                    .startsWith("refused: ")
                    .contains(refused.get(1));
        }
    }

    /** No exchange, no more columns than are needed, the condition on the table before the function, the key from the number. */
    @Test
    void aFunctionIsBesideTheRowsThatItReads() {
        assertThat(
                        FIXED.explained(
                                "SELECT p.id, t.n, t.tag FROM p, unnest(p.tags) WITH ORDINALITY t(tag, n) WHERE p.s = 'x' AND t.tag > 'a'"))
                .startsWith("View v by id, n, partitioned by id")
                .contains("""
                            Filter (unnest > 'a')
                              Rows unnest(tags) numbered AS unnest, ordinality beside id
                                Filter (s = 'x')
                                  Scan p (id, tags, s) by id""".stripIndent().indent(4).stripTrailing())
                .contains("0 exchanges");
    }

    @Test
    void aMembersNameAndTheValueOfASeriesTellTheirRowsApart() {
        assertThat(FIXED.explained("SELECT id, key FROM p, jsonb_each(j)")).startsWith("View v by id, key");
        assertThat(FIXED.explained("SELECT id, key FROM p, json_each(r)")).startsWith("View v (multiset)");
        assertThat(FIXED.explained("SELECT id, g FROM p, generate_series(1, 3) g"))
                .startsWith("View v by id, g");
        assertThat(FIXED.explained("SELECT id, t FROM p, unnest(tags) t")).startsWith("View v (multiset)");
        assertThat(FIXED.explained(
                        "SELECT id, n FROM p LEFT JOIN LATERAL unnest(tags) WITH ORDINALITY t(x, n) ON true"))
                .startsWith("View v by id, n");
    }
}
