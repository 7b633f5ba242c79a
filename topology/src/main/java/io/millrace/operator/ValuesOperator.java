package io.millrace.operator;

import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.plan.Expression;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.util.List;

/**
 * Constant rows. State: one entry once they were put out, so that a restart does not put them out again; none is needed for
 * no rows.
 */
final class ValuesOperator implements Operator, Starting {
    private static final byte[] STARTED = new byte[0];

    private final PlanNode.Values node;
    private final State state;

    ValuesOperator(PlanNode.Values node, State state) {
        this.node = node;
        this.state = state;
    }

    @Override
    public void start(Output output) {
        if (state == null || state.get(STARTED) != null) {
            return;
        }
        state.put(STARTED, STARTED);
        node.rows().forEach(row -> output.emit(null, rowOf(row), 1, Origin.NONE));
    }

    private static Row rowOf(List<Expression> constants) {
        return Row.of(constants.stream()
                .map(constant -> ExpressionCompiler.compile(constant).evaluate(Row.of()))
                .toArray());
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        throw new IllegalStateException("constants have no input");
    }
}
