package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/** + - * / % and the sign. Nothing wraps around: what does not fit its type is an error. */
final class Arithmetic {
    private Arithmetic() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        SqlType.Kind left = types.get(0).kind();
        if (function == Function.NEGATE) {
            return strict(operands[0], negation(left));
        }
        SqlType.Kind right = types.get(1).kind();
        if (left == SqlType.Kind.JSONB && function == Function.MINUS) {
            return strict(operands[0], operands[1], JsonFunctions::minus);
        }
        return strict(
                operands[0],
                operands[1],
                isNumber(left) && isNumber(right)
                        ? ofNumbers(function, left, right)
                        : Times.arithmetic(function, left, right));
    }

    /** NULL for NULL, without asking the operation. */
    static Evaluator strict(Evaluator operand, UnaryOperator<Object> operation) {
        return row -> {
            Object value = operand.evaluate(row);
            return value == null ? null : operation.apply(value);
        };
    }

    /** NULL if either operand is, without asking the operation. */
    static Evaluator strict(Evaluator left, Evaluator right, BinaryOperator<Object> operation) {
        return row -> {
            Object first = left.evaluate(row);
            Object second = right.evaluate(row);
            return first == null || second == null ? null : operation.apply(first, second);
        };
    }

    static boolean isNumber(SqlType.Kind kind) {
        return switch (kind) {
            case SMALLINT, INTEGER, BIGINT, NUMERIC, REAL, DOUBLE -> true;
            default -> false;
        };
    }

    static boolean isInteger(SqlType.Kind kind) {
        return kind == SqlType.Kind.SMALLINT || kind == SqlType.Kind.INTEGER || kind == SqlType.Kind.BIGINT;
    }

    private static UnaryOperator<Object> negation(SqlType.Kind kind) {
        return switch (kind) {
            case SMALLINT, INTEGER -> value -> narrowed(-(long) (Integer) value, kind);
            case BIGINT ->
                value -> {
                    if ((Long) value == Long.MIN_VALUE) {
                        throw EvaluationError.outOfRange(kind.sqlName());
                    }
                    return -(Long) value;
                };
            case NUMERIC -> value -> value instanceof BigDecimal number ? number.negate() : (Object) (-(Double) value);
            case REAL -> value -> -(Float) value;
            case DOUBLE -> value -> -(Double) value;
            case INTERVAL -> value -> Times.negated((Interval) value);
            default -> throw new IllegalStateException("no sign for " + kind);
        };
    }

    private static BinaryOperator<Object> ofNumbers(Function function, SqlType.Kind left, SqlType.Kind right) {
        if (isInteger(left) && isInteger(right)) {
            if (left == SqlType.Kind.BIGINT || right == SqlType.Kind.BIGINT) {
                return ofLongs(function, left, right);
            }
            return ofInts(function, left == right ? left : SqlType.Kind.INTEGER);
        }
        if (left != right) {
            throw new IllegalStateException("no " + function + " of " + left + " and " + right);
        }
        return switch (left) {
            case NUMERIC -> ofNumerics(function);
            case REAL -> ofFloats(function);
            case DOUBLE -> ofDoubles(function);
            default -> throw new IllegalStateException(left + " is no number");
        };
    }

    private static BinaryOperator<Object> ofInts(Function function, SqlType.Kind kind) {
        return switch (function) {
            case PLUS -> (a, b) -> narrowed((long) (Integer) a + (Integer) b, kind);
            case MINUS -> (a, b) -> narrowed((long) (Integer) a - (Integer) b, kind);
            case TIMES -> (a, b) -> narrowed((long) (Integer) a * (Integer) b, kind);
            case DIVIDE -> (a, b) -> narrowed((long) (Integer) a / divisor((Integer) b), kind);
            case MODULO -> (a, b) -> narrowed((long) (Integer) a % divisor((Integer) b), kind);
            default -> throw new IllegalStateException("no arithmetic: " + function);
        };
    }

    @FunctionalInterface
    private interface LongOperation {
        long apply(long a, long b);
    }

    private static BinaryOperator<Object> ofLongs(Function function, SqlType.Kind left, SqlType.Kind right) {
        LongOperation operation = longOperation(function);
        if (left == right) {
            return (a, b) -> operation.apply((Long) a, (Long) b);
        }
        return left == SqlType.Kind.BIGINT
                ? (a, b) -> operation.apply((Long) a, (Integer) b)
                : (a, b) -> operation.apply((Integer) a, (Long) b);
    }

    private static LongOperation longOperation(Function function) {
        return switch (function) {
            case PLUS ->
                (a, b) -> {
                    long sum = a + b;
                    return fits(((a ^ sum) & (b ^ sum)) >= 0, sum);
                };
            case MINUS ->
                (a, b) -> {
                    long difference = a - b;
                    return fits(((a ^ b) & (a ^ difference)) >= 0, difference);
                };
            case TIMES ->
                (a, b) -> {
                    long product = a * b;
                    return fits(Math.multiplyHigh(a, b) == product >> 63, product);
                };
            case DIVIDE -> (a, b) -> fits(a != Long.MIN_VALUE || b != -1, a / divisor(b));
            case MODULO -> (a, b) -> a % divisor(b);
            default -> throw new IllegalStateException("no arithmetic: " + function);
        };
    }

    private static long fits(boolean fits, long result) {
        if (!fits) {
            throw EvaluationError.outOfRange("bigint");
        }
        return result;
    }

    private static long divisor(long b) {
        if (b == 0) {
            throw EvaluationError.divisionByZero();
        }
        return b;
    }

    static Object narrowed(long value, SqlType.Kind kind) {
        if (value != (kind == SqlType.Kind.SMALLINT ? (short) value : (int) value)) {
            throw EvaluationError.outOfRange(kind.sqlName());
        }
        return (int) value;
    }

    private static BinaryOperator<Object> ofNumerics(Function function) {
        return switch (function) {
            case PLUS -> Decimals.plus();
            case MINUS -> Decimals.minus();
            case TIMES -> Decimals.times();
            case DIVIDE -> Decimals.divide();
            case MODULO -> Decimals.modulo();
            default -> throw new IllegalStateException("no arithmetic: " + function);
        };
    }

    private static BinaryOperator<Object> ofFloats(Function function) {
        return switch (function) {
            case PLUS -> (a, b) -> checked((Float) a, (Float) b, (Float) a + (Float) b, false);
            case MINUS -> (a, b) -> checked((Float) a, (Float) b, (Float) a - (Float) b, false);
            case TIMES ->
                (a, b) -> checked((Float) a, (Float) b, (Float) a * (Float) b, (Float) a != 0 && (Float) b != 0);
            case DIVIDE ->
                (a, b) -> checked(
                        (Float) a,
                        (float) divisor((Float) a, (Float) b),
                        (Float) a / (Float) b,
                        (Float) a != 0 && !Float.isInfinite((Float) b));
            default -> throw new IllegalStateException("no arithmetic of real: " + function);
        };
    }

    private static BinaryOperator<Object> ofDoubles(Function function) {
        return switch (function) {
            case PLUS -> (a, b) -> checked((Double) a, (Double) b, (Double) a + (Double) b, false);
            case MINUS -> (a, b) -> checked((Double) a, (Double) b, (Double) a - (Double) b, false);
            case TIMES ->
                (a, b) -> checked((Double) a, (Double) b, (Double) a * (Double) b, (Double) a != 0 && (Double) b != 0);
            case DIVIDE ->
                (a, b) -> checked(
                        (Double) a,
                        divisor((Double) a, (Double) b),
                        (Double) a / (Double) b,
                        (Double) a != 0 && !Double.isInfinite((Double) b));
            default -> throw new IllegalStateException("no arithmetic of double precision: " + function);
        };
    }

    private static double divisor(double a, double b) {
        if (b == 0 && !Double.isNaN(a)) {
            throw EvaluationError.divisionByZero();
        }
        return b;
    }

    private static Object checked(float a, float b, float result, boolean notZero) {
        if (Float.isInfinite(result) && !Float.isInfinite(a) && !Float.isInfinite(b)) {
            throw Floats.overflow();
        }
        if (notZero && result == 0) {
            throw Floats.underflow();
        }
        return result;
    }

    private static Object checked(double a, double b, double result, boolean notZero) {
        if (Double.isInfinite(result) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
            throw Floats.overflow();
        }
        if (notZero && result == 0) {
            throw Floats.underflow();
        }
        return result;
    }
}
