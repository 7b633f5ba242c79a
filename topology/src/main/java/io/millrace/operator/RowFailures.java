package io.millrace.operator;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Row;

/**
 * Takes the rows on which an expression failed. Such a row contributes nothing to the views until a change mends it; it is
 * reported once, when it comes.
 */
@FunctionalInterface
public interface RowFailures {
    /**
     * Takes a failed row.
     *
     * @param node the operator
     * @param row its input row
     * @param delta the change that brought it
     * @param error why
     */
    void failed(PlanNode node, Row row, Delta delta, EvaluationError error);
}
