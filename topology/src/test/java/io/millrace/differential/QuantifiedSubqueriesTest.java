package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Comparisons with ANY and ALL of a subquery, with PostgreSQL's rules for NULL and for no rows; and combined grouping sets. */
final class QuantifiedSubqueriesTest {
    private static final String TABLES =
            "CREATE TABLE p (id integer PRIMARY KEY, g integer, a integer, b bigint, s text, d double precision, t date, c text);";

    private static final List<List<String>> ROWS = List.of(
            Arrays.asList("1", "1", "3", "3", "a", "1.5", "2024-01-01", "x"),
            Arrays.asList("2", "1", "5", "4", "b", "NaN", "2024-01-02", "x"),
            Arrays.asList("3", "1", null, "4", null, null, null, "y"),
            Arrays.asList("4", "2", "3", "3", "B", "-1", "2023-01-01", null),
            Arrays.asList("5", "2", "3", null, "ab", "0", "2024-01-01", "y"),
            Arrays.asList("6", "3", null, "2", null, null, null, "x"),
            Arrays.asList("7", null, "4", "5", "", "2", "2024-05-05", "y"));

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

    static List<String> comparisons() {
        List<String> all = new ArrayList<>();
        for (String operator : List.of("<", "<=", ">", ">=", "=", "<>")) {
            for (String quantifier : List.of("ANY", "ALL", "SOME")) {
                all.add(operator + " " + quantifier);
            }
        }
        return all;
    }

    private static final List<String> COMPARED = List.of(
            "a OP (SELECT a FROM p)",
            "a OP (SELECT a FROM p WHERE a IS NOT NULL)",
            "a OP (SELECT a FROM p WHERE id > 100)",
            "a OP (SELECT a FROM p WHERE id = 3)",
            "a OP (SELECT b FROM p WHERE b IS NOT NULL)",
            "b OP (SELECT a FROM p WHERE id = 1)",
            "b OP (SELECT a FROM p WHERE g = 2)",
            "s OP (SELECT s FROM p WHERE s IS NOT NULL AND id > 1)",
            "d OP (SELECT d FROM p WHERE g = 1)",
            "t OP (SELECT t FROM p WHERE g = 2)",
            "4 OP (SELECT q.a FROM p q)",
            "a OP (SELECT q.a FROM p q WHERE q.g = p.g)",
            "a OP (SELECT q.a FROM p q WHERE q.g = p.g AND q.a IS NOT NULL)",
            "a OP (SELECT q.b FROM p q WHERE q.g = p.id)",
            "a + 1 OP (SELECT max(q.a) FROM p q GROUP BY q.g)");

    @ParameterizedTest
    @MethodSource("comparisons")
    void aComparisonHoldsAsInPostgres(String operator) throws Exception {
        List<String> differing = new ArrayList<>();
        for (String compared : COMPARED) {
            String condition = compared.replace("OP", operator);
            for (String sql : List.of(
                    "SELECT id FROM p WHERE " + condition,
                    "SELECT id FROM p WHERE NOT " + condition,
                    "SELECT id, " + condition + " AS x FROM p")) {
                Optional<List<String>> expected = oracle.rows(sql);
                String ours = FIXED.ours(sql);
                if (!ours.equals(expected.orElseThrow().toString())) {
                    differing.add(sql + "\n  PostgreSQL " + expected.get() + "\n  Millrace   " + ours);
                }
            }
        }
        assertThat(differing).isEmpty();
    }

    static List<String> groupings() {
        return List.of(
                "g, ROLLUP (a, c)",
                "g, CUBE (a, c)",
                "ROLLUP (g), CUBE (a)",
                "ROLLUP (g, a), ROLLUP (c)",
                "GROUPING SETS ((g), (a)), GROUPING SETS ((c), ())",
                "GROUPING SETS ((g), (a), (g))",
                "GROUPING SETS (ROLLUP (g, a), CUBE (c))",
                "GROUPING SETS ((g, a), ROLLUP (c), ())",
                "ROLLUP ((g, a), c)",
                "CUBE ((g, a), c)",
                "g, a, ROLLUP (c)",
                "g, GROUPING SETS ((g), (a), ())",
                "ROLLUP (g), ROLLUP (g)",
                "GROUPING SETS ((), ())",
                "()",
                "g, ()",
                "ROLLUP (g % 2, a + 1)",
                "g % 2, CUBE (a + 1)");
    }

    @ParameterizedTest
    @MethodSource("groupings")
    void groupingSetsAreMultiplied(String grouping) throws Exception {
        List<String> columns = new ArrayList<>();
        for (String column : List.of("g % 2", "a + 1", "g", "a", "c")) {
            boolean plain = column.length() == 1 && !grouping.contains("%");
            if (grouping.contains(column) && (plain || column.length() > 1)) {
                columns.add(column);
            }
        }
        StringBuilder selected = new StringBuilder();
        columns.forEach(column -> selected.append(column)
                .append(" AS k")
                .append(selected.length())
                .append(", "));
        List<String> queries = new ArrayList<>(List.of(
                "SELECT " + selected + "count(*) AS n, sum(b) AS x FROM p GROUP BY " + grouping,
                "SELECT " + selected + "count(*) AS n FROM p WHERE id > 100 GROUP BY " + grouping));
        if (!columns.isEmpty()) {
            queries.add("SELECT " + selected + "grouping(" + String.join(", ", columns)
                    + ") AS s, array_agg(id ORDER BY id DESC) AS ids FROM p GROUP BY " + grouping
                    + " HAVING count(*) > 1");
        }
        for (String sql : queries) {
            assertThat(FIXED.ours(sql)).as(sql).isEqualTo(oracle.read(sql).toString());
        }
    }

    @Test
    void aNumberInACombinedGroupingIsTheSelectItem() throws Exception {
        String sql = "SELECT g, a, count(*) AS n FROM p GROUP BY 1, ROLLUP (2), ROLLUP (g)";
        assertThat(FIXED.ours(sql)).isEqualTo(oracle.read(sql).toString());
    }

    @Test
    void anOrderThatIsNotMaintainedIsRefused() {
        assertThat(FIXED.ours("SELECT id FROM p WHERE to_jsonb(a) < ANY (SELECT to_jsonb(b) FROM p)"))
                .startsWith("refused: ");
    }
}
