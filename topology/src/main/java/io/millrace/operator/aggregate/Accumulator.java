package io.millrace.operator.aggregate;

import io.millrace.catalog.SqlType;
import io.millrace.plan.AggregateCall;
import java.util.List;

/**
 * The state of one aggregate of one group: values of {@link #stateTypes}, to which a value is added any number of times,
 * negative to take it away. Its result depends only on what remains, never on the order. Stateless and thread-safe.
 */
public interface Accumulator {
    /** The types of the state's values, all of which a row can hold. */
    List<SqlType> stateTypes();

    /** The state of no values. */
    Object[] initial();

    /**
     * The state after a value came or went.
     *
     * @param state the state before, not changed
     * @param value not null
     * @param weight how many times it came; negative when it went
     */
    Object[] add(Object[] state, Object value, long weight);

    /**
     * The aggregate of what remains; null where PostgreSQL gives NULL.
     *
     * @throws io.millrace.operator.expression.EvaluationError when the result does not fit its type
     */
    Object result(Object[] state);

    /** The accumulator of a count, sum, average, variance, standard deviation, or of bits. */
    static Accumulator of(AggregateCall call) {
        return switch (call.function()) {
            case COUNT -> new CountAccumulator();
            case SUM ->
                switch (call.inputType().kind()) {
                    case SMALLINT, INTEGER, BIGINT, NUMERIC -> new ExactSum(call.type(), false);
                    default -> new FloatSum(call.type(), false);
                };
            case AVG ->
                switch (call.inputType().kind()) {
                    case SMALLINT, INTEGER, BIGINT, NUMERIC -> new ExactSum(call.type(), true);
                    default -> new FloatSum(call.type(), true);
                };
            case VAR_POP -> new Variance(call.type(), false, false);
            case VAR_SAMP -> new Variance(call.type(), true, false);
            case STDDEV_POP -> new Variance(call.type(), false, true);
            case STDDEV_SAMP -> new Variance(call.type(), true, true);
            case BIT_AND, BIT_OR, BIT_XOR -> new BitCounts(call.function(), call.type());
            case MIN,
                    MAX,
                    STRING_AGG,
                    ARRAY_AGG,
                    JSON_AGG,
                    JSON_AGG_OF_ROWS,
                    JSONB_AGG,
                    JSON_OBJECT_AGG,
                    JSONB_OBJECT_AGG,
                    PERCENTILE_CONT,
                    PERCENTILE_DISC,
                    MODE ->
                throw new IllegalArgumentException(call + " keeps its values in order, it accumulates nothing");
        };
    }
}
