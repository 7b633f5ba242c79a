package io.millrace.operator.window;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.plan.WindowCall;
import io.millrace.row.Row;

/** An aggregate's arguments for rows. Immutable. */
final class FrameInputs {
    private final Evaluator[] arguments;
    private final Evaluator filter;

    FrameInputs(WindowCall.Aggregated call) {
        this.arguments =
                call.arguments().stream().map(ExpressionCompiler::compile).toArray(Evaluator[]::new);
        this.filter = call.filter() == null ? null : ExpressionCompiler.compile(call.filter());
    }

    /**
     * What the aggregate takes of each of a group's rows.
     *
     * @param values the arguments; null for a row that FILTER leaves out, or that failed
     * @param errors why a row failed; null for the others
     */
    record OfGroup(Row[] values, EvaluationError[] errors) {}

    OfGroup of(GroupRows rows) {
        Row[] values = new Row[rows.size()];
        EvaluationError[] errors = new EvaluationError[rows.size()];
        for (int i = 0; i < values.length; i++) {
            try {
                values[i] = of(rows.get(i));
            } catch (EvaluationError e) {
                errors[i] = e;
            }
        }
        return new OfGroup(values, errors);
    }

    private Row of(Row row) {
        if (filter != null && !Boolean.TRUE.equals(filter.evaluate(row))) {
            return null;
        }
        Object[] values = new Object[arguments.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = arguments[i].evaluate(row);
        }
        return Row.of(values);
    }
}
