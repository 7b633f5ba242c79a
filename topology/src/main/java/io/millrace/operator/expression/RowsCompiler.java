package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import io.millrace.plan.Function;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Compiles the functions that give rows. But for unnest of several arrays they give none where an argument is NULL. */
public final class RowsCompiler {
    /** A row that would have more is set aside: a mistake in it must not fill the memory. */
    public static final int MOST_ROWS = 1_000_000;

    private RowsCompiler() {}

    /** The function of that node. */
    public static RowsEvaluator compile(PlanNode.FunctionRows node) {
        List<SqlType> types = node.arguments().stream().map(Expression::type).toList();
        Evaluator[] arguments =
                node.arguments().stream().map(ExpressionCompiler::compile).toArray(Evaluator[]::new);
        boolean jsonb = types.get(0).kind() == SqlType.Kind.JSONB;
        return switch (node.function()) {
            case UNNEST -> unnest(arguments);
            case STRING_TO_TABLE -> unnest(ArrayFunctions.compile(Function.STRING_TO_ARRAY, types, arguments));
            case JSON_ARRAY_ELEMENTS -> ofJson(arguments[0], json -> single(elements(json, jsonb, "")));
            case JSON_ARRAY_ELEMENTS_TEXT ->
                ofJson(arguments[0], json -> single(texts(elements(json, jsonb, "_text"))));
            case JSON_EACH -> ofJson(arguments[0], json -> members(json, jsonb, "", false));
            case JSON_EACH_TEXT -> ofJson(arguments[0], json -> members(json, jsonb, "_text", true));
            case JSON_OBJECT_KEYS -> ofJson(arguments[0], json -> names(json, jsonb));
            case GENERATE_SERIES -> series(types.get(0), arguments);
            case REGEXP_MATCHES -> values(ofPattern(Function.REGEXP_MATCHES, node));
            case REGEXP_SPLIT_TO_TABLE -> values(ofPattern(Function.REGEXP_SPLIT_TO_TABLE, node));
            case GENERATE_SUBSCRIPTS -> subscripts(arguments);
        };
    }

    private static Evaluator ofPattern(Function function, PlanNode.FunctionRows node) {
        return ExpressionCompiler.compile(new Expression.Call(function, node.arguments(), SqlType.array(SqlType.TEXT)));
    }

    /** A row for each value of a list. */
    private static RowsEvaluator values(Evaluator list) {
        return row -> {
            List<?> values = (List<?>) list.evaluate(row);
            List<Row> rows = new ArrayList<>();
            for (Object value : values == null ? List.of() : values) {
                rows.add(Row.of(new Object[] {value}));
            }
            return rows;
        };
    }

    /** The subscripts of a dimension of an array, from the last where that is wanted; none of one that it has not. */
    private static RowsEvaluator subscripts(Evaluator[] arguments) {
        return row -> {
            List<?> array = (List<?>) arguments[0].evaluate(row);
            Object dimension = arguments[1].evaluate(row);
            Object reverse = arguments.length > 2 ? arguments[2].evaluate(row) : (Object) false;
            Integer size = array == null || dimension == null || reverse == null
                    ? null
                    : ArrayFunctions.size(array, (Integer) dimension);
            List<Row> rows = new ArrayList<>();
            for (int i = 1; size != null && i <= size; i++) {
                rows.add(Row.of(new Object[] {(Boolean) reverse ? size + 1 - i : i}));
            }
            return rows;
        };
    }

    /** Arrays side by side; one that is shorter goes on with NULLs. */
    private static RowsEvaluator unnest(Evaluator... arguments) {
        return row -> {
            List<List<Object>> arrays = new ArrayList<>();
            int longest = 0;
            for (Evaluator argument : arguments) {
                List<?> array = (List<?>) argument.evaluate(row);
                arrays.add(array == null ? List.of() : ArrayFunctions.elements(array));
                longest = Math.max(longest, arrays.get(arrays.size() - 1).size());
            }
            List<Row> rows = new ArrayList<>(longest);
            for (int i = 0; i < longest; i++) {
                Object[] values = new Object[arguments.length];
                for (int j = 0; j < values.length; j++) {
                    values[j] = i < arrays.get(j).size() ? arrays.get(j).get(i) : null;
                }
                rows.add(Row.of(values));
            }
            return rows;
        };
    }

