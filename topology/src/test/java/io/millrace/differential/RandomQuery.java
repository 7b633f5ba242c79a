package io.millrace.differential;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.plan.Field;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A random query over tables and earlier views. The grammar is what docs/sql.md says is maintained; every part of it is
 * chosen often enough that a few hundred queries cover the combinations.
 */
final class RandomQuery {
    private static final Set<Kind> INTEGERS = EnumSet.of(Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT);
    private static final Set<Kind> TEXTS = EnumSet.of(Kind.TEXT, Kind.VARCHAR);
    private static final Set<Kind> SUMMED = EnumSet.of(Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT, Kind.NUMERIC);
    private static final Set<Kind> ORDERED =
            EnumSet.complementOf(EnumSet.of(Kind.BOOLEAN, Kind.UUID, Kind.JSON, Kind.JSONB));
    private static final List<Set<Kind>> COMPARABLE = List.of(
            INTEGERS,
            INTEGERS,
            TEXTS,
            TEXTS,
            SUMMED,
            EnumSet.of(Kind.BOOLEAN),
            EnumSet.of(Kind.DATE),
            EnumSet.of(Kind.TIMESTAMP),
            EnumSet.of(Kind.TIMESTAMPTZ),
            EnumSet.of(Kind.DOUBLE),
            EnumSet.of(Kind.UUID),
            EnumSet.of(Kind.JSONB),
            EnumSet.of(Kind.ARRAY));

    private final Random random;
    private final List<Source> tables;
    private final List<Source> sources;

    /** A table or an earlier view: its columns, and which of them are its key. */
    record Source(String name, List<Field> columns, List<Integer> key) {}

    /** A source in a query, under an alias. */
    private record Range(String alias, Source source) {
        String from() {
            return source.name + " " + alias;
        }

        List<String> columns(Set<Kind> kinds) {
            return source.columns.stream()
                    .filter(column -> kinds.contains(column.type().kind()))
                    .map(column -> alias + "." + column.name())
                    .toList();
        }

        List<String> columns() {
            return columns(EnumSet.allOf(Kind.class));
        }

        List<String> key() {
            return source.key.stream()
                    .map(position -> alias + "." + source.columns.get(position).name())
                    .toList();
        }

        SqlType typeOf(String column) {
            return source.columns.stream()
                    .filter(each -> column.equals(alias + "." + each.name()))
                    .findFirst()
                    .orElseThrow()
                    .type();
        }
    }

    RandomQuery(Random random, List<Source> tables, List<Source> views) {
        this.random = random;
        this.tables = tables;
        this.sources = new ArrayList<>(tables);
        this.sources.addAll(views);
    }

    /** The query's text. */
    String sql() {
        return switch (random.nextInt(30)) {
            case 0 -> selection();
            case 1, 2 -> join();
            case 3, 4 -> aggregate();
            case 5 -> aggregateOfJoin();
            case 6 -> joinOfAggregate();
            case 7 -> union();
            case 8 -> distinct();
            case 9 -> overAll();
            case 10 -> joinOfOverAll();
            case 11 -> constants();
            case 12, 13 -> subquery();
            case 14 -> scalarSubquery();
            case 15, 16 -> setOperation();
            case 17, 18 -> top();
            case 19, 20, 28 -> window();
            case 21 -> distinctOn();
            case 22 -> nested();
            case 23, 24 -> lateral();
            case 25, 26 -> rowsOfFunction();
            case 27 -> subqueryOfFunction();
            default -> threeWay();
        };
    }

    private String selection() {
        Range x = range("x", sources);
        List<String> output = new ArrayList<>(oneIn(6) ? List.of() : x.key());
        output.add(expression(x));
        output.add(expression(x));
        return select(output) + " FROM " + x.from() + where(x);
    }

    private String distinct() {
        Range x = range("x", sources);
        return select(List.of(any(x), expression(x))).replaceFirst("SELECT", "SELECT DISTINCT") + " FROM " + x.from()
                + where(x);
    }

    /** A function in FROM, or in the select list, beside a table; joined and grouped at times. */
    private String rowsOfFunction() {
        Range x = range("x", sources);
        List<String> output = new ArrayList<>(oneIn(6) ? List.of() : x.key());
        String function = function(x);
        if (oneIn(5)) {
            output.add(function);
            return select(output) + " FROM " + x.from() + where(x);
        }
        boolean numbered = random.nextBoolean();
        String call = function + (numbered ? " WITH ORDINALITY AS f(v, n)" : " AS f(v)");
        String beside = pick(List.of(", ", " CROSS JOIN LATERAL ", " LEFT JOIN LATERAL "));
        String from = x.from() + beside + call;
        from = from.contains("LEFT JOIN") ? from + " ON true" : from;
        if (oneIn(4)) {
            List<String> group = new ArrayList<>(List.of("f.v"));
            group.addAll(oneIn(2) ? List.of(any(x)) : List.of());
            output = new ArrayList<>(group);
            output.addAll(List.of("count(*)", numbered ? "max(f.n)" : "count(f.v)"));
            return select(output) + " FROM " + from + where(x) + " GROUP BY " + String.join(", ", group);
        }
        if (oneIn(4) && !x.columns(INTEGERS).isEmpty() && !beside.equals(", ")) {
            Range y = range("y", tables);
            String side = numbered ? "f.n" : pick(x.columns(INTEGERS));
            List<String> others = y.columns(INTEGERS);
            if (!others.isEmpty()) {
                from += " " + pick(List.of("JOIN ", "LEFT JOIN ")) + y.from() + " ON " + side + " = " + pick(others);
                output.add(any(y));
            }
        }
        output.add("f.v");
        if (numbered) {
            output.add("f.n");
        }
        return select(output) + " FROM " + from
                + (oneIn(3) ? " WHERE " + pick(List.of("f.v IS NOT NULL", condition(x))) : where(x));
    }

