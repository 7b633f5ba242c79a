package io.millrace.operator;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Row;
import java.util.List;

/**
 * Projection: a row computed from each row. Linear, so that the incremental form is the operator itself; no state; a change
 * that alters no projected column ends here.
 */
final class ProjectOperator implements Operator {
    private final PlanNode.Project node;
    private final Evaluator[] expressions;
    private final RowFailures failures;

    ProjectOperator(PlanNode.Project node, List<Evaluator> expressions, RowFailures failures) {
        this.node = node;
        this.expressions = expressions.toArray(Evaluator[]::new);
        this.failures = failures;
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            Row before = delta.before() == null ? null : computed(delta.before());
            Row after = delta.after() == null ? null : compute(delta);
            output.emit(before, after, delta.weight(), delta.origin());
        }
    }

    private Row compute(Delta delta) {
        try {
            return evaluate(delta.after());
        } catch (EvaluationError e) {
            failures.failed(node, delta.after(), delta, e);
            return null;
        }
    }

    /** What the row gave when it came, or null if it failed, which was reported then. */
    private Row computed(Row row) {
        try {
            return evaluate(row);
        } catch (EvaluationError e) {
            return null;
        }
    }

    private Row evaluate(Row row) {
        Object[] values = new Object[expressions.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = expressions[i].evaluate(row);
        }
        return Row.of(values);
    }
}
