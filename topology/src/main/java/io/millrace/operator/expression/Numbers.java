package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/** abs, sign, rounding, roots and powers. */
final class Numbers {
    private Numbers() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        SqlType.Kind kind = types.get(0).kind();
        if (operands.length == 2) {
            return Arithmetic.strict(
                    operands[0], operands[1], ofTwo(function, kind, types.get(1).kind()));
        }
        return Arithmetic.strict(
                operands[0],
                switch (kind) {
                    case SMALLINT, INTEGER, BIGINT -> ofInteger(function, kind);
                    case NUMERIC -> ofNumeric(function);
                    case REAL -> ofReal(function);
                    case DOUBLE -> {
                        DoubleUnaryOperator operation = ofDouble(function);
                        yield value -> operation.applyAsDouble((Double) value);
                    }
                    default -> throw new IllegalStateException(function + " of " + kind);
                });
    }

    private static BinaryOperator<Object> ofTwo(Function function, SqlType.Kind kind, SqlType.Kind second) {
        return switch (function) {
            case POWER ->
                kind == SqlType.Kind.NUMERIC
                        ? Numbers::power
                        : (base, exponent) -> Floats.POWER.applyAsDouble((Double) base, (Double) exponent);
            case ROUND -> rounded(RoundingMode.HALF_UP, second);
            case TRUNC -> rounded(RoundingMode.DOWN, second);
            default -> throw new IllegalStateException(function + " of two");
        };
    }

    private static BinaryOperator<Object> rounded(RoundingMode mode, SqlType.Kind digits) {
        if (!Arithmetic.isInteger(digits)) {
            throw new IllegalStateException("digits are whole, not " + digits);
        }
        return (value, scale) ->
                value instanceof BigDecimal number ? rounded(number, ((Number) scale).intValue(), mode) : value;
    }

    private static BigDecimal rounded(BigDecimal number, int digits, RoundingMode mode) {
        if (digits >= 0) {
            return number.setScale(Math.min(digits, Decimals.MAX_STORED_SCALE), mode);
        }
        int whole = number.precision() - number.scale();
        // Beyond the first digit there is nothing left, and a scale of minus two thousand million is not Java's.
        return Decimals.checked(
                number.setScale(Math.max(digits, -Math.max(whole, 0) - 1), mode).setScale(0, RoundingMode.UNNECESSARY));
    }

    private static UnaryOperator<Object> ofInteger(Function function, SqlType.Kind kind) {
        if (function != Function.ABS) {
            throw new IllegalStateException(function + " of " + kind);
        }
        if (kind == SqlType.Kind.BIGINT) {
            return value -> {
                if ((Long) value == Long.MIN_VALUE) {
                    throw EvaluationError.outOfRange(kind.sqlName());
                }
                return Math.abs((Long) value);
            };
        }
        return value -> Arithmetic.narrowed(Math.abs((long) (Integer) value), kind);
    }

    private static UnaryOperator<Object> ofNumeric(Function function) {
        return switch (function) {
            case ABS -> numeric(BigDecimal::abs, Math::abs);
            case SIGN -> numeric(value -> BigDecimal.valueOf(value.signum()), Numbers::signOfSpecial);
            case ROUND -> numeric(value -> Decimals.checked(value.setScale(0, RoundingMode.HALF_UP)), value -> value);
            case TRUNC -> numeric(value -> value.setScale(0, RoundingMode.DOWN), value -> value);
            case FLOOR -> numeric(value -> value.setScale(0, RoundingMode.FLOOR), value -> value);
            case CEIL -> numeric(value -> value.setScale(0, RoundingMode.CEILING), value -> value);
            case SQRT -> numeric(Exponentials::squareRoot, Floats.SQRT::applyAsDouble);
            case EXP ->
                numeric(
                        Exponentials::exp,
                        value -> value == Double.NEGATIVE_INFINITY ? (Object) BigDecimal.ZERO : value);
            case LN -> numeric(Exponentials::ln, Floats.LN::applyAsDouble);
            default -> throw new IllegalStateException(function + " of numeric");
        };
    }

    private static UnaryOperator<Object> numeric(
            java.util.function.Function<BigDecimal, Object> finite,
            java.util.function.Function<Double, Object> special) {
        return value -> value instanceof BigDecimal number ? finite.apply(number) : special.apply((Double) value);
    }

    private static Object signOfSpecial(double value) {
        return Double.isNaN(value) ? (Object) value : BigDecimal.valueOf(value > 0 ? 1 : -1);
    }

    private static Object power(Object base, Object exponent) {
        if (base instanceof BigDecimal number && exponent instanceof BigDecimal times) {
            return Exponentials.power(number, times);
        }
        // NaN and the infinities follow the same rules as those of double precision, by value or class of value.
        double result = Floats.POWER.applyAsDouble(alike(base), alike(exponent));
        return Double.isFinite(result) ? (Object) BigDecimal.valueOf((long) result) : result;
    }

    /** A double that behaves in a power as a numeric does: sign, wholeness, and on which side of one. */
    private static double alike(Object value) {
        if (value instanceof Double special) {
            return special;
        }
        BigDecimal number = (BigDecimal) value;
        int beside = number.abs().compareTo(BigDecimal.ONE);
        double magnitude;
        if (beside == 0 || number.signum() == 0) {
            magnitude = number.signum() == 0 ? 0 : 1;
        } else if (beside < 0) {
            magnitude = 0.5;
        } else if (Decimals.isWhole(number)) {
            magnitude = number.toBigInteger().testBit(0) ? 3 : 2;
        } else {
            magnitude = 1.5;
        }
        return number.signum() < 0 ? -magnitude : magnitude;
    }

    private static UnaryOperator<Object> ofReal(Function function) {
        if (function != Function.ABS) {
            throw new IllegalStateException(function + " of real");
        }
        return value -> Math.abs((Float) value);
    }

    private static DoubleUnaryOperator ofDouble(Function function) {
        return switch (function) {
            case ABS -> Math::abs;
            case SIGN -> Floats.SIGN;
            case ROUND -> Math::rint;
            case TRUNC -> Floats.TRUNC;
            case FLOOR -> Math::floor;
            case CEIL -> Math::ceil;
            case SQRT -> Floats.SQRT;
            case EXP -> Floats.EXP;
            case LN -> Floats.LN;
            default -> throw new IllegalStateException(function + " of double precision");
        };
    }
}