    /** A subquery over the rows of a function of the row around it. */
    private String subqueryOfFunction() {
        Range x = range("x", tables);
        List<String> output = new ArrayList<>(x.key());
        String function = function(x);
        output.add(any(x));
        String conditions = pick(List.of("", " WHERE f.v IS NOT NULL", " WHERE f.n > 1", " WHERE " + condition(x)));
        String rows = " FROM " + function + " WITH ORDINALITY AS f(v, n)" + conditions;
        if (random.nextBoolean()) {
            return select(output) + " FROM " + x.from() + " WHERE " + pick(List.of("EXISTS", "NOT EXISTS"))
                    + " (SELECT 1" + rows + ")";
        }
        output.add("(SELECT " + pick(List.of("count(*)", "max(f.n)", "sum(f.n)", "count(f.v)")) + rows + ")");
        return select(output) + " FROM " + x.from() + where(x);
    }

    /** Values of one type in any number for a row. */
    private String function(Range x) {
        List<String> arrays = x.columns(EnumSet.of(Kind.ARRAY));
        if (!arrays.isEmpty() && random.nextBoolean()) {
            return "unnest(" + pick(arrays) + ")";
        }
        List<String> json = x.columns(EnumSet.of(Kind.JSONB));
        if (!json.isEmpty() && random.nextBoolean()) {
            String column = pick(json);
            return pick(List.of(
                    "jsonb_array_elements(CASE WHEN jsonb_typeof(" + column + ") = 'array' THEN " + column + " END)",
                    "jsonb_object_keys(CASE WHEN jsonb_typeof(" + column + ") = 'object' THEN " + column + " END)"));
        }
        List<String> numbers = x.columns(EnumSet.of(Kind.SMALLINT, Kind.INTEGER));
        List<String> texts = x.columns(TEXTS);
        if (!texts.isEmpty() && (numbers.isEmpty() || random.nextBoolean())) {
            return "string_to_table(" + pick(texts) + ", " + pick(List.of("NULL", "' '", "'a'")) + ")";
        }
        if (numbers.isEmpty()) {
            return "generate_series(1, 2)";
        }
        String number = pick(numbers);
        return pick(List.of(
                "generate_series(1, " + number + ")",
                "generate_series(" + number + ", 0, -2)",
                "unnest(ARRAY[" + number + ", 1, " + pick(numbers) + "])"));
    }

    /** IN, EXISTS, = ANY and their negations. */
    private String subquery() {
        Range x = range("x", tables);
        Range y = range("y", tables);
        List<String> output = new ArrayList<>(oneIn(6) ? List.of() : x.key());
        output.add(any(x));
        String[] sides = equality(x, y).split(" = ");
        String of = "(SELECT " + sides[1] + " FROM " + y.from() + where(y) + ")";
        String correlated = "(SELECT 1 FROM " + y.from() + " WHERE " + correlation(x, y) + ")";
        String test =
                switch (random.nextInt(9)) {
                    case 6, 7 -> quantified(x, y);
                    case 8 -> "NOT " + quantified(x, y);
                    case 0 -> sides[0] + " IN " + of;
                    case 1 -> sides[0] + " NOT IN " + of;
                    case 2 -> sides[0] + " = ANY " + of;
                    case 3 -> "NOT EXISTS " + correlated;
                    case 4 -> "NOT " + sides[0] + " IN " + of;
                    default -> "EXISTS " + correlated;
                };
        return select(output) + " FROM " + x.from() + " WHERE " + test
                + (oneIn(4) ? pick(List.of(" AND ", " OR ")) + condition(x) : "");
    }

    /** A comparison with all rows of a subquery, or with any; of numbers or texts, whose order is known. */
    private String quantified(Range x, Range y) {
        Set<Kind> kinds = pick(List.of(INTEGERS, TEXTS));
        List<String> own = x.columns(kinds);
        List<String> others = y.columns(kinds);
        if (own.isEmpty() || others.isEmpty()) {
            return "EXISTS (SELECT 1 FROM " + y.from() + ")";
        }
        String comparison = pick(List.of("< ANY", "<= ANY", "> ALL", ">= ALL", "< ALL", ">= ANY", "<> ANY", "= ALL"));
        String where = random.nextBoolean() ? where(y) : " WHERE " + correlation(x, y);
        return pick(own) + " " + comparison + " (SELECT " + pick(others) + " FROM " + y.from() + where + ")";
    }

    /** By what a subquery depends on its query. */
    private String correlation(Range x, Range y) {
        List<String> left = x.columns(INTEGERS);
        List<String> right = y.columns(INTEGERS);
        return oneIn(6) && !left.isEmpty() && !right.isEmpty()
                ? pick(left)
                        + pick(List.of(" < ", " >= ", " <> ", " IS DISTINCT FROM ", " IS NOT DISTINCT FROM "))
                        + pick(right)
                : equality(x, y) + residual(x, y);
    }

