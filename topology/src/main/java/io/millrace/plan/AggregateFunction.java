package io.millrace.plan;

/** The aggregates that a plan may hold; each can retract a value. NULLs are ignored by all but {@code count(*)}. */
public enum AggregateFunction {
    COUNT,
    SUM,
    AVG,
    MIN,
    MAX
}
