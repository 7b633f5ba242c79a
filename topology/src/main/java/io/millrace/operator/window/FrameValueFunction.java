package io.millrace.operator.window;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.plan.WindowCall;

/** first_value, last_value and nth_value. */
final class FrameValueFunction implements WindowFunction {
    private final FrameEdges edges;
    private final Evaluator value;
    private final Evaluator nth;

    FrameValueFunction(WindowCall.FrameValue call, FrameEdges edges) {
        this.edges = edges;
        this.value = ExpressionCompiler.compile(call.value());
        this.nth = call.nth() == null ? null : ExpressionCompiler.compile(call.nth());
    }

    @Override
    public Values over(GroupRows rows) {
        FrameRows frame = new FrameRows(edges, rows);
        return row -> {
            frame.moveTo(row);
            int wanted = frame.last();
            if (nth != null) {
                Object number = nth.evaluate(rows.get(row));
                if (number == null) {
                    return null;
                }
                if (((Number) number).longValue() <= 0) {
                    throw new EvaluationError("22016", "argument of nth_value must be greater than zero");
                }
                wanted = frame.row(((Number) number).longValue() - 1);
            }
            return wanted < 0 ? null : value.evaluate(rows.get(wanted));
        };
    }
}