    /** A subquery within a subquery, which reads rows of the queries around it. */
    private String nested() {
        Range x = range("x", tables);
        Range y = range("y", tables);
        Range z = range("z", tables);
        List<String> output = new ArrayList<>(oneIn(6) ? List.of() : x.key());
        output.add(any(x));
        String innermost = "FROM " + z.from() + " WHERE "
                + (random.nextBoolean() ? correlation(x, z) : correlation(y, z))
                + (oneIn(3) ? " AND " + correlation(random.nextBoolean() ? x : y, z) : "");
        List<String> numbers = y.columns(INTEGERS);
        String inner = numbers.isEmpty() || random.nextBoolean()
                ? pick(List.of("EXISTS", "NOT EXISTS")) + " (SELECT 1 " + innermost + ")"
                : pick(numbers)
                        + pick(List.of(
                                " < (SELECT count(*) " + innermost + ")",
                                " >= (SELECT max(" + pick(z.columns(INTEGERS)) + ") " + innermost + ")",
                                " IN (SELECT " + pick(z.columns(INTEGERS)) + " " + innermost + ")",
                                " NOT IN (SELECT " + pick(z.columns(INTEGERS)) + " " + innermost + ")"));
        String middle = "FROM " + y.from() + " WHERE "
                + (oneIn(4) ? "" : correlation(x, y) + pick(List.of(" AND ", " OR "))) + inner;
        if (oneIn(3)) {
            output.add("(SELECT count(*) " + middle + ")");
            return select(output) + " FROM " + x.from() + where(x);
        }
        return select(output) + " FROM " + x.from() + " WHERE " + pick(List.of("EXISTS", "NOT EXISTS")) + " (SELECT 1 "
                + middle + ")";
    }

    private String lateral() {
        Range x = range("x", tables);
        Range y = range("y", keyedTables());
        String from = " FROM " + y.from() + " WHERE " + correlation(x, y);
        String number = pick(y.columns(INTEGERS));
        String subquery =
                switch (random.nextInt(7)) {
                    case 0, 1 ->
                        select(List.of(any(y), number)) + from + " ORDER BY " + String.join(", ", order(y)) + " LIMIT "
                                + (1 + random.nextInt(2)) + (oneIn(4) ? " OFFSET 1" : "");
                    case 2 -> select(List.of("count(*)", "max(" + pick(y.columns(ORDERED)) + ")")) + from;
                    case 3 -> select(List.of(number, "count(*)")) + from + " GROUP BY " + number;
                    case 4 ->
                        select(List.of(number, "row_number() OVER (ORDER BY " + String.join(", ", order(y)) + ")"))
                                + from;
                    case 5 -> {
                        Range z = range("z", tables);
                        yield select(List.of(number, "1")) + from + setOperator()
                                + select(List.of(pick(z.columns(INTEGERS)), pick(x.columns(INTEGERS)))) + " FROM "
                                + z.from() + " WHERE " + correlation(x, z);
                    }
                    default -> select(List.of("coalesce(" + number + ", 0) + 1", any(x))) + from;
                };
        List<String> output = new ArrayList<>(oneIn(6) ? List.of() : x.key());
        output.addAll(List.of("l.c0", "l.c1"));
        String on = oneIn(4) ? pick(x.columns(INTEGERS)) + " < 3" : "true";
        return select(output) + " FROM " + x.from()
                + pick(List.of(
                        " CROSS JOIN LATERAL (" + subquery + ") l",
                        " JOIN LATERAL (" + subquery + ") l ON " + on,
                        " LEFT JOIN LATERAL (" + subquery + ") l ON " + on))
                + where(x);
    }

    private String scalarSubquery() {
        Range x = range("x", tables);
        Range y = range("y", tables);
        List<String> output = new ArrayList<>(oneIn(6) ? List.of() : x.key());
        String number = pick(y.columns(INTEGERS));
        String call = pick(List.of("count(*)", "sum(" + number + ")", "max(" + number + ")", "avg(" + number + ")"));
        String of = "(SELECT " + call + " FROM " + y.from()
                + (random.nextBoolean() ? where(y) : " WHERE " + correlation(x, y)) + ")";
        List<String> own = x.columns(INTEGERS);
        if (own.isEmpty() || random.nextBoolean()) {
            output.add(of);
            return select(output) + " FROM " + x.from() + where(x);
        }
        output.add(any(x));
        return select(output) + " FROM " + x.from() + " WHERE " + pick(own) + pick(List.of(" < ", " = ", " >= ")) + of;
    }

    /** The key's columns end the order, as PostgreSQL chooses freely among rows that it does not tell apart. */
    private String top() {
        Range x = range("x", keyedTables());
        List<String> output = new ArrayList<>(oneIn(6) ? List.of() : x.key());
        output.add(any(x));
        List<String> directed = order(x);
        if (random.nextBoolean()) {
            return firstOfEach(x, output, directed);
        }
        String offset = oneIn(4) ? " OFFSET " + random.nextInt(3) : "";
        String query = select(output) + " FROM " + x.from() + where(x) + " ORDER BY " + String.join(", ", directed)
                + (offset.isEmpty() || !oneIn(4) ? " LIMIT " + random.nextInt(5) : "") + offset;
        if (!oneIn(4)) {
            return query;
        }
        Range y = range("y", tables);
        return "SELECT t.*, y." + pick(y.source.columns).name() + " AS d FROM (" + query + ") t CROSS JOIN " + y.from();
    }

    private String distinctOn() {
        Range x = range("x", keyedTables());
        List<String> keys = new ArrayList<>(List.of(groupExpression(x)));
        if (oneIn(3)) {
            keys.add(any(x));
        }
        List<String> output = new ArrayList<>(x.key());
        output.add(any(x));
        List<String> order = new ArrayList<>(keys.stream().map(this::directed).toList());
        order.addAll(order(x));
        String query = select(output).replaceFirst("SELECT", "SELECT DISTINCT ON (" + String.join(", ", keys) + ")")
                + " FROM " + x.from() + where(x) + " ORDER BY " + String.join(", ", order);
        return oneIn(3) ? query + " LIMIT 3" : query;
    }

