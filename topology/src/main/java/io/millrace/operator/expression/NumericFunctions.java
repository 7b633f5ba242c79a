package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.List;

/** Logarithms to any base, factorials, the digits behind a point, and the buckets of a histogram. */
final class NumericFunctions {
    private static final int GREATEST_FACTORIAL = 32_177;

    private NumericFunctions() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        boolean floating = types.get(0).kind() == SqlType.Kind.DOUBLE;
        return switch (function) {
            case LOG ->
                operands.length == 2
                        ? Arithmetic.strict(operands[0], operands[1], NumericFunctions::log)
                        : floating
                                ? Arithmetic.strict(operands[0], value -> log((Double) value))
                                : Arithmetic.strict(operands[0], value -> log(BigDecimal.TEN, value));
            case FACTORIAL -> Arithmetic.strict(operands[0], value -> factorial((Long) value));
            case SCALE -> Arithmetic.strict(operands[0], value -> value instanceof BigDecimal n ? n.scale() : null);
            case MIN_SCALE ->
                Arithmetic.strict(
                        operands[0],
                        value -> value instanceof BigDecimal n ? trimmed(n).scale() : null);
            case TRIM_SCALE ->
                Arithmetic.strict(operands[0], value -> value instanceof BigDecimal n ? trimmed(n) : value);
            case WIDTH_BUCKET -> operands.length == 2 ? among(types, operands) : bucket(operands);
            default -> throw new IllegalStateException(function + " of a number");
        };
    }

    private static BigDecimal trimmed(BigDecimal number) {
        BigDecimal stripped = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    private static double log(double value) {
        if (value == 0 || value < 0) {
            throw Exponentials.logarithm(value == 0 ? 0 : -1);
        }
        return Math.log10(value);
    }

    private static Object log(Object base, Object value) {
        if (base instanceof BigDecimal b && value instanceof BigDecimal v) {
            return Exponentials.log(b, v);
        }
        double first = Decimals.sign(base);
        double second = Decimals.sign(value);
        if (isNaN(base) || isNaN(value)) {
            return Double.NaN;
        }
        if (first < 0 || second < 0) {
            throw Exponentials.logarithm(-1);
        }
        if (first == 0 || second == 0) {
            throw Exponentials.logarithm(0);
        }
        if (base instanceof BigDecimal) {
            return Double.POSITIVE_INFINITY;
        }
        return value instanceof BigDecimal ? (Object) BigDecimal.ZERO : (Object) Double.NaN;
    }

    private static boolean isNaN(Object value) {
        return value instanceof Double special && Double.isNaN(special);
    }

    private static Object factorial(long value) {
        if (value < 0) {
            throw new EvaluationError("22003", "factorial of a negative number is undefined");
        }
        if (value > GREATEST_FACTORIAL) {
            throw new EvaluationError("22003", "value overflows numeric format");
        }
        BigInteger product = BigInteger.ONE;
        for (int i = 2; i <= value; i++) {
            product = product.multiply(BigInteger.valueOf(i));
        }
        return new BigDecimal(product);
    }

    /** The number of thresholds that a value has reached. */
    private static Evaluator among(List<SqlType> types, Evaluator[] operands) {
        Comparator<Object> order = Comparisons.order(types.get(0));
        return Arithmetic.strict(operands[0], operands[1], (value, array) -> {
            List<?> thresholds = (List<?>) array;
            if (!thresholds.isEmpty() && thresholds.get(0) instanceof List) {
                throw new EvaluationError("2202E", "thresholds must be one-dimensional array");
            }
            if (thresholds.contains(null)) {
                throw new EvaluationError("22004", "thresholds array must not contain NULLs");
            }
            int from = 0;
            int to = thresholds.size();
            while (from < to) {
                int middle = (from + to) / 2;
                if (order.compare(value, thresholds.get(middle)) < 0) {
                    to = middle;
                } else {
                    from = middle + 1;
                }
            }
            return from;
        });
    }

    private static Evaluator bucket(Evaluator[] operands) {
        return row -> {
            Object value = operands[0].evaluate(row);
            Object low = operands[1].evaluate(row);
            Object high = operands[2].evaluate(row);
            Object count = operands[3].evaluate(row);
            return value == null || low == null || high == null || count == null
                    ? null
                    : bucket(value, low, high, (Integer) count);
        };
    }

    private static EvaluationError invalid(String message) {
        return new EvaluationError("2201G", message);
    }

    private static int bucket(Object value, Object low, Object high, int count) {
        if (count <= 0) {
            throw invalid("count must be greater than zero");
        }
        if (isNaN(value) || isNaN(low) || isNaN(high)) {
            throw invalid("operand, lower bound, and upper bound cannot be NaN");
        }
        if (isInfinite(low) || isInfinite(high)) {
            throw invalid("lower and upper bounds must be finite");
        }
        int direction = Integer.signum(compare(low, high));
        if (direction == 0) {
            throw invalid("lower bound cannot equal upper bound");
        }
        if (compare(value, low) * direction > 0) {
            return 0;
        }
        if (compare(value, high) * direction <= 0) {
            if (count == Integer.MAX_VALUE) {
                throw EvaluationError.outOfRange("integer");
            }
            return count + 1;
        }
        return value instanceof BigDecimal number
                ? exactly(number, (BigDecimal) low, (BigDecimal) high, count)
                : nearly((Double) value, (Double) low, (Double) high, count);
    }

    private static boolean isInfinite(Object value) {
        return value instanceof Double number && Double.isInfinite(number);
    }

    private static int compare(Object a, Object b) {
        if (a instanceof BigDecimal first && b instanceof BigDecimal second) {
            return first.compareTo(second);
        }
        return Double.compare(((Number) a).doubleValue() + 0.0, ((Number) b).doubleValue() + 0.0);
    }

    private static int exactly(BigDecimal value, BigDecimal low, BigDecimal high, int count) {
        return value.subtract(low)
                        .multiply(BigDecimal.valueOf(count))
                        .divide(high.subtract(low), 0, RoundingMode.FLOOR)
                        .intValueExact()
                + 1;
    }

    private static int nearly(double value, double low, double high, int count) {
        double part = Double.isInfinite(high - low)
                ? (value / 2 - low / 2) / (high / 2 - low / 2)
                : (value - low) / (high - low);
        return Math.min((int) (count * part), count - 1) + 1;
    }
}
