package io.millrace.operator.window;

import io.millrace.operator.expression.Evaluator;
import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.plan.WindowCall;

/** lag and lead. */
final class NeighbourFunction implements WindowFunction {
    private final boolean lead;
    private final Evaluator value;
    private final Evaluator offset;
    private final Evaluator otherwise;

    NeighbourFunction(WindowCall.Neighbour call) {
        this.lead = call.lead();
        this.value = ExpressionCompiler.compile(call.value());
        this.offset = ExpressionCompiler.compile(call.offset());
        this.otherwise = ExpressionCompiler.compile(call.otherwise());
    }

    @Override
    public Values over(GroupRows rows) {
        return row -> {
            Object away = offset.evaluate(rows.get(row));
            if (away == null) {
                return null;
            }
            long other = row + (lead ? 1 : -1) * ((Number) away).longValue();
            return other >= 0 && other < rows.size()
                    ? value.evaluate(rows.get((int) other))
                    : otherwise.evaluate(rows.get(row));
        };
    }
}
