package io.millrace.operator.expression;

import java.math.BigDecimal;

/** Division and square root of numerics, for averages and standard deviations. */
public final class Quotient {
    private Quotient() {}

    /** A quotient with the scale that PostgreSQL gives it; the divisor is not zero. */
    public static BigDecimal of(BigDecimal dividend, BigDecimal divisor) {
        return Decimals.divide(dividend, divisor);
    }

    /** The square root of a number that is not negative, rounded to that scale. */
    public static BigDecimal root(BigDecimal square, int scale) {
        return Exponentials.squareRoot(square, scale);
    }
}
