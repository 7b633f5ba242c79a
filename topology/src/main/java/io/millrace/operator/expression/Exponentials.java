package io.millrace.operator.expression;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * exp, ln, sqrt and power of finite numerics: computed with guard digits and rounded once, to the scale that PostgreSQL's
 * numeric.c chooses, which is at least 16 significant digits.
 */
final class Exponentials {
    private static final double LOG10_E = 0.434294481903252;
    private static final double LN_10 = 2.302585092994046;
    /** Where numeric.c gives up: e to this power has more digits than it wants to compute. */
    private static final int GREATEST_EXPONENT = 6000;

    private static final double POWER_EXPONENT_FUZZ = 1.0034;
    private static final int GUARD_DIGITS = 12;
    private static final int DOUBLE_DIGITS = 16;
    private static final BigDecimal TWO = BigDecimal.valueOf(2);
    private static final BigDecimal NEAR_ONE_BELOW = new BigDecimal("0.9");
    private static final BigDecimal NEAR_ONE_ABOVE = new BigDecimal("1.1");

    private Exponentials() {}

    static BigDecimal exp(BigDecimal value) {
        double weight = value.doubleValue() * LOG10_E;
        weight = Math.min(Math.max(weight, -2 * Decimals.MAX_SCALE), 2 * Decimals.MAX_SCALE);
        return exp(value, Decimals.scale(weight, value.scale()));
    }

    /** e to that power at a scale. */
    private static BigDecimal exp(BigDecimal value, int scale) {
        double approximate = value.doubleValue();
        if (Math.abs(approximate) >= GREATEST_EXPONENT) {
            if (approximate > 0) {
                throw Decimals.overflow();
            }
            return BigDecimal.ZERO.setScale(scale);
        }
        int digits = Math.max(scale + (int) (approximate * LOG10_E) + 2, 1);
        return exp(value, new MathContext(digits + GUARD_DIGITS)).setScale(scale, RoundingMode.HALF_UP);
    }

    /** Taylor's series after halving, then squared as often. */
    private static BigDecimal exp(BigDecimal value, MathContext context) {
        if (value.signum() == 0) {
            return BigDecimal.ONE;
        }
        int magnitude = Math.max(value.precision() - value.scale(), 0);
        int halvings = (int) Math.ceil(magnitude * 3.33) + 8;
        MathContext inner = new MathContext(context.getPrecision() + halvings / 3 + 4);
        BigDecimal reduced = value.divide(TWO.pow(halvings), inner);
        BigDecimal sum = BigDecimal.ONE;
        BigDecimal term = BigDecimal.ONE;
        BigDecimal negligible = BigDecimal.ONE.movePointLeft(inner.getPrecision() + 1);
        for (int n = 1; term.abs().compareTo(negligible) > 0; n++) {
            term = term.multiply(reduced, inner).divide(BigDecimal.valueOf(n), inner);
            sum = sum.add(term, inner);
        }
        for (int i = 0; i < halvings; i++) {
            sum = sum.multiply(sum, inner);
        }
        return sum.round(context);
    }

    static BigDecimal ln(BigDecimal value) {
        if (value.signum() <= 0) {
            throw logarithm(value.signum());
        }
        int scale = Decimals.scale(lnWeight(value), value.scale());
        return ln(value, scale + 2).setScale(scale, RoundingMode.HALF_UP);
    }

    /** The logarithm to a base, with the digits that numeric.c gives it. */
    static BigDecimal log(BigDecimal base, BigDecimal value) {
        for (BigDecimal each : new BigDecimal[] {base, value}) {
            if (each.signum() <= 0) {
                throw logarithm(each.signum());
            }
        }
        int weight = lnWeight(value) - lnWeight(base);
        int wanted = Decimals.MIN_SIGNIFICANT_DIGITS - weight;
        int scale = Math.min(Math.max(Math.max(wanted, 0), Math.max(base.scale(), value.scale())), Decimals.MAX_SCALE);
        BigDecimal ofBase = ln(base, scale + GUARD_DIGITS + Math.abs(lnWeight(base)));
        if (ofBase.signum() == 0) {
            throw EvaluationError.divisionByZero();
        }
        return ln(value, scale + GUARD_DIGITS + Math.abs(lnWeight(base)) * 2)
                .divide(ofBase, scale, RoundingMode.HALF_UP);
    }

