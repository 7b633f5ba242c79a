package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** The dimensions of arrays, arrays of one value, an array without its end, and all places of a value. */
final class ArrayShapes {
    private ArrayShapes() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        return switch (function) {
            case ARRAY_DIMS -> Arithmetic.strict(operands[0], array -> dimensions((List<?>) array));
            case TRIM_ARRAY ->
                Arithmetic.strict(
                        operands[0], operands[1], (array, count) -> trimmed((List<?>) array, (Integer) count));
            case ARRAY_POSITIONS -> positions(types, operands);
            case ARRAY_FILL -> filled(operands);
            case ARRAY_REVERSE -> Arithmetic.strict(operands[0], array -> reversed((List<?>) array));
            case ARRAY_SORT -> sorted(types.get(0), operands);
            case SLICE -> slice(operands);
            default -> throw new IllegalStateException(function + " of an array");
        };
    }

    private static Object dimensions(List<?> array) {
        StringBuilder dimensions = new StringBuilder();
        for (Object level = array; level instanceof List<?> list && !list.isEmpty(); level = list.get(0)) {
            dimensions.append("[1:").append(list.size()).append(']');
        }
        return dimensions.isEmpty() ? null : dimensions.toString();
    }

    private static Object trimmed(List<?> array, int count) {
        if (count < 0 || count > array.size()) {
            throw new EvaluationError("2202E", "number of elements to trim must be between 0 and " + array.size());
        }
        return Collections.unmodifiableList(new ArrayList<>(array.subList(0, array.size() - count)));
    }

    private static Object reversed(List<?> array) {
        List<Object> reversed = new ArrayList<>(array);
        Collections.reverse(reversed);
        return Collections.unmodifiableList(reversed);
    }

    /** By the values, NULLs last, or first in a descending order, unless it is said otherwise. */
    private static Evaluator sorted(SqlType type, Evaluator[] operands) {
        Comparator<Object> ofElements = Comparisons.order(ArrayInput.baseOf(type));
        Comparator<Object> ofArrays = Comparisons.order(type);
        return row -> {
            List<?> array = (List<?>) operands[0].evaluate(row);
            Object descending = operands.length > 1 ? operands[1].evaluate(row) : (Object) false;
            Object nullsFirst = operands.length > 2 ? operands[2].evaluate(row) : descending;
            if (array == null || descending == null || nullsFirst == null) {
                return null;
            }
            boolean nested = !array.isEmpty() && array.get(0) instanceof List;
            Comparator<Object> order = nested ? ofArrays : ofElements;
            Comparator<Object> directed = (Boolean) descending ? order.reversed() : order;
            List<Object> sorted = new ArrayList<>(array);
            sorted.sort((Boolean) nullsFirst ? Comparator.nullsFirst(directed) : Comparator.nullsLast(directed));
            return Collections.unmodifiableList(sorted);
        };
    }

    /** The part of the first dimension between two subscripts; an empty array where nothing is between. */
    private static Evaluator slice(Evaluator[] operands) {
        return row -> {
            List<?> array = (List<?>) operands[0].evaluate(row);
            Object first = operands[1].evaluate(row);
            Object last = operands[2].evaluate(row);
            if (array == null || first == null || last == null) {
                return null;
            }
            int from = Math.max((Integer) first, 1) - 1;
            int to = Math.min((Integer) last, array.size());
            return from >= to ? List.of() : Collections.unmodifiableList(new ArrayList<>(array.subList(from, to)));
        };
    }

    private static Evaluator positions(List<SqlType> types, Evaluator[] operands) {
        Comparator<Object> order = Comparisons.order(types.get(1));
        return row -> {
            List<?> array = (List<?>) operands[0].evaluate(row);
            Object wanted = operands[1].evaluate(row);
            if (array == null) {
                return null;
            }
            if (!array.isEmpty() && array.get(0) instanceof List) {
                throw new EvaluationError(
                        "0A000", "searching for elements in multidimensional arrays is not supported");
            }
            List<Object> positions = new ArrayList<>();
            for (int i = 0; i < array.size(); i++) {
                Object element = array.get(i);
                boolean same =
                        element == null || wanted == null ? element == wanted : order.compare(element, wanted) == 0;
                if (same) {
                    positions.add(i + 1);
                }
            }
            return Collections.unmodifiableList(positions);
        };
    }

    private static Evaluator filled(Evaluator[] operands) {
        return row -> {
            Object value = operands[0].evaluate(row);
            List<?> sizes = (List<?>) operands[1].evaluate(row);
            if (sizes == null) {
                throw new EvaluationError("22004", "dimension array or low bound array cannot be null");
            }
            if (!sizes.isEmpty() && sizes.get(0) instanceof List) {
                throw new EvaluationError("2202E", "wrong number of array subscripts");
            }
            if (sizes.contains(null)) {
                throw new EvaluationError("22004", "dimension values cannot be null");
            }
            return filled(value, sizes);
        };
    }

    private static Object filled(Object value, List<?> sizes) {
        long count = 1;
        for (Object size : sizes) {
            count *= (Integer) size;
            if (count < 0 || count > Strings.MAX_MADE_LENGTH) {
                throw new EvaluationError("54000", "array size exceeds the maximum allowed (134217727)");
            }
        }
        if (sizes.isEmpty() || count == 0) {
            return List.of();
        }
        Object array = value;
        for (int i = sizes.size() - 1; i >= 0; i--) {
            array = Collections.nCopies((Integer) sizes.get(i), array);
        }
        return array;
    }
}
