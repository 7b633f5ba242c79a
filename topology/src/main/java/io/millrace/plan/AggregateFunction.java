package io.millrace.plan;

/**
 * The aggregates that a plan may hold; each can retract a value. NULLs are ignored by all but {@code count(*)} and
 * {@code array_agg}.
 */
public enum AggregateFunction {
    COUNT,
    SUM,
    AVG,
    VAR_POP,
    VAR_SAMP,
    STDDEV_POP,
    STDDEV_SAMP,
    MIN,
    MAX,
    STRING_AGG,
    ARRAY_AGG;

    /** Whether the result is made of the values in an order. */
    public boolean isSequence() {
        return this == STRING_AGG || this == ARRAY_AGG;
    }
}