    static EvaluationError logarithm(int sign) {
        return new EvaluationError(
                "2201E", sign == 0 ? "cannot take logarithm of zero" : "cannot take logarithm of a negative number");
    }

    /** With at least that many correct digits after the point. */
    private static BigDecimal ln(BigDecimal value, int scale) {
        int exponent = value.precision() - value.scale();
        BigDecimal mantissa = value.scaleByPowerOfTen(-exponent);
        int precision = scale + GUARD_DIGITS + 8;
        if (exponent == 0 || exponent == 1) {
            // Near one the logarithm is small; the two parts below would cancel out.
            return lnNear(value, precision);
        }
        return lnNear(mantissa, precision)
                .add(BigDecimal.valueOf(exponent).multiply(lnNear(BigDecimal.TEN, precision)));
    }

    /** Halley's iteration on the exponential: each step has thrice the digits of the last. */
    private static BigDecimal lnNear(BigDecimal value, int precision) {
        BigDecimal root = new BigDecimal(Math.log(value.doubleValue()));
        for (int digits = DOUBLE_DIGITS - 2; digits < precision; ) {
            digits = Math.min(digits * 3 - 2, precision);
            MathContext context = new MathContext(digits + GUARD_DIGITS);
            BigDecimal power = exp(root, context);
            BigDecimal correction =
                    value.subtract(power, context).multiply(TWO).divide(value.add(power, context), context);
            root = root.add(correction).setScale(digits + GUARD_DIGITS, RoundingMode.HALF_EVEN);
        }
        return root;
    }

    /** numeric.c's estimate_ln_dweight: the power of ten of the first digit of the logarithm, roughly. */
    private static int lnWeight(BigDecimal value) {
        if (value.signum() <= 0) {
            return 0;
        }
        if (value.compareTo(NEAR_ONE_BELOW) >= 0 && value.compareTo(NEAR_ONE_ABOVE) <= 0) {
            BigDecimal difference = value.subtract(BigDecimal.ONE);
            return difference.signum() == 0 ? 0 : difference.precision() - difference.scale() - 1;
        }
        int group = Decimals.groupWeight(value);
        long first = Decimals.leadingGroups(value, 1);
        boolean more = value.stripTrailingZeros().scale() > -4 * group;
        double logarithm = more
                ? Math.log((double) Decimals.leadingGroups(value, 2)) + (group - 1) * 4 * LN_10
                : Math.log((double) first) + group * 4 * LN_10;
        return (int) Math.log10(Math.abs(logarithm));
    }

    static BigDecimal squareRoot(BigDecimal value) {
        if (value.signum() < 0) {
            throw Floats.negativeRoot();
        }
        int rootWeight = (Decimals.groupWeight(value) + 1) * 2 - 1;
        return squareRoot(value, Decimals.scale(rootWeight, value.scale()));
    }

    /** The root of a number that is not negative, rounded to that scale. */
    static BigDecimal squareRoot(BigDecimal value, int scale) {
        // One digit more decides the rounding: a root that lies just between two numbers has an end there.
        BigInteger shifted = value.setScale(2 * (scale + 1), RoundingMode.DOWN).unscaledValue();
        BigDecimal root = new BigDecimal(shifted.sqrt(), scale + 1);
        return root.setScale(scale, RoundingMode.HALF_UP);
    }

