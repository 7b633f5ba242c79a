package io.millrace.operator.window;

import io.millrace.catalog.SqlType;
import io.millrace.operator.aggregate.SequenceResult;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.plan.AggregateCall;
import io.millrace.plan.Expression;
import io.millrace.plan.WindowCall;
import io.millrace.row.Row;
import java.util.ArrayList;
import java.util.List;

/**
 * An aggregate that is made of the values of each row's frame in their order, as string_agg and array_agg are. It reads the
 * frame for each row; rows with the same frame, as peers have it, share what was made of it.
 */
final class FrameSequence implements WindowFunction {
    private final WindowCall.Aggregated call;
    private final FrameEdges edges;
    private final FrameInputs inputs;
    private final SequenceResult result;

    FrameSequence(WindowCall.Aggregated call, FrameEdges edges) {
        this.call = call;
        this.edges = edges;
        this.inputs = new FrameInputs(call);
        List<SqlType> types = call.arguments().stream().map(Expression::type).toList();
        this.result = SequenceResult.of(new AggregateCall(call.function(), 0, false, types.get(0), call.type()), types);
    }

    @Override
    public Values over(GroupRows rows) {
        FrameInputs.OfGroup ofGroup = inputs.of(rows);
        FrameRows frame = new FrameRows(edges, rows);
        List<Integer> made = new ArrayList<>();
        Object[] last = {null};
        return row -> {
            frame.moveTo(row);
            List<Integer> spans = new ArrayList<>();
            for (int span = 0; span < FrameRows.SPANS; span++) {
                spans.add(frame.from(span));
                spans.add(frame.to(span));
            }
            if (!spans.equals(made)) {
                // What fails is not kept, so that it fails again for the next row.
                made.clear();
                last[0] = resultOf(frame, ofGroup);
                made.addAll(spans);
            }
            return last[0];
        };
    }

    private Object resultOf(FrameRows frame, FrameInputs.OfGroup ofGroup) {
        List<Row> values = new ArrayList<>();
        for (int span = 0; span < FrameRows.SPANS; span++) {
            for (int i = frame.from(span); i < frame.to(span); i++) {
                EvaluationError error = ofGroup.errors()[i];
                if (error != null) {
                    throw error;
                }
                Row value = ofGroup.values()[i];
                if (value != null && !(call.function().passesOverNull() && value.get(0) == null)) {
                    values.add(value);
                }
            }
        }
        return values.isEmpty() ? null : result.of(values);
    }
}
