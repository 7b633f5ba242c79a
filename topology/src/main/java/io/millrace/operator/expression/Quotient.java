package io.millrace.operator.expression;

import java.math.BigDecimal;

/** The division of numerics, for averages. */
public final class Quotient {
    private Quotient() {}

    /** A quotient with the scale that PostgreSQL gives it; the divisor is not zero. */
    public static BigDecimal of(BigDecimal dividend, BigDecimal divisor) {
        return Decimals.divide(dividend, divisor);
    }
}
