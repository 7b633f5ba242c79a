package io.millrace.operator;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Row;
import java.util.List;

/**
 * Selection: the rows for which the condition is true. Linear, so that the incremental form is the operator itself; no
 * state; one evaluation a row.
 */
final class FilterOperator implements Operator {
    private final PlanNode.Filter node;
    private final Evaluator condition;
    private final RowFailures failures;

    FilterOperator(PlanNode.Filter node, Evaluator condition, RowFailures failures) {
        this.node = node;
        this.condition = condition;
        this.failures = failures;
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            boolean before = delta.before() != null && passed(delta.before());
            boolean after = delta.after() != null && passes(delta);
            if (before && after) {
                output.emit(delta);
            } else if (before || after) {
                output.emit(
                        before ? delta.before() : null, after ? delta.after() : null, delta.weight(), delta.origin());
            }
        }
    }

    private boolean passes(Delta delta) {
        try {
            return Boolean.TRUE.equals(condition.evaluate(delta.after()));
        } catch (EvaluationError e) {
            failures.failed(node, delta.after(), delta, e);
            return false;
        }
    }

    /** Whether the row passed when it came; a failure was reported then. */
    private boolean passed(Row row) {
        try {
            return Boolean.TRUE.equals(condition.evaluate(row));
        } catch (EvaluationError e) {
            return false;
        }
    }
}
