package io.millrace.operator.aggregate;

import io.millrace.catalog.SqlType;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Quotient;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * sum() and avg() of integers and numerics.
 *
 * <p>PostgreSQL shows a sum of numerics with the greatest scale among its values; to know it after values went, the state
 * counts the values of each scale, as text {@code scale:count,...}. It counts NaN and the infinities apart, since nothing
 * can be taken away from a NaN.
 */
final class ExactSum implements Accumulator {
    private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger GREATEST = BigInteger.valueOf(Long.MAX_VALUE);
    private static final int SUM = 0;
    private static final int COUNT = 1;
    private static final int SCALES = 2;
    private static final int NANS = 3;
    private static final int INFINITIES = 4;
    private static final int NEGATIVE_INFINITIES = 5;

    private final SqlType type;
    private final boolean average;

    ExactSum(SqlType type, boolean average) {
        this.type = type;
        this.average = average;
    }

    @Override
    public List<SqlType> stateTypes() {
        return List.of(SqlType.NUMERIC, SqlType.BIGINT, SqlType.TEXT, SqlType.BIGINT, SqlType.BIGINT, SqlType.BIGINT);
    }

    @Override
    public Object[] initial() {
        return new Object[] {BigDecimal.ZERO, 0L, null, 0L, 0L, 0L};
    }

    @Override
    public Object[] add(Object[] state, Object value, long weight) {
        Object[] next = state.clone();
        next[COUNT] = (Long) state[COUNT] + weight;
        if (value instanceof Double special) {
            int counter = special.isNaN() ? NANS : special > 0 ? INFINITIES : NEGATIVE_INFINITIES;
            next[counter] = (Long) state[counter] + weight;
            return next;
        }
        BigDecimal number =
                value instanceof BigDecimal given ? given : BigDecimal.valueOf(((Number) value).longValue());
        BigDecimal sum = ((BigDecimal) state[SUM]).add(number.multiply(BigDecimal.valueOf(weight)));
        if (number.scale() > 0 || state[SCALES] != null) {
            NavigableMap<Integer, Long> scales = scales((String) state[SCALES]);
            if (number.scale() > 0) {
                scales.merge(number.scale(), weight, (a, b) -> a + b == 0 ? null : (Long) (a + b));
            }
            next[SCALES] = text(scales);
            int scale = scales.isEmpty() ? 0 : Math.max(scales.lastKey(), 0);
            BigDecimal stripped = sum.stripTrailingZeros();
            sum = sum.setScale(Math.max(scale, Math.max(stripped.scale(), 0)));
        }
        next[SUM] = sum;
        return next;
    }

    @Override
    public Object result(Object[] state) {
        long count = count(state);
        if (count <= 0) {
            return null;
        }
        Double special = special(state);
        if (special != null) {
            return special;
        }
        BigDecimal sum = sum(state);
        if (average) {
            return Quotient.of(sum, BigDecimal.valueOf(count));
        }
        if (type.kind() != SqlType.Kind.BIGINT) {
            return sum;
        }
        BigInteger whole = sum.toBigIntegerExact();
        if (whole.compareTo(LEAST) < 0 || whole.compareTo(GREATEST) > 0) {
            throw new EvaluationError("22003", "bigint out of range");
        }
        return whole.longValue();
    }

    /** How many values there are. */
    long count(Object[] state) {
        return (Long) state[COUNT];
    }

    /** The sum of those that are finite, with the greatest scale among them. */
    BigDecimal sum(Object[] state) {
        return (BigDecimal) state[SUM];
    }

    /** The sum if some are not finite: NaN or an infinity; else null. */
    Double special(Object[] state) {
        boolean nan = (Long) state[NANS] > 0;
        boolean positive = (Long) state[INFINITIES] > 0;
        boolean negative = (Long) state[NEGATIVE_INFINITIES] > 0;
        if (nan || (positive && negative)) {
            return Double.NaN;
        }
        return positive ? (Double) Double.POSITIVE_INFINITY : negative ? Double.NEGATIVE_INFINITY : null;
    }

    private static NavigableMap<Integer, Long> scales(String text) {
        TreeMap<Integer, Long> scales = new TreeMap<>();
        if (text != null) {
            for (String entry : text.split(",", -1)) {
                int colon = entry.indexOf(':');
                scales.put(Integer.parseInt(entry.substring(0, colon)), Long.parseLong(entry.substring(colon + 1)));
            }
        }
        return scales;
    }

    private static String text(Map<Integer, Long> scales) {
        if (scales.isEmpty()) {
            return null;
        }
        StringBuilder text = new StringBuilder();
        scales.forEach((scale, count) -> text.append(text.length() == 0 ? "" : ",")
                .append(scale)
                .append(':')
                .append(count));
        return text.toString();
    }
}
