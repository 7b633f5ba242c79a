package io.millrace.operator.window;

import io.millrace.catalog.SqlType;
import io.millrace.operator.aggregate.Accumulator;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.plan.AggregateCall;
import io.millrace.plan.AggregateFunction;
import io.millrace.plan.Frame;
import io.millrace.plan.WindowCall;
import io.millrace.row.KeyCodec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An aggregate of the rows of each row's frame. As a frame only moves on, each row is added once and taken away once,
 * whatever the frames' sizes.
 */
final class FrameAggregate implements WindowFunction {
    private final WindowCall.Aggregated call;
    private final Evaluator argument;

    FrameAggregate(WindowCall.Aggregated call) {
        this.call = call;
        this.argument = ExpressionCompiler.compile(call.argument());
    }

    @Override
    public Values over(GroupRows rows) {
        SqlType inputType = call.argument().type();
        boolean extreme = call.function() == AggregateFunction.MIN || call.function() == AggregateFunction.MAX;
        Held held = extreme
                ? new Extreme(inputType, call.function() == AggregateFunction.MIN)
                : new Accumulated(Accumulator.of(new AggregateCall(call.function(), 0, false, inputType, call.type())));
        return new Moving(rows, call.frame(), held);
    }

    /** The values of the present frame. */
    private sealed interface Held {
        void change(Object value, long weight);

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
        public void change(Object value, long weight) {
            state = accumulator.add(state, value, weight);
        }

        @Override
        public Object result() {
            return accumulator.result(state);
        }
    }

    /** min and max: the values in order; of equal ones the first that came shows how it is written. */
    private static final class Extreme implements Held {
        private final KeyCodec codec;
        private final boolean least;
        private final TreeMap<byte[], Counted> values = new TreeMap<>(Arrays::compareUnsigned);

        private static final class Counted {
            private final Object value;
            private long count;

            Counted(Object value) {
                this.value = value;
            }
        }

        Extreme(SqlType type, boolean least) {
            this.codec = KeyCodec.of(List.of(type));
            this.least = least;
        }

        @Override
        public void change(Object value, long weight) {
            byte[] key = codec.encode(value);
            Counted counted = values.computeIfAbsent(key, any -> new Counted(value));
            counted.count += weight;
            if (counted.count == 0) {
                values.remove(key);
            }
        }

        @Override
        public Object result() {
            Map.Entry<byte[], Counted> found = least ? values.firstEntry() : values.lastEntry();
            return found == null ? null : found.getValue().value;
        }
    }

    /** The frame on its way through a group. */
    private final class Moving implements Values {
        private final Object[] arguments;
        private final EvaluationError[] errors;
        private final FrameRows frames;
        private final Held held;
        private int from;
        private int to;
        private int failed;

        Moving(GroupRows rows, Frame frame, Held held) {
            this.arguments = new Object[rows.size()];
            this.errors = new EvaluationError[rows.size()];
            this.frames = new FrameRows(frame, rows);
            this.held = held;
            for (int i = 0; i < arguments.length; i++) {
                try {
                    arguments[i] = argument.evaluate(rows.get(i));
                } catch (EvaluationError e) {
                    errors[i] = e;
                }
            }
        }

        @Override
        public Object at(int row) {
            while (to < frames.to(row)) {
                change(to++, 1);
            }
            while (from < frames.from(row)) {
                change(from++, -1);
            }
            if (failed > 0) {
                throw Arrays.stream(errors, from, to)
                        .filter(error -> error != null)
                        .findFirst()
                        .orElseThrow();
            }
            return held.result();
        }

        private void change(int row, int weight) {
            if (errors[row] != null) {
                failed += weight;
            } else if (arguments[row] != null) {
                held.change(arguments[row], weight);
            }
        }
    }
}
