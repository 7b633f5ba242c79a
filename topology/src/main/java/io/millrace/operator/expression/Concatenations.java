package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.plan.Function;
import io.millrace.row.SqlText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;

/** ||, concat and concat_ws. */
final class Concatenations {
    private Concatenations() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        return switch (function) {
            case CONCATENATE -> concatenation(types, operands[0], operands[1]);
            case CONCAT -> joined(types, operands, row -> "", 0);
            case CONCAT_WS -> joined(types, operands, operands[0], 1);
            default -> throw new IllegalStateException(function + " concatenates nothing");
        };
    }

    private static Evaluator concatenation(List<SqlType> types, Evaluator left, Evaluator right) {
        Kind first = types.get(0).kind();
        Kind second = types.get(1).kind();
        if (first == Kind.BYTEA && second == Kind.BYTEA) {
            return Arithmetic.strict(left, right, Concatenations::bytes);
        }
        if (first == Kind.ARRAY && second == Kind.ARRAY) {
            return arrays(left, right, (a, b) -> arrays((List<?>) a, (List<?>) b));
        }
        if (first == Kind.ARRAY) {
            return row -> appended((List<?>) left.evaluate(row), right.evaluate(row));
        }
        if (second == Kind.ARRAY) {
            return row -> prepended(left.evaluate(row), (List<?>) right.evaluate(row));
        }
        if (first == Kind.JSONB && second == Kind.JSONB) {
            return Arithmetic.strict(left, right, JsonFunctions::joined);
        }
        return texts(types, left, right);
    }

    private static Evaluator texts(List<SqlType> types, Evaluator left, Evaluator right) {
        Evaluator first = Casts.compile(types.get(0), SqlType.TEXT, left);
        Evaluator second = Casts.compile(types.get(1), SqlType.TEXT, right);
        return Arithmetic.strict(first, second, (a, b) -> ((String) a).concat((String) b));
    }

    private static Object bytes(Object a, Object b) {
        byte[] first = (byte[]) a;
        byte[] second = (byte[]) b;
        byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    /** A NULL array is as good as none. */
    private static Evaluator arrays(Evaluator left, Evaluator right, BinaryOperator<Object> operation) {
        return row -> {
            Object a = left.evaluate(row);
            Object b = right.evaluate(row);
            return a == null ? b : b == null ? a : operation.apply(a, b);
        };
    }

    /** Of as many dimensions, one behind the other; of one dimension less, as an element of the other. */
    private static Object arrays(List<?> a, List<?> b) {
        if (a.isEmpty()) {
            return b;
        }
        if (b.isEmpty()) {
            return a;
        }
        List<Integer> left = sizes(a);
        List<Integer> right = sizes(b);
        if (left.size() == right.size() && rest(left).equals(rest(right))) {
            List<Object> joined = new ArrayList<>(a);
            joined.addAll(b);
            return Collections.unmodifiableList(joined);
        }
        if (left.equals(rest(right))) {
            return prepended(a, b);
        }
        if (right.equals(rest(left))) {
            return appended(a, b);
        }
        throw new EvaluationError("2202E", "cannot concatenate incompatible arrays");
    }

    private static List<Integer> sizes(List<?> array) {
        List<Integer> sizes = new ArrayList<>();
        Object level = array;
        while (level instanceof List<?> list && !list.isEmpty()) {
            sizes.add(list.size());
            level = list.get(0);
        }
        return sizes;
    }

    private static List<Integer> rest(List<Integer> sizes) {
        return sizes.subList(1, sizes.size());
    }

    private static Object appended(List<?> array, Object element) {
        List<Object> longer = new ArrayList<>(array == null ? List.of() : array);
        refuseDimensions(longer, element);
        longer.add(element);
        return Collections.unmodifiableList(longer);
    }

    private static Object prepended(Object element, List<?> array) {
        List<Object> longer = new ArrayList<>();
        longer.add(element);
        longer.addAll(array == null ? List.of() : array);
        refuseDimensions(array == null ? List.of() : array, element);
        return Collections.unmodifiableList(longer);
    }

    private static void refuseDimensions(List<?> array, Object element) {
        boolean nested = !array.isEmpty() && array.get(0) instanceof List;
        if (nested && !(element instanceof List)) {
            throw new EvaluationError("22000", "argument must be empty or one-dimensional array");
        }
    }

    /** NULLs are left out; values are written as they are printed, a char(n) with its padding. */
    private static Evaluator joined(List<SqlType> types, Evaluator[] operands, Evaluator separator, int first) {
        return row -> {
            Object between = separator.evaluate(row);
            if (between == null) {
                return null;
            }
            StringBuilder joined = new StringBuilder();
            boolean any = false;
            for (int i = first; i < operands.length; i++) {
                Object value = operands[i].evaluate(row);
                if (value != null) {
                    if (any) {
                        joined.append((String) between);
                    }
                    SqlText.append(joined, types.get(i), value);
                    any = true;
                }
            }
            return joined.toString();
        };
    }
}
