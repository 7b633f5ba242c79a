package io.millrace.operator.expression;

import io.millrace.row.Row;

/** A compiled expression. Thread-safe, since it keeps nothing. */
@FunctionalInterface
public interface Evaluator {
    /**
     * The expression's value for a row, of the Java class that its type has; null is SQL's NULL.
     *
     * @throws EvaluationError when PostgreSQL would refuse, such as a division by zero
     */
    Object evaluate(Row row);
}
