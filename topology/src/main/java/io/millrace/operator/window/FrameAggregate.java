package io.millrace.operator.window;

import io.millrace.catalog.SqlType;
import io.millrace.operator.aggregate.Accumulator;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.plan.AggregateCall;
import io.millrace.plan.AggregateFunction;
import io.millrace.plan.WindowCall;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * An aggregate of the rows of each row's frame whose values can go again. As a frame only moves on, each row is added once
 * and taken away once, whatever the frames' sizes; with EXCLUDE once more, when the present row has passed it.
 */
final class FrameAggregate implements WindowFunction {
    private final WindowCall.Aggregated call;
    private final FrameEdges edges;
    private final FrameInputs inputs;

    FrameAggregate(WindowCall.Aggregated call, FrameEdges edges) {
        this.call = call;
        this.edges = edges;
        this.inputs = new FrameInputs(call);
    }

    @Override
    public Values over(GroupRows rows) {
        SqlType inputType = call.arguments().get(0).type();
        boolean extreme = call.function() == AggregateFunction.MIN || call.function() == AggregateFunction.MAX;
        Held held = extreme
                ? new Extreme(inputType, call.function() == AggregateFunction.MIN)
                : new Accumulated(Accumulator.of(new AggregateCall(call.function(), 0, false, inputType, call.type())));
        return new Moving(inputs.of(rows), new FrameRows(edges, rows), held);
    }

    /** The values of the present frame. */
    private sealed interface Held {
        void change(int row, Object value, boolean comes);

        Object result();
    }

    private static final class Accumulated implements Held {
        private final Accumulator accumulator;
        private Object[] state;

        Accumulated(Accumulator accumulator) {
            this.accumulator = accumulator;
            this.state = accumulator.initial();
        }

        @Override
        public void change(int row, Object value, boolean comes) {
            state = accumulator.add(state, value, comes ? 1 : -1);
        }

        @Override
        public Object result() {
            return accumulator.result(state);
        }
    }

    /** min and max: the values in order; of equal ones the last in the frame shows how it is written, as in PostgreSQL. */
    private static final class Extreme implements Held {
        private final KeyCodec codec;
        private final boolean least;
        private final TreeMap<byte[], TreeMap<Integer, Object>> values = new TreeMap<>(Arrays::compareUnsigned);

        Extreme(SqlType type, boolean least) {
            this.codec = KeyCodec.of(List.of(type));
            this.least = least;
        }

        @Override
        public void change(int row, Object value, boolean comes) {
            byte[] key = codec.encode(value);
            if (comes) {
                values.computeIfAbsent(key, any -> new TreeMap<>()).put(row, value);
                return;
            }
            TreeMap<Integer, Object> equal = values.get(key);
            equal.remove(row);
            if (equal.isEmpty()) {
                values.remove(key);
            }
        }

        @Override
        public Object result() {
            Map.Entry<byte[], TreeMap<Integer, Object>> found = least ? values.firstEntry() : values.lastEntry();
            return found == null ? null : found.getValue().lastEntry().getValue();
        }
    }

    /** The frame on its way through a group. */
    private static final class Moving implements Values {
        private final FrameInputs.OfGroup inputs;
        private final FrameRows frame;
        private final Held held;
        private final int[] from = new int[FrameRows.SPANS];
        private final int[] to = new int[FrameRows.SPANS];
        private final TreeSet<Integer> failed = new TreeSet<>();

        Moving(FrameInputs.OfGroup inputs, FrameRows frame, Held held) {
            this.inputs = inputs;
            this.frame = frame;
            this.held = held;
        }

        @Override
        public Object at(int row) {
            frame.moveTo(row);
            // A row may go from one span to another, so all that go must go before any come.
            for (int span = 0; span < FrameRows.SPANS; span++) {
                change(from[span], Math.min(frame.from(span), to[span]), false);
            }
            for (int span = 0; span < FrameRows.SPANS; span++) {
                change(Math.max(frame.from(span), to[span]), frame.to(span), true);
                from[span] = frame.from(span);
                to[span] = frame.to(span);
            }
            if (!failed.isEmpty()) {
                throw inputs.errors()[failed.first()];
            }
            return held.result();
        }

        private void change(int first, int end, boolean comes) {
            for (int row = first; row < end; row++) {
                change(row, comes);
            }
        }

        private void change(int row, boolean comes) {
            EvaluationError error = inputs.errors()[row];
            Row value = inputs.values()[row];
            if (error != null && comes) {
                failed.add(row);
            } else if (error != null) {
                failed.remove(row);
            } else if (value != null && value.get(0) != null) {
                held.change(row, value.get(0), comes);
            }
        }
    }
}
