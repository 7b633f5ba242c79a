package io.millrace.plan;

/**
 * The aggregates that a plan may hold; each can retract a value. NULLs are ignored by all but {@code count(*)},
 * {@code array_agg} and those that make JSON.
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
    BIT_AND,
    BIT_OR,
    BIT_XOR,
    STRING_AGG,
    ARRAY_AGG,
    JSON_AGG,
    /** json_agg of whole rows, each of which begins a line of its own. */
    JSON_AGG_OF_ROWS,
    JSONB_AGG,
    JSON_OBJECT_AGG,
    JSONB_OBJECT_AGG,
    PERCENTILE_CONT,
    PERCENTILE_DISC,
    MODE;

    /** Whether the result is made of the values in an order. */
    public boolean isSequence() {
        return compareTo(STRING_AGG) >= 0;
    }

    /** Whether it is made of the values in an order but those that are NULL. */
    public boolean passesOverNull() {
        return switch (this) {
            case STRING_AGG, PERCENTILE_CONT, PERCENTILE_DISC, MODE -> true;
            default -> false;
        };
    }
}
