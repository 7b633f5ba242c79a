package io.millrace.operator.aggregate;

import io.millrace.catalog.SqlType;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/**
 * sum() and avg() of real and double precision. The sum is kept exactly, so that what was added can be taken away without a
 * trace; it is rounded once, at the end. PostgreSQL rounds after every addition, in the order in which it meets the rows, so
 * the last digits may differ, as they do between two runs of PostgreSQL itself.
 */
final class FloatSum implements Accumulator {
    private final SqlType type;
    private final boolean average;

    FloatSum(SqlType type, boolean average) {
        this.type = type;
        this.average = average;
    }

    @Override
    public List<SqlType> stateTypes() {
        return List.of(SqlType.NUMERIC, SqlType.BIGINT, SqlType.BIGINT, SqlType.BIGINT, SqlType.BIGINT);
    }

    @Override
    public Object[] initial() {
        return new Object[] {BigDecimal.ZERO, 0L, 0L, 0L, 0L};
    }

    @Override
    public Object[] add(Object[] state, Object value, long weight) {
        Object[] next = state.clone();
        next[1] = (Long) state[1] + weight;
        double number = ((Number) value).doubleValue();
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            int counter = Double.isNaN(number) ? 2 : number > 0 ? 3 : 4;
            next[counter] = (Long) state[counter] + weight;
            return next;
        }
        BigDecimal sum = ((BigDecimal) state[0])
                .add(new BigDecimal(number).multiply(BigDecimal.valueOf(weight)))
                .stripTrailingZeros();
        next[0] = sum.scale() < 0 ? sum.setScale(0) : sum;
        return next;
    }

    @Override
    public Object result(Object[] state) {
        long count = (Long) state[1];
        if (count <= 0) {
            return null;
        }
        double sum = average
                ? ((BigDecimal) state[0])
                        .divide(BigDecimal.valueOf(count), MathContext.DECIMAL128)
                        .doubleValue()
                : ((BigDecimal) state[0]).doubleValue();
        boolean nan = (Long) state[2] > 0 || ((Long) state[3] > 0 && (Long) state[4] > 0);
        double result = nan
                ? Double.NaN
                : (Long) state[3] > 0 ? Double.POSITIVE_INFINITY : (Long) state[4] > 0 ? Double.NEGATIVE_INFINITY : sum;
        return type.kind() == SqlType.Kind.REAL ? (Object) (float) result : (Object) result;
    }
}
