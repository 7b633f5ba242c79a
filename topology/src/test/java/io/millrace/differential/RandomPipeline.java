package io.millrace.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A random schema and random views over it, as SQL. The grammar is what the engine supports; every part of it is chosen
 * often enough that a few hundred pipelines cover the combinations.
 */
final class RandomPipeline {
    private final Random random;
    private final List<String> tables = new ArrayList<>();
    private final StringBuilder tablesSql = new StringBuilder();
    private final List<String> views = new ArrayList<>();

    /** The columns of every table beside its key, with their types. */
    static final List<String> COLUMNS = List.of("a", "b", "s", "n", "f");

    RandomPipeline(Random random) {
        this.random = random;
        int count = 2 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            tables.add("t" + i);
            tablesSql.append(createTable("t" + i)).append('\n');
        }
        int viewCount = 1 + random.nextInt(2);
        for (int i = 0; i < viewCount; i++) {
            views.add(query());
        }
    }

    List<String> tables() {
        return tables;
    }

    String tablesSql() {
        return tablesSql.toString();
    }

    /** The views' queries; view i is named {@code v<i>}. */
    List<String> queries() {
        return views;
    }

    String viewsSql() {
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < views.size(); i++) {
            sql.append("CREATE VIEW v")
                    .append(i)
                    .append(" AS ")
                    .append(views.get(i))
                    .append(";\n");
        }
        return sql.toString();
    }

    private static String createTable(String name) {
        return "CREATE TABLE " + name
                + " (id integer PRIMARY KEY, a integer, b bigint NOT NULL, s text, n numeric(8,2), f boolean);";
    }

    private String query() {
        return switch (random.nextInt(8)) {
            case 0 -> selection();
            case 1, 2 -> join();
            case 3 -> aggregate(pick(tables) + " x", "x");
            case 4 -> aggregateOfJoin();
            case 5 -> joinOfAggregate();
            case 6 -> unionAll();
            default -> threeWay();
        };
    }

    private String selection() {
        String x = "x";
        return "SELECT x.id, " + expression(x) + " AS e0, " + expression(x) + " AS e1 FROM " + pick(tables) + " x"
                + where(x);
    }

    private String join() {
        return "SELECT x.id AS xid, y.id AS yid, x." + pick(COLUMNS) + " AS c0, y." + pick(COLUMNS) + " AS c1, "
                + pairExpression() + " AS c2 FROM " + pick(tables) + " x " + pick(List.of("JOIN", "LEFT JOIN", "JOIN"))
                + " " + pick(tables) + " y ON " + equality("x", "y") + residual() + where("x");
    }

    private String threeWay() {
        return "SELECT x.id AS xid, y.id AS yid, z.id AS zid, z.s AS zs, y.n AS yn FROM " + pick(tables) + " x "
                + pick(List.of("JOIN", "LEFT JOIN")) + " " + pick(tables) + " y ON " + equality("x", "y") + " "
                + pick(List.of("JOIN", "LEFT JOIN")) + " " + pick(tables) + " z ON "
                + equality(random.nextBoolean() ? "x" : "y", "z") + where("x");
    }

    private String aggregateOfJoin() {
        return aggregate(pick(tables) + " w JOIN " + pick(tables) + " x ON " + equality("w", "x"), "x");
    }

    private String aggregate(String from, String x) {
        String group = pick(List.of("a", "s", "b", "f", "id", "n"));
        StringBuilder sql = new StringBuilder("SELECT " + x + "." + group + " AS g");
        int calls = 1 + random.nextInt(4);
        for (int i = 0; i < calls; i++) {
            sql.append(", ").append(call(x)).append(" AS k").append(i);
        }
        sql.append(" FROM ")
                .append(from)
                .append(where(x))
                .append(" GROUP BY ")
                .append(x)
                .append('.')
                .append(group);
        if (random.nextInt(3) == 0) {
            sql.append(" HAVING count(*) ")
                    .append(pick(List.of(">", "<", "=")))
                    .append(' ')
                    .append(1 + random.nextInt(3));
        }
        return sql.toString();
    }

    private String call(String x) {
        return switch (random.nextInt(9)) {
            case 0 -> "count(*)";
            case 1 -> "count(" + x + ".a)";
            case 2 -> "sum(" + x + "." + pick(List.of("a", "b", "n")) + ")";
            case 3 -> "avg(" + x + "." + pick(List.of("a", "b", "n")) + ")";
            case 4 -> "min(" + x + "." + pick(List.of("a", "b", "n", "s")) + ")";
            case 5 -> "max(" + x + "." + pick(List.of("a", "b", "n", "s")) + ")";
            case 6 -> "count(DISTINCT " + x + "." + pick(List.of("a", "s")) + ")";
            case 7 -> "sum(" + x + ".a) FILTER (WHERE " + condition(x) + ")";
            default -> "sum(" + x + ".a + 1)";
        };
    }

    private String joinOfAggregate() {
        return "SELECT x.id, x.s, coalesce(c.k, 0) AS k, c.m FROM " + pick(tables) + " x "
                + pick(List.of("JOIN", "LEFT JOIN"))
                + " (SELECT y.a AS g, count(*) AS k, max(y.b) AS m FROM " + pick(tables) + " y" + where("y")
                + " GROUP BY y.a) c ON c.g = x." + pick(List.of("id", "a")) + where("x");
    }

    private String unionAll() {
        return "SELECT 1 AS branch, x.id, x.s FROM " + pick(tables) + " x" + where("x")
                + " UNION ALL SELECT 2, y.id, y.s FROM " + pick(tables) + " y" + where("y");
    }

    private String equality(String x, String y) {
        return switch (random.nextInt(6)) {
            case 0, 1 -> x + ".a = " + y + ".id";
            case 2 -> x + ".id = " + y + ".id";
            case 3 -> x + ".a = " + y + ".a";
            case 4 -> x + ".b = " + y + ".b";
            default -> x + ".s = " + y + ".s";
        };
    }

    private String residual() {
        return switch (random.nextInt(5)) {
            case 0 -> " AND x.b < y.b";
            case 1 -> " AND y.f";
            case 2 -> " AND x.a <> 1";
            default -> "";
        };
    }

    private String where(String x) {
        return random.nextInt(3) == 0 ? " WHERE " + condition(x) : "";
    }

    private String condition(String x) {
        return switch (random.nextInt(7)) {
            case 0 -> x + ".a > " + random.nextInt(4);
            case 1 -> x + ".f";
            case 2 -> x + ".s LIKE '%a%'";
            case 3 -> x + ".b BETWEEN 1 AND 3";
            case 4 -> x + ".n IS NOT NULL";
            case 5 -> x + ".a IN (0, 2, 5) OR " + x + ".s IS NULL";
            default -> "NOT " + x + ".f";
        };
    }

    private String expression(String x) {
        return switch (random.nextInt(8)) {
            case 0 -> x + ".a + 1";
            case 1 -> x + ".b * 2";
            case 2 -> "upper(" + x + ".s)";
            case 3 -> "coalesce(" + x + ".s, 'none')";
            case 4 -> "CASE WHEN " + condition(x) + " THEN " + x + ".a ELSE 0 END";
            case 5 -> x + ".n * 2";
            case 6 -> x + ".s || '!'";
            default -> x + "." + pick(COLUMNS);
        };
    }

    private String pairExpression() {
        return switch (random.nextInt(4)) {
            case 0 -> "x.a + y.a";
            case 1 -> "x.s || y.s";
            case 2 -> "coalesce(y.s, x.s)";
            default -> "y.b";
        };
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
