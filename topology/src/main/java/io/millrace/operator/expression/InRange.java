package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.function.BinaryOperator;

/**
 * How far values of a type are apart, as PostgreSQL's in_range functions say it, which decide on frames by RANGE. All values
 * infinitely precede infinity and infinitely follow minus infinity, and NaN comes after all others.
 */
@FunctionalInterface
public interface InRange {
    /**
     * Whether a value is at least, or at most, another one moved by the offset.
     *
     * @param value not null
     * @param base the other one, not null
     * @param sub whether the offset is taken from it, instead of being added
     * @param less whether at most
     * @throws EvaluationError when the other one cannot be moved so far
     */
    boolean holds(Object value, Object base, boolean sub, boolean less);

    /**
     * The function for values of a type and an offset, which is not null.
     *
     * @param offset of the type that PostgreSQL measures such values with
     * @throws EvaluationError when it is negative
     */
    static InRange of(SqlType type, Object offset) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER, BIGINT -> ofIntegers(((Number) offset).longValue());
            case REAL, DOUBLE -> ofDoubles(((Number) offset).doubleValue());
            case NUMERIC -> ofNumerics(offset);
            case TIME -> ofTimes((Interval) offset);
            case DATE -> ofTimestamps((Interval) offset, value -> Times.timestampOf((Integer) value));
            case TIMESTAMP, TIMESTAMPTZ -> ofTimestamps((Interval) offset, value -> (Long) value);
            case INTERVAL -> ofIntervals(type, (Interval) offset);
            default -> throw new IllegalArgumentException("values of " + type + " are at no distance");
        };
    }

    /**
     * Reads a constant offset before it is known what it measures.
     *
     * @throws EvaluationError when it is negative
     */
    static void check(Object offset) {
        if (offset instanceof Interval interval) {
            requirePositive(Times.sign(interval) >= 0);
        } else if (offset instanceof BigDecimal number) {
            requirePositive(number.signum() >= 0);
        } else if (offset instanceof Number number) {
            requirePositive(number.doubleValue() >= 0);
        }
    }

    private static void requirePositive(boolean positive) {
        if (!positive) {
            throw new EvaluationError("22013", "invalid preceding or following size in window function");
        }
    }

    private static boolean compared(int comparison, boolean less) {
        return less ? comparison <= 0 : comparison >= 0;
    }

    private static InRange ofIntegers(long offset) {
        requirePositive(offset >= 0);
        return (value, base, sub, less) -> {
            long from = ((Number) base).longValue();
            long sum = sub ? from - offset : from + offset;
            boolean overflows = sub ? sum > from : sum < from;
            return overflows ? sub != less : compared(Long.compare(((Number) value).longValue(), sum), less);
        };
    }

    private static InRange ofDoubles(double offset) {
        requirePositive(offset >= 0);
        return (value, base, sub, less) ->
                ofDoubles(((Number) value).doubleValue(), ((Number) base).doubleValue(), offset, sub, less);
    }

    private static boolean ofDoubles(double number, double from, double offset, boolean sub, boolean less) {
        if (Double.isNaN(number)) {
            return Double.isNaN(from) || !less;
        } else if (Double.isNaN(from)) {
            return less;
        }
        double sum = sub ? from - offset : from + offset;
        // Of two infinities it may be none.
        return Double.isNaN(sum) || (less ? number <= sum : number >= sum);
    }

    private static InRange ofNumerics(Object offset) {
        requirePositive(offset instanceof BigDecimal number ? number.signum() >= 0 : (Double) offset > 0);
        return (value, base, sub, less) -> {
            if (value instanceof BigDecimal number
                    && base instanceof BigDecimal from
                    && offset instanceof BigDecimal distance) {
                return compared(number.compareTo(sub ? from.subtract(distance) : from.add(distance)), less);
            }
            // Only whether they are infinite, and where, matters then.
            return ofDoubles(special(value), special(base), special(offset), sub, less);
        };
    }

    private static double special(Object number) {
        return number instanceof BigDecimal ? 0 : (Double) number;
    }

    /** Months and days of the offset do not matter, and the time does not begin anew at midnight. */
    private static InRange ofTimes(Interval offset) {
        requirePositive(offset.micros() >= 0);
        return ofIntegers(offset.micros());
    }

    /** What a value is as a timestamp. */
    @FunctionalInterface
    interface AsTimestamp {
        long of(Object value);
    }

    private static InRange ofTimestamps(Interval offset, AsTimestamp as) {
        requirePositive(Times.sign(offset) >= 0);
        Interval back = Times.negated(offset);
        boolean infinite = Times.isInfinite(offset);
        return (value, base, sub, less) -> {
            long from = as.of(base);
            if (infinite && from == (sub ? Long.MAX_VALUE : Long.MIN_VALUE)) {
                return true;
            }
            return compared(Long.compare(as.of(value), Times.plus(from, sub ? back : offset)), less);
        };
    }

    private static InRange ofIntervals(SqlType type, Interval offset) {
        requirePositive(Times.sign(offset) >= 0);
        Comparator<Object> order = Comparisons.order(type);
        BinaryOperator<Object> sum = Times.arithmetic(Function.PLUS, type.kind(), type.kind());
        BinaryOperator<Object> difference = Times.arithmetic(Function.MINUS, type.kind(), type.kind());
        boolean infinite = Times.isInfinite(offset);
        return (value, base, sub, less) -> {
            if (infinite && base.equals(Times.infinite(!sub))) {
                return true;
            }
            return compared(order.compare(value, sub ? difference.apply(base, offset) : sum.apply(base, offset)), less);
        };
    }
}
