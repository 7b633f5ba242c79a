package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.plan.Function;
import io.millrace.row.SqlText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.IntPredicate;

/** Functions and operators of arrays. Each array begins with index 1; a list of lists has several dimensions. */
final class ArrayFunctions {
    private ArrayFunctions() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        return switch (function) {
            case ARRAY -> array(types.get(0), operands);
            case SUBSCRIPT -> subscript(types, operands);
            case ANY -> any(types, operands, true);
            case ALL -> any(types, operands, false);
            case OVERLAPS -> Arithmetic.strict(operands[0], operands[1], matching(types, ArrayFunctions::overlaps));
            case ARRAY_LENGTH ->
                Arithmetic.strict(
                        operands[0], operands[1], (array, dimension) -> size((List<?>) array, (Integer) dimension));
            case ARRAY_LOWER ->
                Arithmetic.strict(
                        operands[0],
                        operands[1],
                        (array, dimension) -> size((List<?>) array, (Integer) dimension) == null ? null : 1);
            case ARRAY_NDIMS -> Arithmetic.strict(operands[0], array -> dimensions((List<?>) array));
            case CARDINALITY ->
                Arithmetic.strict(
                        operands[0], array -> elements((List<?>) array).size());
            case ARRAY_POSITION -> position(types, operands);
            case ARRAY_REMOVE -> removed(types, operands);
            case ARRAY_REPLACE -> replaced(types, operands);
            case ARRAY_TO_STRING -> joined(types.get(0), operands);
            case STRING_TO_ARRAY -> split(operands);
            default -> throw new IllegalStateException(function + " is none of arrays");
        };
    }

    /** @> of arrays: each element of the other equals one, and NULL equals none. */
    static java.util.function.BinaryOperator<Object> contains(List<SqlType> types) {
        return matching(types, ArrayFunctions::containsAll);
    }

    @FunctionalInterface
    private interface Matching {
        boolean holds(List<Object> first, List<Object> second, BiPredicate<Object, Object> equal);
    }

    private static java.util.function.BinaryOperator<Object> matching(List<SqlType> types, Matching matching) {
        BiPredicate<Object, Object> equal = equality(types.get(0));
        return (first, second) -> matching.holds(elements((List<?>) first), elements((List<?>) second), equal);
    }

    /** Whether two elements of such an array, neither of which need be there, are equal; NULL equals nothing. */
    private static BiPredicate<Object, Object> equality(SqlType array) {
        Comparator<Object> order = Comparisons.order(ArrayInput.baseOf(array));
        return (a, b) -> a != null && b != null && order.compare(a, b) == 0;
    }

    private static boolean containsAll(List<Object> whole, List<Object> part, BiPredicate<Object, Object> equal) {
        return part.stream().allMatch(wanted -> whole.stream().anyMatch(element -> equal.test(element, wanted)));
    }

    private static boolean overlaps(List<Object> first, List<Object> second, BiPredicate<Object, Object> equal) {
        return first.stream().anyMatch(element -> second.stream().anyMatch(other -> equal.test(element, other)));
    }

    /** The elements of all dimensions, in order. */
    static List<Object> elements(List<?> array) {
        if (array.isEmpty() || !(array.get(0) instanceof List)) {
            return Collections.unmodifiableList(array);
        }
        List<Object> all = new ArrayList<>();
        array.forEach(part -> all.addAll(elements((List<?>) part)));
        return all;
    }

    private static Evaluator array(SqlType element, Evaluator[] operands) {
        boolean nested = element.kind() == Kind.ARRAY;
        return row -> {
            List<Object> array = new ArrayList<>(operands.length);
            for (Evaluator operand : operands) {
                Object value = operand.evaluate(row);
                // A NULL array, as an empty one, adds nothing, but not where others add something.
                array.add(value == null && nested ? List.of() : value);
            }
            return nested ? ofArrays(array) : Collections.unmodifiableList(array);
        };
    }

    private static List<Object> ofArrays(List<Object> array) {
        boolean empty = array.stream().allMatch(each -> ((List<?>) each).isEmpty());
        if (empty) {
            return List.of();
        }
        List<Integer> shape = sizes((List<?>) array.get(0));
        if (!array.stream().allMatch(each -> sizes((List<?>) each).equals(shape))) {
            throw new EvaluationError(
                    "2202E", "multidimensional arrays must have array expressions with matching dimensions");
        }
        return Collections.unmodifiableList(array);
    }

    private static List<Integer> sizes(List<?> array) {
        List<Integer> sizes = new ArrayList<>();
        for (Object level = array; level instanceof List<?> list && !list.isEmpty(); level = list.get(0)) {
            sizes.add(list.size());
        }
        return sizes;
    }

    private static Integer dimensions(List<?> array) {
        int count = sizes(array).size();
        return count == 0 ? null : count;
    }

    static Integer size(List<?> array, int dimension) {
        List<Integer> sizes = sizes(array);
        return dimension < 1 || dimension > sizes.size() ? null : sizes.get(dimension - 1);
    }

    /** NULL beyond the bounds, and for fewer or more subscripts than dimensions. */
    private static Evaluator subscript(List<SqlType> types, Evaluator[] operands) {
        if (types.get(0).kind() != Kind.ARRAY) {
            return JsonFunctions.path(types, operands);
        }
        return row -> {
            Object value = operands[0].evaluate(row);
            for (int i = 1; i < operands.length; i++) {
                Integer index = (Integer) operands[i].evaluate(row);
                boolean within = index != null && value instanceof List<?> list && index >= 1 && index <= list.size();
                value = within ? ((List<?>) value).get(index - 1) : null;
            }
            return value instanceof List ? null : value;
        };
    }

    /** Whether the comparison holds for any element, or for all; NULL where that depends on one that is NULL. */
    private static Evaluator any(List<SqlType> types, Evaluator[] operands, boolean any) {
        BiPredicate<Object, Object> comparison = comparison(types.get(0), (String) operands[1].evaluate(null));
        return row -> {
            Object value = operands[0].evaluate(row);
            Object array = operands[2].evaluate(row);
            if (array == null) {
                return null;
            }
            boolean unknown = false;
            for (Object element : elements((List<?>) array)) {
                if (value == null || element == null) {
                    unknown = true;
                } else if (comparison.test(value, element) == any) {
                    return any;
                }
            }
            return unknown ? null : (Object) !any;
        };
    }

    private static BiPredicate<Object, Object> comparison(SqlType type, String symbol) {
        if (Patterns.isComparison(symbol)) {
            return Patterns.comparison(symbol);
        }
        Comparator<Object> order = Comparisons.order(type);
        IntPredicate holds = Comparisons.sign(symbol);
        return (value, element) -> holds.test(order.compare(value, element));
    }

    private static void requireOneDimension(List<?> array, String what) {
        if (!array.isEmpty() && array.get(0) instanceof List) {
            throw new EvaluationError("0A000", what + " multidimensional arrays is not supported");
        }
    }

    private static Evaluator position(List<SqlType> types, Evaluator[] operands) {
        BiPredicate<Object, Object> equal = equality(types.get(0));
        return row -> {
            List<?> array = (List<?>) operands[0].evaluate(row);
            Object wanted = operands[1].evaluate(row);
            if (array == null) {
                return null;
            }
            requireOneDimension(array, "searching for elements in");
            Object from = operands.length > 2 ? operands[2].evaluate(row) : (Object) 1;
            if (from == null) {
                throw new EvaluationError("22004", "initial position must not be null");
            }
            for (int i = Math.max((Integer) from, 1); i <= array.size(); i++) {
                Object element = array.get(i - 1);
                if (wanted == null ? element == null : equal.test(element, wanted)) {
                    return i;
                }
            }
            return null;
        };
    }

    private static Evaluator removed(List<SqlType> types, Evaluator[] operands) {
        BiPredicate<Object, Object> equal = equality(types.get(0));
        return row -> {
            List<?> array = (List<?>) operands[0].evaluate(row);
            Object unwanted = operands[1].evaluate(row);
            if (array == null) {
                return null;
            }
            requireOneDimension(array, "removing elements from");
            List<Object> rest = new ArrayList<>(array);
            rest.removeIf(element -> unwanted == null ? element == null : equal.test(element, unwanted));
            return Collections.unmodifiableList(rest);
        };
    }

    private static Evaluator replaced(List<SqlType> types, Evaluator[] operands) {
        BiPredicate<Object, Object> equal = equality(types.get(0));
        return row -> {
            List<?> array = (List<?>) operands[0].evaluate(row);
            Object old = operands[1].evaluate(row);
            Object replacement = operands[2].evaluate(row);
            return array == null ? null : replaced(array, old, replacement, equal);
        };
    }

    private static List<Object> replaced(
            List<?> array, Object old, Object replacement, BiPredicate<Object, Object> equal) {
        List<Object> changed = new ArrayList<>(array.size());
        for (Object element : array) {
            if (element instanceof List<?> part) {
                changed.add(replaced(part, old, replacement, equal));
            } else {
                boolean same = old == null ? element == null : equal.test(element, old);
                changed.add(same ? replacement : element);
            }
        }
        return Collections.unmodifiableList(changed);
    }

    private static Evaluator joined(SqlType type, Evaluator[] operands) {
        SqlType base = ArrayInput.baseOf(type);
        return row -> {
            List<?> array = (List<?>) operands[0].evaluate(row);
            Object separator = operands[1].evaluate(row);
            Object forNull = operands.length > 2 ? operands[2].evaluate(row) : null;
            if (array == null || separator == null) {
                return null;
            }
            StringBuilder out = new StringBuilder();
            boolean any = false;
            for (Object element : elements(array)) {
                if (element == null && forNull == null) {
                    continue;
                }
                out.append(any ? (String) separator : "");
                out.append(element == null ? (String) forNull : SqlText.write(base, element));
                any = true;
            }
            return out.toString();
        };
    }

    private static Evaluator split(Evaluator[] operands) {
        return row -> {
            String text = (String) operands[0].evaluate(row);
            String separator = (String) operands[1].evaluate(row);
            Object forNull = operands.length > 2 ? operands[2].evaluate(row) : null;
            if (text == null) {
                return null;
            }
            List<Object> parts = new ArrayList<>();
            if (separator == null) {
                text.codePoints().forEach(character -> parts.add(Character.toString(character)));
            } else if (separator.isEmpty()) {
                parts.add(text);
            } else {
                split(text, separator, parts);
            }
            if (text.isEmpty()) {
                return List.of();
            }
            parts.replaceAll(part -> part.equals(forNull) ? null : part);
            return Collections.unmodifiableList(parts);
        };
    }

    private static void split(String text, String separator, List<Object> parts) {
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
    }
}