    static BigDecimal power(BigDecimal base, BigDecimal exponent) {
        if (base.signum() == 0 && exponent.signum() < 0) {
            throw Floats.zeroToNegative();
        }
        boolean whole = Decimals.isWhole(exponent);
        if (base.signum() < 0 && !whole) {
            throw Floats.complexPower();
        }
        if (whole && exponent.abs().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) <= 0) {
            return power(base, exponent.intValueExact(), exponent.scale());
        }
        if (base.signum() == 0) {
            return BigDecimal.ZERO.setScale(Decimals.MIN_SIGNIFICANT_DIGITS);
        }
        BigDecimal magnitude = base.abs();
        BigDecimal power = realPower(magnitude, exponent, Math.max(base.scale(), exponent.scale()));
        return base.signum() < 0 && exponent.toBigInteger().testBit(0) ? power.negate() : power;
    }

    /** Of a positive base by way of its logarithm. */
    private static BigDecimal realPower(BigDecimal base, BigDecimal exponent, int leastScale) {
        int lnWeight = lnWeight(base);
        int roughScale = Math.max(8 - lnWeight, 0);
        // As roughly as numeric.c does it, since the scale of the result hangs on which side of a whole number this
        // falls.
        double logarithm = ln(base, roughScale)
                .setScale(roughScale, RoundingMode.HALF_UP)
                .multiply(exponent)
                .setScale(roughScale, RoundingMode.HALF_UP)
                .doubleValue();
        if (Math.abs(logarithm) > GREATEST_EXPONENT * POWER_EXPONENT_FUZZ) {
            if (logarithm > 0) {
                throw Decimals.overflow();
            }
            return BigDecimal.ZERO.setScale(Decimals.MAX_SCALE);
        }
        double weight = logarithm * LOG10_E;
        int scale = Decimals.scale(weight, leastScale);
        int digits = Math.max(scale + (int) weight, 0) - lnWeight + GUARD_DIGITS;
        int exponentDigits = Math.max(exponent.precision() - exponent.scale(), 0);
        return exp(ln(base, Math.max(digits, 0) + exponentDigits).multiply(exponent), scale);
    }

    /** By squaring, with as many digits as the result has, and a few more. */
    private static BigDecimal power(BigDecimal base, int exponent, int exponentScale) {
        double weight = 0;
        if (base.signum() != 0) {
            int group = Decimals.groupWeight(base);
            weight = exponent * (Math.log10((double) Decimals.leadingGroups(base, 4)) + (group - 3) * 4);
        }
        if (weight > (Decimals.MAX_GROUP_WEIGHT + 1) * 4.0) {
            throw Decimals.overflow();
        }
        if (weight + 1 < -Decimals.MAX_SCALE) {
            return BigDecimal.ZERO.setScale(Decimals.MAX_SCALE);
        }
        int scale = Decimals.scale(weight, Math.max(base.scale(), exponentScale));
        if (exponent == 0) {
            return BigDecimal.ONE.setScale(scale);
        }
        if (base.signum() == 0) {
            return BigDecimal.ZERO.setScale(scale);
        }
        int digits = Math.max(1 + scale + (int) weight, 1) + (int) Math.log(Math.abs((double) exponent)) + GUARD_DIGITS;
        MathContext context = new MathContext(digits);
        BigDecimal product = BigDecimal.ONE;
        BigDecimal square = base;
        for (long rest = Math.abs((long) exponent); rest > 0; rest >>= 1) {
            if ((rest & 1) != 0) {
                product = product.multiply(square, context);
            }
            if (rest > 1) {
                square = square.multiply(square, context);
            }
            if (Decimals.groupWeight(product) > Decimals.MAX_GROUP_WEIGHT
                    || Decimals.groupWeight(square) > Decimals.MAX_GROUP_WEIGHT) {
                if (exponent > 0) {
                    throw Decimals.overflow();
                }
                return BigDecimal.ZERO.setScale(scale);
            }
        }
        BigDecimal result = exponent < 0 ? BigDecimal.ONE.divide(product, context) : product;
        return Decimals.checked(result.setScale(scale, RoundingMode.HALF_UP));
    }
}