    private static RowsEvaluator ofJson(Evaluator argument, java.util.function.Function<String, List<Row>> rows) {
        return row -> {
            Object json = argument.evaluate(row);
            return json == null ? List.of() : rows.apply((String) json);
        };
    }

    private static List<Row> single(List<String> values) {
        return values.stream().map(value -> Row.of(new Object[] {value})).toList();
    }

    private static List<String> texts(List<String> parts) {
        List<String> texts = new ArrayList<>(parts.size());
        parts.forEach(part -> texts.add(JsonSteps.text(part)));
        return texts;
    }

    private static List<String> elements(String json, boolean jsonb, String suffix) {
        char first = JsonSteps.first(json);
        if (first == '[') {
            return JsonSteps.elements(json);
        }
        if (jsonb) {
            throw invalid("cannot extract elements from " + (first == '{' ? "an object" : "a scalar"));
        }
        throw invalid("cannot call json_array_elements" + suffix + " on a " + (first == '{' ? "non-array" : "scalar"));
    }

    private static List<Row> members(String json, boolean jsonb, String suffix, boolean asText) {
        char first = JsonSteps.first(json);
        if (first != '{') {
            throw invalid(
                    jsonb
                            ? "cannot call jsonb_each" + suffix + " on a non-object"
                            : first == '['
                                    ? "cannot deconstruct an array as an object"
                                    : "cannot deconstruct a scalar");
        }
        return JsonSteps.members(json).stream()
                .map(member -> Row.of(member.name(), asText ? JsonSteps.text(member.value()) : member.value()))
                .toList();
    }

    private static List<Row> names(String json, boolean jsonb) {
        char first = JsonSteps.first(json);
        if (first != '{') {
            throw invalid("cannot call json" + (jsonb ? "b" : "") + "_object_keys on "
                    + (first == '[' ? "an array" : "a scalar"));
        }
        return JsonSteps.members(json).stream()
                .map(member -> Row.of(new Object[] {member.name()}))
                .toList();
    }

    private static EvaluationError invalid(String message) {
        return new EvaluationError("22023", message);
    }

    private static RowsEvaluator series(SqlType type, Evaluator[] arguments) {
        return switch (type.kind()) {
            case INTEGER ->
                series(arguments, 1, (value, step) -> {
                    long next = (long) (Integer) value + (Integer) step;
                    return next == (int) next ? (Object) (int) next : null;
                });
            case BIGINT ->
                series(arguments, 1L, (value, step) -> {
                    long next = (Long) value + (Long) step;
                    boolean overflows = ((next ^ (Long) value) & (next ^ (Long) step)) < 0;
                    return overflows ? null : (Object) next;
                });
            case NUMERIC ->
                series(arguments, BigDecimal.ONE, (value, step) -> ((BigDecimal) value).add((BigDecimal) step));
            default -> series(arguments, null, (value, step) -> Times.plus((Long) value, (Interval) step));
        };
    }

    /** From the first argument to the second by steps; a step that would lead nowhere ends it. */
    private static RowsEvaluator series(
            Evaluator[] arguments, Object usualStep, BiFunction<Object, Object, Object> plus) {
        return row -> {
            Object from = arguments[0].evaluate(row);
            Object to = arguments[1].evaluate(row);
            Object step = arguments.length > 2 ? arguments[2].evaluate(row) : usualStep;
            if (from == null || to == null || step == null) {
                return List.of();
            }
            int direction = direction(step);
            if (direction == 0) {
                throw invalid("step size cannot equal zero");
            }
            List<Row> rows = new ArrayList<>();
            for (Object value = from;
                    value != null && compare(value, to) * direction <= 0;
                    value = plus.apply(value, step)) {
                if (rows.size() == MOST_ROWS) {
                    throw new EvaluationError("54000", "generate_series gives more than " + MOST_ROWS + " rows");
                }
                rows.add(Row.of(new Object[] {value}));
            }
            return rows;
        };
    }

    @SuppressWarnings("unchecked")
    private static int compare(Object value, Object other) {
        return ((Comparable<Object>) value).compareTo(other);
    }

    private static int direction(Object step) {
        if (step instanceof Interval interval) {
            if (Times.isInfinite(interval)) {
                throw invalid("step size cannot be infinite");
            }
            return Comparisons.order(SqlType.INTERVAL).compare(interval, new Interval(0, 0, 0));
        }
        return step instanceof BigDecimal number ? number.signum() : Long.signum(((Number) step).longValue());
    }
}
