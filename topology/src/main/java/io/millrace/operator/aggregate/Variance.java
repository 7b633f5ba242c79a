package io.millrace.operator.aggregate;

import io.millrace.catalog.SqlType;
import io.millrace.operator.expression.Quotient;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * variance and stddev, of a population and of a sample: from the count, the sum and the sum of squares, all exact, so that
 * values can go again. Of floating-point numbers too, whose result is rounded once, at the end; PostgreSQL's last digits
 * depend on the order of the rows.
 */
final class Variance implements Accumulator {
    private final SqlType type;
    private final boolean sample;
    private final boolean root;
    private final ExactSum sum = new ExactSum(SqlType.NUMERIC, false);
    private final int squares = sum.stateTypes().size();

    /**
     * The accumulator.
     *
     * @param type the result's: numeric or double precision
     * @param sample whether of a sample
     * @param root whether the standard deviation is asked for
     */
    Variance(SqlType type, boolean sample, boolean root) {
        this.type = type;
        this.sample = sample;
        this.root = root;
    }

    @Override
    public List<SqlType> stateTypes() {
        List<SqlType> types = new ArrayList<>(sum.stateTypes());
        types.add(SqlType.NUMERIC);
        return types;
    }

    @Override
    public Object[] initial() {
        return with(sum.initial(), BigDecimal.ZERO);
    }

    @Override
    public Object[] add(Object[] state, Object value, long weight) {
        Object number = exact(value);
        Object[] sums = sum.add(Arrays.copyOf(state, squares), number, weight);
        BigDecimal before = (BigDecimal) state[squares];
        return with(sums, number instanceof Double ? before : before.add(square(number, weight)));
    }

    private static Object exact(Object value) {
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            return Double.isFinite(number) ? new BigDecimal(number) : (Object) number;
        }
        return value;
    }

    private static BigDecimal square(Object number, long weight) {
        BigDecimal value =
                number instanceof BigDecimal given ? given : BigDecimal.valueOf(((Number) number).longValue());
        return value.multiply(value).multiply(BigDecimal.valueOf(weight));
    }

    private Object[] with(Object[] sums, BigDecimal sumOfSquares) {
        Object[] state = Arrays.copyOf(sums, squares + 1);
        state[squares] = sumOfSquares;
        return state;
    }

    @Override
    public Object result(Object[] state) {
        BigDecimal count = BigDecimal.valueOf(sum.count(state));
        BigDecimal fewer = sample ? count.subtract(BigDecimal.ONE) : count;
        if (fewer.signum() <= 0) {
            return null;
        }
        if (sum.special(state) != null) {
            return Double.NaN;
        }
        BigDecimal total = sum.sum(state);
        BigDecimal spread = count.multiply((BigDecimal) state[squares])
                .setScale(2 * total.scale())
                .subtract(total.multiply(total));
        return type.kind() == SqlType.Kind.DOUBLE
                ? (Object) approximate(spread, count.multiply(fewer))
                : exact(spread, count.multiply(fewer));
    }

    private double approximate(BigDecimal spread, BigDecimal divisor) {
        double variance = spread.divide(divisor, MathContext.DECIMAL128).doubleValue();
        return root ? Math.sqrt(variance) : variance;
    }

    /** As numeric_stddev_internal of PostgreSQL's numeric.c has it. */
    private BigDecimal exact(BigDecimal spread, BigDecimal divisor) {
        if (spread.signum() <= 0) {
            return BigDecimal.ZERO;
        }
        BigDecimal variance = Quotient.of(spread, divisor);
        return root ? Quotient.root(variance, variance.scale()) : variance;
    }
}
