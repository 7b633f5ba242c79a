package io.millrace.operator.expression;

import io.millrace.row.Row;
import java.util.List;

/** A compiled function that gives rows. Thread-safe; keeps nothing between rows. */
@FunctionalInterface
public interface RowsEvaluator {
    /**
     * The rows for that row, in order.
     *
     * @throws EvaluationError where PostgreSQL's function fails
     */
    List<Row> evaluate(Row row);
}
