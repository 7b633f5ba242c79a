package io.millrace.operator.expression;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.function.BinaryOperator;

/**
 * Arithmetic of numerics with the scales that PostgreSQL's numeric.c gives: of a sum the greater, of a product the sum, of
 * a quotient at least 16 significant digits. Values are BigDecimals, or Doubles for NaN and the infinities.
 */
final class Decimals {
    static final int MIN_SIGNIFICANT_DIGITS = 16;
    /** The greatest scale that a division, root or power chooses. */
    static final int MAX_SCALE = 1000;
    /** The greatest scale and the greatest power of 10000 that the format holds. */
    static final int MAX_STORED_SCALE = 16383;

    static final int MAX_GROUP_WEIGHT = 32767;
    private static final int DIGITS_PER_GROUP = 4;

    private Decimals() {}

    static EvaluationError overflow() {
        return new EvaluationError("22003", "value overflows numeric format");
    }

    /** The value, if PostgreSQL's format can hold it. */
    static BigDecimal checked(BigDecimal value) {
        if (value.precision() - value.scale() > (MAX_GROUP_WEIGHT + 1) * DIGITS_PER_GROUP && value.signum() != 0) {
            throw overflow();
        }
        return value;
    }

    /** The operation on BigDecimals, extended to NaN and the infinities by that on doubles. */
    private static BinaryOperator<Object> extended(
            BinaryOperator<BigDecimal> finite, BinaryOperator<Object> withSpecials) {
        return (a, b) -> a instanceof BigDecimal first && b instanceof BigDecimal second
                ? finite.apply(first, second)
                : withSpecials.apply(a, b);
    }

    static BinaryOperator<Object> plus() {
        return extended((a, b) -> checked(a.add(b)), (a, b) -> special(a) + special(b));
    }

    static BinaryOperator<Object> minus() {
        return extended((a, b) -> checked(a.subtract(b)), (a, b) -> special(a) - special(b));
    }

    static BinaryOperator<Object> times() {
        return extended(Decimals::multiply, (a, b) -> sign(a) * sign(b));
    }

    private static BigDecimal multiply(BigDecimal a, BigDecimal b) {
        BigDecimal product = checked(a.multiply(b));
        return product.scale() > MAX_STORED_SCALE ? product.setScale(MAX_STORED_SCALE, RoundingMode.HALF_UP) : product;
    }

    static BinaryOperator<Object> divide() {
        return extended(Decimals::divide, (a, b) -> {
            double dividend = sign(a);
            double divisor = sign(b);
            if (Double.isNaN(dividend) || Double.isNaN(divisor)) {
                return Double.NaN;
            }
            if (divisor == 0) {
                throw EvaluationError.divisionByZero();
            }
            if (Double.isInfinite(divisor)) {
                return Double.isInfinite(dividend) ? (Object) Double.NaN : BigDecimal.ZERO;
            }
            return dividend * divisor;
        });
    }

    static BinaryOperator<Object> modulo() {
        return extended(Decimals::modulo, (a, b) -> {
            double dividend = sign(a);
            double divisor = sign(b);
            if (Double.isNaN(dividend) || Double.isNaN(divisor)) {
                return Double.NaN;
            }
            if (divisor == 0) {
                throw EvaluationError.divisionByZero();
            }
            return Double.isInfinite(dividend) ? (Object) Double.NaN : a;
        });
    }

    private static BigDecimal modulo(BigDecimal a, BigDecimal b) {
        if (b.signum() == 0) {
            throw EvaluationError.divisionByZero();
        }
        return a.remainder(b).setScale(Math.max(a.scale(), b.scale()), RoundingMode.UNNECESSARY);
    }

    /** A quotient, rounded half away from zero to the scale that select_div_scale of numeric.c chooses. */
    static BigDecimal divide(BigDecimal a, BigDecimal b) {
        if (b.signum() == 0) {
            throw EvaluationError.divisionByZero();
        }
        int weight = groupWeight(a) - groupWeight(b);
        if (leadingGroups(a, 1) <= leadingGroups(b, 1)) {
            weight--;
        }
        int scale = scale(weight * DIGITS_PER_GROUP, Math.max(a.scale(), b.scale()));
        return checked(a.divide(b, scale, RoundingMode.HALF_UP));
    }

    /** The scale that gives a result of that decimal weight 16 significant digits, and no less than the operands'. */
    static int scale(double weight, int leastScale) {
        int scale = Math.max(MIN_SIGNIFICANT_DIGITS - (int) weight, leastScale);
        return Math.min(Math.max(scale, 0), MAX_SCALE);
    }

    /** The power of 10000 of the first non-zero group of four digits; 0 for zero. */
    static int groupWeight(BigDecimal value) {
        if (value.signum() == 0) {
            return 0;
        }
        return Math.floorDiv(value.precision() - value.scale() - 1, DIGITS_PER_GROUP);
    }

    /** The value of the first so many groups of four digits, up to four. */
    static long leadingGroups(BigDecimal value, int count) {
        if (value.signum() == 0) {
            return 0;
        }
        return value.abs()
                .scaleByPowerOfTen((count - 1 - groupWeight(value)) * DIGITS_PER_GROUP)
                .setScale(0, RoundingMode.DOWN)
                .longValueExact();
    }

    static boolean isWhole(BigDecimal value) {
        return value.signum() == 0
                || value.scale() <= 0
                || value.stripTrailingZeros().scale() <= 0;
    }

    /** NaN and the infinities; any finite number as 0, which beside those is as good as any. */
    private static double special(Object value) {
        return value instanceof Double special ? special : 0;
    }

    /** NaN and the infinities; a finite number as its sign. */
    static double sign(Object value) {
        return value instanceof Double special ? special : ((BigDecimal) value).signum();
    }
}
