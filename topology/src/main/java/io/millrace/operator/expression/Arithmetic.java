package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * + - * / % and the sign. Integers overflow with an error; numerics have the scales that PostgreSQL's numeric.c gives: of a
 * sum the greater, of a product the sum, of a quotient at least 16 significant digits.
 */
final class Arithmetic {
    private static final int MIN_SIGNIFICANT_DIGITS = 16;
    private static final int DIGITS_PER_GROUP = 4;
    private static final int MAX_SCALE = 1000;

    private Arithmetic() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        SqlType.Kind kind = types.get(0).kind();
        if (function == Function.NEGATE) {
            return strict(operands[0], negation(kind));
        }
        boolean sameNumbers = kind == types.get(1).kind() && isNumber(kind);
        BinaryOperator<Object> operation = sameNumbers ? ofNumbers(function, kind) : Times.arithmetic(function, types);
        Evaluator left = operands[0];
        Evaluator right = operands[1];
        return row -> {
            Object first = left.evaluate(row);
            Object second = right.evaluate(row);
            return first == null || second == null ? null : operation.apply(first, second);
        };
    }

    static Evaluator strict(Evaluator operand, java.util.function.UnaryOperator<Object> operation) {
        return row -> {
            Object value = operand.evaluate(row);
            return value == null ? null : operation.apply(value);
        };
    }

    static boolean isNumber(SqlType.Kind kind) {
        return switch (kind) {
            case SMALLINT, INTEGER, BIGINT, NUMERIC, REAL, DOUBLE -> true;
            default -> false;
        };
    }

    private static java.util.function.UnaryOperator<Object> negation(SqlType.Kind kind) {
        return switch (kind) {
            case SMALLINT, INTEGER -> value -> narrowed(-(long) (Integer) value, kind);
            case BIGINT ->
                value -> {
                    if ((Long) value == Long.MIN_VALUE) {
                        throw EvaluationError.outOfRange("bigint");
                    }
                    return -(Long) value;
                };
            case NUMERIC -> value -> value instanceof BigDecimal number ? number.negate() : (Object) (-(Double) value);
            case REAL -> value -> -(Float) value;
            case DOUBLE -> value -> -(Double) value;
            case INTERVAL ->
                value -> {
                    Interval interval = (Interval) value;
                    return new Interval(-interval.months(), -interval.days(), -interval.micros());
                };
            default -> throw new IllegalStateException("no sign for " + kind);
        };
    }

    private static BinaryOperator<Object> ofNumbers(Function function, SqlType.Kind kind) {
        return switch (kind) {
            case SMALLINT, INTEGER -> {
                LongOperation operation = integers(function);
                yield (a, b) -> narrowed(operation.apply((Integer) a, (Integer) b), kind);
            }
            case BIGINT -> {
                LongOperation operation = bigints(function);
                yield (a, b) -> operation.apply((Long) a, (Long) b);
            }
            case NUMERIC -> (a, b) -> numerics(function, a, b);
            case REAL ->
                (a, b) -> checkedFloat(function, (Float) a, (Float) b, (float) floats(function, (Float) a, (Float) b));
            case DOUBLE ->
                (a, b) -> checkedDouble(function, (Double) a, (Double) b, floats(function, (Double) a, (Double) b));
            default -> throw new IllegalStateException(kind + " is no number");
        };
    }

    @FunctionalInterface
    private interface LongOperation {
        long apply(long a, long b);
    }

    private static LongOperation integers(Function function) {
        return switch (function) {
            case PLUS -> (a, b) -> a + b;
            case MINUS -> (a, b) -> a - b;
            case TIMES -> (a, b) -> a * b;
            case DIVIDE -> (a, b) -> a / divisor(b);
            case MODULO -> (a, b) -> a % divisor(b);
            default -> throw new IllegalStateException("no arithmetic: " + function);
        };
    }

    private static LongOperation bigints(Function function) {
        LongOperation exact =
                switch (function) {
                    case PLUS -> Math::addExact;
                    case MINUS -> Math::subtractExact;
                    case TIMES -> Math::multiplyExact;
                    case DIVIDE ->
                        (a, b) -> {
                            if (a == Long.MIN_VALUE && b == -1) {
                                throw new ArithmeticException("overflow");
                            }
                            return a / divisor(b);
                        };
                    case MODULO -> (a, b) -> a % divisor(b);
                    default -> throw new IllegalStateException("no arithmetic: " + function);
                };
        return (a, b) -> {
            try {
                return exact.apply(a, b);
            } catch (ArithmeticException e) {
                throw EvaluationError.outOfRange("bigint");
            }
        };
    }

    private static long divisor(long b) {
        if (b == 0) {
            throw EvaluationError.divisionByZero();
        }
        return b;
    }

    private static Object narrowed(long value, SqlType.Kind kind) {
        boolean small = kind == SqlType.Kind.SMALLINT;
        if (value != (small ? (short) value : (int) value)) {
            throw EvaluationError.outOfRange(kind.sqlName());
        }
        return (int) value;
    }

    private static double floats(Function function, double a, double b) {
        return switch (function) {
            case PLUS -> a + b;
            case MINUS -> a - b;
            case TIMES -> a * b;
            case DIVIDE -> {
                if (b == 0 && !Double.isNaN(a)) {
                    throw EvaluationError.divisionByZero();
                }
                yield a / b;
            }
            default -> throw new IllegalStateException("no arithmetic of floats: " + function);
        };
    }

    private static Object checkedDouble(Function function, double a, double b, double result) {
        if (Double.isInfinite(result) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
            throw new EvaluationError("22003", "value out of range: overflow");
        }
        if (result == 0 && underflows(function, a, b)) {
            throw new EvaluationError("22003", "value out of range: underflow");
        }
        return result;
    }

    private static Object checkedFloat(Function function, float a, float b, float result) {
        if (Float.isInfinite(result) && !Float.isInfinite(a) && !Float.isInfinite(b)) {
            throw new EvaluationError("22003", "value out of range: overflow");
        }
        if (result == 0 && underflows(function, a, b)) {
            throw new EvaluationError("22003", "value out of range: underflow");
        }
        return result;
    }

    private static boolean underflows(Function function, double a, double b) {
        return (function == Function.TIMES && a != 0 && b != 0)
                || (function == Function.DIVIDE && a != 0 && !Double.isInfinite(b));
    }

    private static Object numerics(Function function, Object a, Object b) {
        if (!(a instanceof BigDecimal first) || !(b instanceof BigDecimal second)) {
            return specials(function, a, b);
        }
        return switch (function) {
            case PLUS -> first.add(second);
            case MINUS -> first.subtract(second);
            case TIMES -> first.multiply(second);
            case DIVIDE -> divide(first, second);
            case MODULO -> {
                if (second.signum() == 0) {
                    throw EvaluationError.divisionByZero();
                }
                yield first.remainder(second)
                        .setScale(Math.max(first.scale(), second.scale()), RoundingMode.UNNECESSARY);
            }
            default -> throw new IllegalStateException("no arithmetic: " + function);
        };
    }

    /** NaN and the infinities calculate as IEEE's do, but a division by zero is an error for all but NaN. */
    private static Object specials(Function function, Object a, Object b) {
        double first = ((Number) a).doubleValue();
        double second = ((Number) b).doubleValue();
        if (Double.isNaN(first) || Double.isNaN(second)) {
            return Double.NaN;
        }
        if (second == 0 && (function == Function.DIVIDE || function == Function.MODULO)) {
            throw EvaluationError.divisionByZero();
        }
        double result =
                switch (function) {
                    case PLUS -> first + second;
                    case MINUS -> first - second;
                    case TIMES -> first * second;
                    case DIVIDE -> first / second;
                    case MODULO -> first % second;
                    default -> throw new IllegalStateException("no arithmetic: " + function);
                };
        if (Double.isNaN(result) || Double.isInfinite(result)) {
            return result;
        }
        return function == Function.MODULO ? a : BigDecimal.ZERO;
    }

    /** A quotient, rounded half away from zero to the scale that select_div_scale of numeric.c chooses. */
    static BigDecimal divide(BigDecimal a, BigDecimal b) {
        if (b.signum() == 0) {
            throw EvaluationError.divisionByZero();
        }
        int weight = groupWeight(a) - groupWeight(b);
        if (firstGroup(a) <= firstGroup(b)) {
            weight--;
        }
        int scale = MIN_SIGNIFICANT_DIGITS - weight * DIGITS_PER_GROUP;
        scale = Math.max(scale, Math.max(a.scale(), b.scale()));
        scale = Math.min(Math.max(scale, 0), MAX_SCALE);
        return a.divide(b, scale, RoundingMode.HALF_UP);
    }

    /** The power of 10000 of the first non-zero group of four digits. */
    static int groupWeight(BigDecimal value) {
        if (value.signum() == 0) {
            return 0;
        }
        int exponent = value.precision() - value.scale() - 1;
        return Math.floorDiv(exponent, DIGITS_PER_GROUP);
    }

    /** That group's value. */
    private static int firstGroup(BigDecimal value) {
        if (value.signum() == 0) {
            return 0;
        }
        return value.abs()
                .scaleByPowerOfTen(-groupWeight(value) * DIGITS_PER_GROUP)
                .setScale(0, RoundingMode.DOWN)
                .intValueExact();
    }
}