    private List<String> order(Range x) {
        List<String> order = new ArrayList<>();
        List<String> ordered = x.columns(ORDERED);
        if (!ordered.isEmpty() && !oneIn(6)) {
            order.add(pick(ordered));
        }
        order.addAll(x.key());
        return order.stream().map(this::directed).toList();
    }

    private String directed(String column) {
        return column + pick(List.of("", "", " DESC", " DESC", " ASC NULLS FIRST", " DESC NULLS LAST", " NULLS LAST"));
    }

    /** Functions that tell peers apart go by an order that ends with the key. */
    private String window() {
        Range x = range("x", keyedTables());
        String partition = oneIn(4) ? "" : "PARTITION BY " + groupExpression(x) + " ";
        String order = "ORDER BY " + String.join(", ", order(x));
        String withPeers = "ORDER BY " + directed(pick(x.columns(ORDERED)));
        List<String> output = new ArrayList<>(oneIn(6) ? List.of() : x.key());
        output.add(any(x));
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            boolean peers = random.nextBoolean();
            String function = peers ? windowOfPeers(x) : windowOfRows(x);
            boolean ranks = function.startsWith("rank") || function.startsWith("dense");
            boolean framed = function.contains("_value") || function.contains("sum") || function.contains("_agg");
            if (ranks) {
                output.add(function + " OVER (" + partition + withPeers + ")");
            } else if (!peers) {
                output.add(function + " OVER (" + partition + order + (framed ? frame() : "") + ")");
            } else if (oneIn(3)) {
                output.add(function + " OVER (" + partition + (oneIn(3) ? frameOfAll() : "") + ")");
            } else {
                String compared = pick(x.columns(ORDERED));
                String by = "ORDER BY " + directed(compared);
                output.add(function + " OVER (" + partition + by + frameOfPeers(x.typeOf(compared)) + ")");
            }
        }
        String query = select(output) + " FROM " + x.from() + where(x);
        return oneIn(4) ? "SELECT * FROM (" + rankedUpTo(x) + ") t WHERE t.r <= 2" : query;
    }

    private String rankedUpTo(Range x) {
        String function = pick(List.of("row_number()", "rank()", "dense_rank()"));
        String order = function.startsWith("row") ? String.join(", ", order(x)) : directed(pick(x.columns(ORDERED)));
        return select(x.key()) + ", " + function + " OVER (PARTITION BY " + any(x) + " ORDER BY " + order
                + ") AS r FROM " + x.from() + where(x);
    }

    private String windowOfPeers(Range x) {
        List<String> numbers = x.columns(SUMMED);
        List<String> whole = x.columns(INTEGERS);
        return switch (random.nextInt(8)) {
            case 6 -> whole.isEmpty() ? "count(*)" : pick(List.of("bit_or", "bit_xor")) + "(" + pick(whole) + ")";
            case 7 -> numbers.isEmpty() ? "count(*)" : pick(List.of("stddev", "var_pop")) + "(" + pick(numbers) + ")";
            case 0 -> "count(*)";
            case 1 -> numbers.isEmpty() ? "count(*)" : "sum(" + pick(numbers) + ")";
            case 2 -> numbers.isEmpty() ? "count(" + any(x) + ")" : "avg(" + pick(numbers) + ")";
            case 3 -> whole.isEmpty() ? "count(*)" : pick(List.of("min", "max")) + "(" + pick(whole) + ")";
            case 4 -> "count(*) FILTER (WHERE " + condition(x) + ")";
            default -> pick(List.of("rank()", "dense_rank()", "bool_or(" + condition(x) + ")"));
        };
    }

    private String windowOfRows(Range x) {
        String value = any(x);
        List<String> numbers = x.columns(SUMMED);
        List<String> whole = x.columns(EnumSet.of(Kind.INTEGER));
        return switch (random.nextInt(11)) {
            // Of integers, as all arrays here.
            case 8 ->
                whole.isEmpty()
                        ? "count(*)"
                        : "array_agg(" + pick(whole) + ")" + (oneIn(2) ? " FILTER (WHERE " + condition(x) + ")" : "");
            case 9 -> "string_agg(" + value + "::text, '+')";
            case 10 -> "jsonb_agg(" + value + ")";
            case 0 -> "row_number()";
            case 1 -> "lag(" + value + ")";
            case 2 -> "lead(" + value + ", 2)";
            case 3 -> "first_value(" + value + ")";
            case 4 -> "last_value(" + value + ")";
            case 5 -> "nth_value(" + value + ", 2)";
            case 6 -> pick(List.of("ntile(3)", "percent_rank()", "cume_dist()"));
            default -> numbers.isEmpty() ? "row_number()" : "sum(" + pick(numbers) + ")";
        };
    }

    private String frame() {
        String frame = pick(List.of(
                " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
                " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING",
                " ROWS 2 PRECEDING",
                " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                " GROUPS BETWEEN 2 FOLLOWING AND 3 FOLLOWING",
                " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"));
        return oneIn(6) ? "" : frame + exclusion();
    }

    private String frameOfPeers(SqlType compared) {
        String offset = offset(compared);
        List<String> frames = new ArrayList<>(List.of(
                " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
                " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
                " RANGE BETWEEN CURRENT ROW AND CURRENT ROW",
                " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                " GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING",
                " GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING"));
        if (offset != null) {
            frames.addAll(List.of(
                    " RANGE BETWEEN " + offset + " PRECEDING AND " + offset + " FOLLOWING",
                    " RANGE BETWEEN " + offset + " FOLLOWING AND UNBOUNDED FOLLOWING",
                    " RANGE BETWEEN UNBOUNDED PRECEDING AND " + offset + " PRECEDING",
                    " RANGE " + offset + " PRECEDING"));
        }
        return oneIn(4) ? "" : pick(frames) + exclusion();
    }

    /** A distance of values that PostgreSQL takes; null where it takes none. */
    private String offset(SqlType compared) {
        return switch (compared.kind()) {
            case SMALLINT, INTEGER, BIGINT -> pick(List.of("0", "1", "2"));
            case NUMERIC, DOUBLE -> pick(List.of("0", "1", "0.5", "'1.25'"));
            case DATE, TIMESTAMP, TIMESTAMPTZ -> pick(List.of("'1 day'", "interval '1 month'", "'36 hours'::interval"));
            default -> null;
        };
    }

    private String frameOfAll() {
        return pick(List.of(
                " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW",
                " RANGE UNBOUNDED PRECEDING EXCLUDE TIES",
                " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW"));
    }

    private String exclusion() {
        return pick(List.of("", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES", " EXCLUDE NO OTHERS"));
    }

    private String firstOfEach(Range x, List<String> output, List<String> order) {
        String number = "row_number() OVER (PARTITION BY " + any(x) + (oneIn(3) ? ", " + any(x) : "") + " ORDER BY "
                + String.join(", ", order) + ") AS rn";
        Range numbered = new Range("t", x.source);
        List<String> ofNumbered =
                output.stream().map(column -> column.replaceFirst("x\\.", "t.")).toList();
        return select(ofNumbered) + " FROM (SELECT x.*, " + number + " FROM " + x.from() + where(x) + ") t WHERE "
                + pick(List.of("rn <= 2", "rn = 1", "rn < 3")) + (oneIn(4) ? " AND " + condition(numbered) : "");
    }

    private String setOperation() {
        Range x = range("x", tables);
        Range y = range("y", tables);
        if (oneIn(4)) {
            // Rows of one table keep its key.
            Range other = new Range("y", x.source);
            return "SELECT x.* FROM " + x.from() + where(x) + setOperator() + "SELECT y.* FROM " + other.from()
                    + where(other);
        }
        boolean branch = oneIn(4);
        String query = branch(x, branch, 1) + setOperator() + branch(y, branch, 1);
        if (!oneIn(3)) {
            return query;
        }
        Range z = range("z", tables);
        return switch (random.nextInt(3)) {
            case 0 -> query + setOperator() + branch(z, branch, 1);
            case 1 -> branch(z, branch, 1) + setOperator() + "(" + query + ")";
            default -> "SELECT c0, count(*) AS n FROM (" + query + ") o GROUP BY c0";
        };
    }

    private String setOperator() {
        return pick(List.of(
                " INTERSECT ",
                " EXCEPT ",
                " INTERSECT ALL ",
                " INTERSECT ALL ",
                " EXCEPT ALL ",
                " EXCEPT ALL ",
                " UNION ",
                " UNION ALL "));
    }

    private String join() {
        Range x = range("x", sources);
        Range y = range("y", tables);
        String kind = pick(List.of("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"));
        List<String> output = new ArrayList<>();
        if (!oneIn(6)) {
            output.addAll(x.key());
            output.addAll(y.key());
        }
        output.add(any(x));
        output.add(any(y));
        output.add(pairExpression(x, y));
        return select(output) + " FROM " + x.from() + " " + kind + " " + y.from() + " ON " + equality(x, y)
                + (kind.startsWith("FULL") ? "" : residual(x, y)) + where(x);
    }

    private String threeWay() {
        Range x = range("x", tables);
        Range y = range("y", tables);
        Range z = range("z", tables);
        List<String> output = new ArrayList<>(x.key());
        output.addAll(y.key());
        output.addAll(z.key());
        output.add(any(z));
        output.add(any(y));
        return select(output) + " FROM " + x.from() + " " + pick(List.of("JOIN", "LEFT JOIN", "RIGHT JOIN")) + " "
                + y.from() + " ON " + equality(x, y) + " " + pick(List.of("JOIN", "LEFT JOIN", "FULL JOIN")) + " "
                + z.from() + " ON " + equality(random.nextBoolean() ? x : y, z) + where(x);
    }

    private String aggregate() {
        Range x = range("x", sources);
        return grouped(x, x.from() + where(x));
    }

    private String aggregateOfJoin() {
        Range w = range("w", tables);
        Range x = range("x", tables);
        return grouped(
                x,
                w.from() + " " + pick(List.of("JOIN", "LEFT JOIN", "FULL JOIN")) + " " + x.from() + " ON "
                        + equality(w, x) + where(x));
    }

    private String grouped(Range x, String from) {
        List<String> group = new ArrayList<>();
        group.add(groupExpression(x));
        if (oneIn(3)) {
            group.add(any(x));
        }
        // Of expressions some sets that are combined are refused.
        boolean sets = oneIn(6)
                && group.stream().allMatch(each -> each.matches("\\w+\\.\\w+"))
                && group.size() == group.stream().distinct().count();
        List<String> output = new ArrayList<>(group);
        // Rows that differ in an average's digits alone are shown as copies of one, see docs/sql.md.
        calls(x).forEach(call -> output.add(sets ? call.replaceFirst("avg\\(\\w+\\.\\w+\\)", "count(*)") : call));
        StringBuilder sql = new StringBuilder(select(output))
                .append(" FROM ")
                .append(from)
                .append(" GROUP BY ")
                .append(sets ? groupingSets(group) : String.join(", ", group));
        if (oneIn(3)) {
            sql.append(" HAVING count(*) ")
                    .append(pick(List.of(">", "<", "=", "<>")))
                    .append(' ')
                    .append(1 + random.nextInt(3));
        }
        return sql.toString();
    }

    private String groupingSets(List<String> group) {
        String all = String.join(", ", group);
        if (oneIn(3)) {
            String first = group.get(0);
            return pick(List.of(
                    first + ", ROLLUP (" + all + ")",
                    "ROLLUP (" + first + "), CUBE (" + all + ")",
                    "GROUPING SETS (ROLLUP (" + all + "), (" + first + "), ())"));
        }
        return pick(List.of("ROLLUP (" + all + ")", "CUBE (" + all + ")", "GROUPING SETS ((" + all + "), ())"));
    }

    /** One row, also over no rows. */
    private String overAll() {
        Range x = range("x", sources);
        String having = oneIn(3) ? " HAVING count(*) " + pick(List.of(">", "<", "=")) + " 3" : "";
        return select(calls(x)) + " FROM " + x.from() + where(x) + having;
    }

    private String joinOfOverAll() {
        Range x = range("x", tables);
        Range y = range("y", tables);
        boolean on = random.nextBoolean();
        List<String> output = new ArrayList<>(x.key());
        output.addAll(List.of("o.k", "o.m"));
        return select(output) + " FROM " + x.from() + " "
                + (on ? pick(List.of("JOIN", "LEFT JOIN", "FULL JOIN")) : "CROSS JOIN") + " (SELECT count(*) AS k, max("
                + pick(y.columns(ORDERED)) + ") AS m FROM " + y.from() + where(y) + ") o"
                + (on ? " ON o.k = " + pick(x.columns(INTEGERS)) : "") + where(x);
    }

    private String constants() {
        Range x = range("x", tables);
        List<String> output = List.of("1", "'a'", "1.50");
        return switch (random.nextInt(3)) {
            case 0 -> select(output);
            case 1 -> select(output) + " UNION ALL " + select(List.of("2", "upper('b')", "NULL"));
            default ->
                select(output) + " UNION SELECT " + pick(x.columns(INTEGERS)) + ", " + pick(x.columns(TEXTS))
                        + ", 2 FROM " + x.from() + where(x);
        };
    }

    private String joinOfAggregate() {
        Range x = range("x", tables);
        Range y = range("y", tables);
        String group = pick(y.columns(INTEGERS));
        String counts = "SELECT " + group + " AS g, count(*) AS k, max(" + pick(y.columns(ORDERED)) + ") AS m FROM "
                + y.from() + where(y) + " GROUP BY " + group;
        List<String> output = new ArrayList<>(x.key());
        output.addAll(List.of(any(x), "coalesce(c.k, 0)", "c.m"));
        String body = select(output) + " FROM " + x.from() + " " + pick(List.of("JOIN", "LEFT JOIN")) + " ";
        String rest = " c ON c.g = " + pick(x.columns(INTEGERS)) + where(x);
        return random.nextBoolean()
                ? "WITH grouped AS (" + counts + ") " + body + "grouped" + rest
                : body + "(" + counts + ")" + rest;
    }

    private String union() {
        Range x = range("x", tables);
        Range y = range("y", tables);
        String kind = pick(List.of("UNION ALL", "UNION"));
        boolean branch = random.nextBoolean();
        return branch(x, branch, 1) + " " + kind + " " + branch(y, branch, 2);
    }

    private String branch(Range x, boolean numbered, int number) {
        List<String> output = new ArrayList<>();
        if (numbered) {
            output.add(Integer.toString(number));
        }
        output.add(number == 2 && oneIn(4) ? "'7'" : pick(x.columns(INTEGERS)));
        output.add(pick(x.columns(TEXTS)));
        return select(output) + " FROM " + x.from() + where(x);
    }

    private static String select(List<String> expressions) {
        StringBuilder sql = new StringBuilder("SELECT ");
        for (int i = 0; i < expressions.size(); i++) {
            sql.append(i == 0 ? "" : ", ")
                    .append(expressions.get(i))
                    .append(" AS c")
                    .append(i);
        }
        return sql.toString();
    }

    private List<String> calls(Range x) {
        List<String> calls = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            calls.add(call(x));
        }
        return calls;
    }

    private String call(Range x) {
        List<String> numbers = x.columns(SUMMED);
        List<String> ordered = x.columns(ORDERED);
        List<String> doubles = x.columns(EnumSet.of(Kind.DOUBLE));
        String filter = oneIn(5) ? " FILTER (WHERE " + condition(x) + ")" : "";
        String call =
                switch (random.nextInt(13)) {
                    case 10 -> numbers.isEmpty() ? "count(*)" : spread(pick(numbers));
                    case 11, 12 -> sequence(x);
                    case 9 -> pick(List.of("bool_and", "bool_or")) + "(" + condition(x) + ")";
                    case 0 -> "count(*)";
                    case 1 -> "count(" + (x.key().isEmpty() || !oneIn(4) ? any(x) : x.alias) + ")";
                    case 2 -> numbers.isEmpty() ? "count(*)" : "sum(" + pick(numbers) + ")";
                    case 3 -> numbers.isEmpty() ? "count(*)" : "avg(" + pick(numbers) + ")";
                    case 4 -> ordered.isEmpty() ? "count(*)" : "min(" + pick(ordered) + ")";
                    case 5 -> ordered.isEmpty() ? "count(*)" : "max(" + pick(ordered) + ")";
                    case 6 -> "count(DISTINCT " + any(x) + ")";
                    case 7 -> doubles.isEmpty() ? "count(*)" : pick(List.of("sum", "avg")) + "(" + pick(doubles) + ")";
                    default -> numbers.isEmpty() ? "count(*)" : "sum(DISTINCT " + pick(numbers) + " + 1)";
                };
        return call.endsWith("::text") ? call.replaceFirst("::text$", filter + "::text") : call + filter;
    }

    /** Of smallint, integer, bigint and numeric: those of floats depend on the order of the rows. */
    private String spread(String number) {
        return pick(List.of("stddev", "stddev_pop", "variance", "var_pop", "var_samp", "stddev_samp")) + "(" + number
                + ")";
    }

    /** In an order that ends with the key, or of values that are told apart by themselves. */
    private String sequence(Range x) {
        if (x.key().isEmpty()) {
            return "count(*)";
        }
        String order = String.join(", ", order(x));
        List<String> texts = x.columns(TEXTS);
        // Arrays are all of integers, so that any two of them can be compared; TypesTest has those of other types.
        List<String> whole = x.columns(EnumSet.of(Kind.INTEGER));
        return switch (random.nextInt(8)) {
            // As text, since a view that is read by others may compare all of its columns.
            case 4 -> "json_agg(" + pick(List.of(any(x), x.alias)) + " ORDER BY " + order + ")::text";
            case 5 -> "jsonb_object_agg(" + String.join(" || '/' || ", keyTexts(x)) + ", " + any(x) + ")::text";
            case 6 ->
                whole.isEmpty()
                        ? "count(*)"
                        : pick(List.of("percentile_cont", "percentile_disc"))
                                + pick(List.of("(0.5)", "(0)", "(1)", "(0.25)")) + " WITHIN GROUP (ORDER BY "
                                + pick(whole) + pick(List.of("", " DESC")) + ")";
            case 7 ->
                whole.isEmpty()
                        ? "count(*)"
                        : pick(List.of(
                                "mode() WITHIN GROUP (ORDER BY " + pick(whole) + ")",
                                "bit_and(" + pick(whole) + ")",
                                "bit_or(" + pick(whole) + ")",
                                "bit_xor(" + pick(whole) + ")"));
            case 0 -> whole.isEmpty() ? "count(*)" : "array_agg(" + pick(whole) + " ORDER BY " + order + ")";
            case 1 -> whole.isEmpty() ? "count(*)" : "array_agg(DISTINCT " + pick(whole) + ")";
            case 2 -> texts.isEmpty() ? "count(*)" : "string_agg(DISTINCT " + pick(texts) + ", '/')";
            default ->
                texts.isEmpty()
                        ? "count(*)"
                        : "string_agg(" + pick(texts) + ", " + pick(List.of("', '", pick(texts))) + " ORDER BY " + order
                                + ")";
        };
    }

    /** Never NULL, as the name of a member must not be. */
    private static List<String> keyTexts(Range x) {
        return x.key().stream()
                .map(column -> "coalesce(" + column + "::text, '')")
                .toList();
    }

    private String groupExpression(Range x) {
        return oneIn(3) ? expression(x) : any(x);
    }

    /** An equality of a column of each, of types that may meet; where there are none, any row meets some. */
    private String equality(Range x, Range y) {
        for (int attempt = 0; attempt < 20; attempt++) {
            Set<Kind> kinds = pick(COMPARABLE);
            List<String> left = x.columns(kinds);
            List<String> right = y.columns(kinds);
            if (!left.isEmpty() && !right.isEmpty()) {
                return pick(left) + " = " + pick(right);
            }
        }
        // PostgreSQL runs a FULL JOIN only on an equality that reads a column of either side.
        return "(" + any(x) + " IS NULL) = (" + any(y) + " IS NOT NULL)";
    }

    private String residual(Range x, Range y) {
        return switch (random.nextInt(6)) {
            case 0 -> " AND " + condition(y);
            case 1 -> " AND " + condition(x);
            case 2 -> {
                List<String> left = x.columns(INTEGERS);
                List<String> right = y.columns(INTEGERS);
                yield left.isEmpty() || right.isEmpty() ? "" : " AND " + pick(left) + " < " + pick(right);
            }
            default -> "";
        };
    }

    private String where(Range x) {
        List<String> times = x.columns(EnumSet.of(Kind.TIMESTAMPTZ, Kind.TIMESTAMP, Kind.DATE));
        if (!times.isEmpty() && oneIn(5)) {
            return " WHERE " + temporal(pick(times)) + (oneIn(4) ? " AND " + condition(x) : "");
        }
        return oneIn(3) ? " WHERE " + condition(x) : "";
    }

    /** What becomes true, or false, or first the one and then the other, as time passes. */
    private String temporal(String time) {
        return pick(List.of(
                time + " > now() - interval '1 day'",
                time + " <= now()",
                time + " + '1 month'::interval >= now()",
                "now() - " + time + " < '12 hours'::interval",
                "NOT " + time + " < now() - '6 hours'::interval",
                "date_trunc('day', now()) <= " + time,
                time + " BETWEEN now() - '1 day'::interval AND now()",
                time + " IS NULL OR " + time + " < now()",
                "extract(epoch FROM now() - " + time + ") > 3600",
                time + "::date = now()::date"));
    }

    private String condition(Range x) {
        String column = any(x);
        if (oneIn(6)) {
            // Of a column that is never NULL: no row at all.
            return column + " IS NULL";
        }
        if (oneIn(30)) {
            return "1 = 2";
        }
        return switch (x.typeOf(column).kind()) {
            case SMALLINT, INTEGER, BIGINT ->
                column + pick(List.of(" > 2", " BETWEEN 1 AND 3", " IN (0, 2, 5)", " <> 1", " % 2 = 0"));
            case NUMERIC -> column + pick(List.of(" > 0", " IS NOT NULL", " = 1.5", " <= 2"));
            case DOUBLE -> column + pick(List.of(" > 0", " = 0.5", " IS NOT NULL"));
            case BOOLEAN -> pick(List.of("", "NOT ")) + column;
            case DATE -> column + pick(List.of(" >= DATE '1970-01-01'", " IS NOT NULL"));
            case TIMESTAMP -> column + pick(List.of(" < TIMESTAMP '2024-02-29 00:00:00'", " IS NOT NULL"));
            case TIMESTAMPTZ -> column + pick(List.of(" < '2024-02-29 00:00:00+00'::timestamptz", " IS NOT NULL"));
            case TEXT, VARCHAR ->
                column
                        + pick(List.of(
                                " LIKE '%a%'",
                                " LIKE ANY (ARRAY['a%', '%b'])",
                                " NOT ILIKE ALL ('{A%,%C}')",
                                " < 'b'",
                                " = 'ab'",
                                " <> ''"));
            case JSONB ->
                column
                        + pick(List.of(
                                " ? 'a'",
                                " @> '{\"a\": 1}'",
                                " ->> 'a' = 'x'",
                                " #>> '{b,0}' = '1'",
                                " = '[1, \"a\", null]'"));
            case ARRAY ->
                x.typeOf(column).element().kind() == Kind.INTEGER
                        ? pick(List.of(
                                "1 = ANY(" + column + ")",
                                "2 <> ALL(" + column + ")",
                                column + " && ARRAY[1, 5]",
                                column + " @> '{1}'",
                                "array_length(" + column + ", 1) > 1"))
                        : "cardinality(" + column + ") > 1";
            default -> column + " IS NOT NULL";
        };
    }

    private String expression(Range x) {
        if (oneIn(12) && !x.key().isEmpty()) {
            return wholeRow(x);
        }
        String column = any(x);
        return switch (x.typeOf(column).kind()) {
            case SMALLINT, INTEGER, BIGINT ->
                switch (random.nextInt(8)) {
                    case 6 -> "round(" + column + " / 2.0, 1)";
                    case 7 -> "round(" + column + ")";
                    case 0 -> column + " + 1";
                    case 1 -> column + " % 3";
                    case 2 -> "CASE WHEN " + condition(x) + " THEN " + column + " ELSE 0 END";
                    case 3 -> "coalesce(" + column + ", -1)";
                    case 4 -> "nullif(" + column + ", 2)";
                    default -> "abs(" + column + " - 3)";
                };
            case NUMERIC ->
                pick(List.of(column + " * 2", column + " + 1", "round(" + column + ", 1)", "floor(" + column + ")"));
            case DOUBLE -> pick(List.of(column + " * 2", "-" + column));
            case BOOLEAN -> pick(List.of("NOT " + column, "coalesce(" + column + ", false)"));
            case DATE ->
                pick(List.of(
                        "coalesce(" + column + ", DATE '2000-01-01')",
                        column + " + 1",
                        column + " - DATE '2024-01-01'",
                        "extract(year FROM " + column + ")",
                        column + " - '1 month'::interval"));
            case TIMESTAMP, TIMESTAMPTZ ->
                pick(List.of(
                        "CAST(" + column + " AS date)",
                        "date_trunc('month', " + column + ")",
                        "extract(second FROM " + column + ")",
                        "date_bin('1 day', " + column + ", " + column + ")",
                        column + " + '1 day'"));
            case TEXT, VARCHAR ->
                switch (random.nextInt(5)) {
                    case 4 -> "length(" + column + ")";
                    case 0 -> "upper(" + column + ")";
                    case 1 -> "coalesce(" + column + ", 'none')";
                    case 2 -> column + " || '!'";
                    default -> "substring(" + column + " FROM 1 FOR 1)";
                };
            case JSONB ->
                pick(List.of(
                        column + " -> 'a'",
                        column + " ->> 0",
                        "jsonb_typeof(" + column + ")",
                        "jsonb_build_object('j', " + column + ")",
                        column + "::text"));
            case ARRAY ->
                x.typeOf(column).element().kind() == Kind.INTEGER
                        ? pick(List.of(
                                column + "[1]",
                                column + "[2:]",
                                "array_reverse(" + column + "[:2])",
                                "array_sort(" + column + ")",
                                column + " || 4",
                                "cardinality(" + column + ")",
                                "array_to_string(" + column + ", ',', '-')"))
                        : "cardinality(" + column + ")";
            default -> column;
        };
    }

    /** As text, since a view that is read by others may compare all of its columns. */
    private String wholeRow(Range x) {
        return pick(List.of(
                "to_jsonb(" + x.alias + ")::text",
                "row_to_json(" + x.alias + ")::text",
                "json_build_object('row', " + x.alias + ")::text",
                x.alias + " IS NULL",
                x.alias + " IS NOT NULL"));
    }

    private String pairExpression(Range x, Range y) {
        List<String> left = x.columns(TEXTS);
        List<String> right = y.columns(TEXTS);
        if (left.isEmpty() || random.nextBoolean()) {
            return expression(y);
        }
        return random.nextBoolean()
                ? pick(left) + " || " + pick(right)
                : "coalesce(" + pick(right) + ", " + pick(left) + ")";
    }

    /** Those whose rows an order can tell apart. */
    private List<Source> keyedTables() {
        return tables.stream().filter(table -> !table.key.isEmpty()).toList();
    }

    private Range range(String alias, List<Source> choices) {
        return new Range(alias, pick(choices));
    }

    private String any(Range x) {
        return pick(x.columns());
    }

    private boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
