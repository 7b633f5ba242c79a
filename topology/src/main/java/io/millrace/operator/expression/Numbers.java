package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * abs, sign, rounding, roots and powers. Of numerics sqrt has PostgreSQL's scale and last digit; exp, ln and a power with a
 * fraction are computed in double precision and are exact to about 15 digits only.
 */
final class Numbers {
    private static final int MIN_SIGNIFICANT_DIGITS = 16;

    private Numbers() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        SqlType.Kind kind = types.get(0).kind();
        if (operands.length == 2) {
            return ofTwo(function, kind, operands);
        }
        return Arithmetic.strict(
                operands[0],
                switch (kind) {
                    case SMALLINT, INTEGER, BIGINT -> ofInteger(function, kind);
                    case NUMERIC ->
                        value -> value instanceof BigDecimal number
                                ? ofNumeric(function, number)
                                : ofSpecial(function, (Double) value);
                    case REAL -> value -> (float) ofDouble(function, (Float) value);
                    case DOUBLE -> value -> ofDouble(function, (Double) value);
                    default -> throw new IllegalStateException(function + " of " + kind);
                });
    }

    private static Evaluator ofTwo(Function function, SqlType.Kind kind, Evaluator[] operands) {
        return row -> {
            Object first = operands[0].evaluate(row);
            Object second = operands[1].evaluate(row);
            if (first == null || second == null) {
                return null;
            }
            if (function == Function.POWER) {
                return kind == SqlType.Kind.NUMERIC ? power(first, second) : power((Double) first, (Double) second);
            }
            int scale = ((Number) second).intValue();
            RoundingMode mode = function == Function.ROUND ? RoundingMode.HALF_UP : RoundingMode.DOWN;
            return first instanceof BigDecimal number ? scaled(number, scale, mode) : first;
        };
    }

    private static BigDecimal scaled(BigDecimal number, int scale, RoundingMode mode) {
        BigDecimal rounded = number.setScale(scale, mode);
        return scale < 0 ? rounded.setScale(0, RoundingMode.UNNECESSARY) : rounded;
    }

    private static UnaryOperator<Object> ofInteger(Function function, SqlType.Kind kind) {
        if (function != Function.ABS) {
            throw new IllegalStateException(function + " of " + kind);
        }
        if (kind == SqlType.Kind.BIGINT) {
            return value -> {
                if ((Long) value == Long.MIN_VALUE) {
                    throw EvaluationError.outOfRange("bigint");
                }
                return Math.abs((Long) value);
            };
        }
        int least = kind == SqlType.Kind.SMALLINT ? Short.MIN_VALUE : Integer.MIN_VALUE;
        return value -> {
            if ((Integer) value == least) {
                throw EvaluationError.outOfRange(kind.sqlName());
            }
            return Math.abs((Integer) value);
        };
    }

    private static Object ofNumeric(Function function, BigDecimal value) {
        return switch (function) {
            case ABS -> value.abs();
            case SIGN -> BigDecimal.valueOf(value.signum());
            case ROUND -> value.setScale(0, RoundingMode.HALF_UP);
            case TRUNC -> value.setScale(0, RoundingMode.DOWN);
            case FLOOR -> value.setScale(0, RoundingMode.FLOOR);
            case CEIL -> value.setScale(0, RoundingMode.CEILING);
            case SQRT -> squareRoot(value);
            case EXP -> approximate(Math.exp(value.doubleValue()));
            case LN -> {
                if (value.signum() <= 0) {
                    throw logarithm(value.signum());
                }
                yield approximate(Math.log(value.doubleValue()));
            }
            default -> throw new IllegalStateException(function + " of numeric");
        };
    }

    private static Object ofSpecial(Function function, double value) {
        return switch (function) {
            case ABS -> Math.abs(value);
            case SIGN -> Double.isNaN(value) ? (Object) value : BigDecimal.valueOf((long) Math.signum(value));
            case SQRT, EXP, LN -> ofDouble(function, value);
            default -> value;
        };
    }

    private static double ofDouble(Function function, double value) {
        return switch (function) {
            case ABS -> Math.abs(value);
            case SIGN -> Math.signum(value);
            case ROUND -> Math.rint(value);
            case TRUNC -> value < 0 ? Math.ceil(value) : Math.floor(value);
            case FLOOR -> Math.floor(value);
            case CEIL -> Math.ceil(value);
            case SQRT -> {
                if (value < 0) {
                    throw new EvaluationError("2201F", "cannot take square root of a negative number");
                }
                yield Math.sqrt(value);
            }
            case EXP -> Math.exp(value);
            case LN -> {
                if (value <= 0) {
                    throw logarithm((int) Math.signum(value));
                }
                yield Math.log(value);
            }
            default -> throw new IllegalStateException(function + " of double precision");
        };
    }

    private static EvaluationError logarithm(int sign) {
        return new EvaluationError(
                "2201E", sign == 0 ? "cannot take logarithm of zero" : "cannot take logarithm of a negative number");
    }

    private static BigDecimal squareRoot(BigDecimal value) {
        if (value.signum() < 0) {
            throw new EvaluationError("2201F", "cannot take square root of a negative number");
        }
        int weight = Math.floorDiv(Math.multiplyExact(Arithmetic.groupWeight(value) + 1, 4), 2) - 1;
        int scale = Math.min(Math.max(Math.max(MIN_SIGNIFICANT_DIGITS - weight, value.scale()), 0), 1000);
        int digits = Math.max(weight + 1, 0) + scale + 2;
        BigDecimal root = value.sqrt(new MathContext(digits + 4, RoundingMode.DOWN));
        return root.setScale(scale, RoundingMode.HALF_UP);
    }

    private static Object power(Object base, Object exponent) {
        if (base instanceof BigDecimal number
                && exponent instanceof BigDecimal times
                && times.stripTrailingZeros().scale() <= 0
                && times.abs().compareTo(BigDecimal.valueOf(1000)) <= 0) {
            return wholePower(number, times.intValueExact());
        }
        double result = power(((Number) base).doubleValue(), ((Number) exponent).doubleValue());
        return Double.isNaN(result) || Double.isInfinite(result) ? (Object) result : approximate(result);
    }

    private static BigDecimal wholePower(BigDecimal base, int exponent) {
        if (base.signum() == 0 && exponent < 0) {
            throw new EvaluationError("2201F", "zero raised to a negative power is undefined");
        }
        BigDecimal exact = base.pow(Math.abs(exponent));
        BigDecimal power = exponent < 0 ? BigDecimal.ONE.divide(exact, new MathContext(100)) : exact;
        int weight = power.signum() == 0 ? 0 : power.precision() - power.scale() - 1;
        int scale = Math.min(Math.max(Math.max(MIN_SIGNIFICANT_DIGITS - weight, base.scale()), 0), 1000);
        return power.setScale(scale, RoundingMode.HALF_UP);
    }

    private static double power(double base, double exponent) {
        if (base == 0 && exponent < 0) {
            throw new EvaluationError("2201F", "zero raised to a negative power is undefined");
        }
        if (base < 0 && exponent != Math.rint(exponent)) {
            throw new EvaluationError(
                    "2201F", "a negative number raised to a non-integer power yields a complex result");
        }
        return Math.pow(base, exponent);
    }

    private static BigDecimal approximate(double value) {
        BigDecimal exact = new BigDecimal(value);
        int weight = exact.signum() == 0 ? 0 : exact.precision() - exact.scale() - 1;
        return exact.setScale(Math.max(MIN_SIGNIFICANT_DIGITS - weight, 0), RoundingMode.HALF_UP);
    }
}
