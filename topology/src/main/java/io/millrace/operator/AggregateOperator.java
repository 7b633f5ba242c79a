package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.operator.aggregate.Accumulator;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.plan.AggregateCall;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanState;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.RowCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * GROUP BY: a row a group, kept up to date by adding and retracting.
 *
 * <p>State: the group's columns -> their values, the count of rows, and what each aggregate accumulates; for min, max and
 * DISTINCT also {@link GroupValues}, for string_agg, array_agg and the like {@link GroupSequence}, and {@link GroupForms} where equal groups may be written differently. A group is shown
 * while it has rows; the one group of an aggregate without group columns from the start, when its state is put down. Cost
 * of a change: a read and a write, and as many again for each aggregate that keeps its values; a change that leaves the
 * group's row as it was ends here.
 */
final class AggregateOperator implements Operator, Starting {
    private final PlanNode.Aggregate node;
    private final State state;
    private final RowFailures failures;
    private final int[] group;
    private final KeyCodec groupCodec;
    private final RowCodec stateCodec;
    private final Accumulation[] accumulations;
    private final GroupForms forms;

    /** One aggregate call: what it accumulates, where that is in the group's state, and the values it keeps, if any. */
    private record Accumulation(
            AggregateCall call, Accumulator accumulator, GroupValues values, GroupSequence sequence, int offset) {}

    AggregateOperator(PlanNode.Aggregate node, State state, State values, RowFailures failures) {
        this.node = node;
        this.state = state;
        this.failures = failures;
        this.group = Columns.positions(node.group());
        List<SqlType> groupTypes = Columns.types(node.input(), node.group());
        this.groupCodec = KeyCodec.of(groupTypes);
        List<SqlType> types = new ArrayList<>(groupTypes);
        types.add(SqlType.BIGINT);
        this.accumulations = new Accumulation[node.calls().size()];
        for (int i = 0; i < accumulations.length; i++) {
            AggregateCall call = node.calls().get(i);
            if (call.function().isSequence()) {
                GroupSequence sequence =
                        new GroupSequence(values, i, call, node.input().types());
                accumulations[i] = new Accumulation(call, null, null, sequence, types.size());
                continue;
            }
            Accumulator accumulator = GroupValues.isExtreme(call) ? null : Accumulator.of(call);
            GroupValues kept =
                    PlanState.ordersValues(call) ? new GroupValues(values, groupCodec, group, i, call) : null;
            accumulations[i] = new Accumulation(call, accumulator, kept, null, types.size());
            types.addAll(accumulator == null ? List.of(call.inputType()) : accumulator.stateTypes());
        }
        this.stateCodec = RowCodec.of(types);
        this.forms = PlanState.keepsForms(node) ? new GroupForms(values, groupCodec, group, groupTypes) : null;
    }

    /** A group's state while a change is applied. */
    private final class Group {
        private final byte[] key;
        private final boolean fresh;
        private final Object[] values;

        Group(byte[] key, Row row) {
            this.key = key;
            byte[] stored = state.get(key);
            this.fresh = stored == null;
            this.values =
                    stored == null ? initial(row) : stateCodec.decode(stored).toArray();
        }

        private Object[] initial(Row row) {
            Object[] start = new Object[stateCodec.size()];
            for (int i = 0; i < group.length; i++) {
                start[i] = row.get(group[i]);
            }
            start[group.length] = 0L;
            for (Accumulation each : accumulations) {
                if (each.accumulator != null) {
                    Object[] initial = each.accumulator.initial();
                    System.arraycopy(initial, 0, start, each.offset, initial.length);
                }
            }
            return start;
        }

        private long rows() {
            return (Long) values[group.length];
        }

        void add(Row row, long weight) {
            values[group.length] = rows() + weight;
            Row form = forms == null ? null : forms.formAfter(row, weight);
            for (int i = 0; form != null && i < group.length; i++) {
                values[i] = form.get(i);
            }
            for (Accumulation each : accumulations) {
                if (each.sequence != null) {
                    each.sequence.add(key, row, weight);
                    continue;
                }
                int column = each.call.column();
                Object value = column < 0 ? true : row.get(column);
                if (value == null) {
                    continue;
                }
                if (each.values == null) {
                    accumulate(each, value, weight);
                } else if (each.accumulator == null) {
                    values[each.offset] = each.values.extremeAfter(row, value, weight, values[each.offset]);
                } else {
                    accumulate(each, value, each.values.distinctChange(row, value, weight));
                }
            }
        }

        private void accumulate(Accumulation each, Object value, long weight) {
            if (weight == 0) {
                return;
            }
            int width = each.accumulator.stateTypes().size();
            Object[] before = Arrays.copyOfRange(values, each.offset, each.offset + width);
            Object[] after = each.accumulator.add(before, value, weight);
            System.arraycopy(after, 0, values, each.offset, width);
        }

        /** The group's row, or null when the group has none. */
        Row result(Delta delta) {
            if (rows() <= 0 && group.length > 0) {
                return null;
            }
            Object[] result = new Object[group.length + accumulations.length];
            System.arraycopy(values, 0, result, 0, group.length);
            try {
                for (int i = 0; i < accumulations.length; i++) {
                    result[group.length + i] = resultOf(accumulations[i]);
                }
            } catch (EvaluationError e) {
                if (delta != null) {
                    failures.failed(node, Row.of(Arrays.copyOf(values, group.length)), delta, e);
                }
                return null;
            }
            return Row.of(result);
        }

        private Object resultOf(Accumulation each) {
            if (each.sequence != null) {
                return each.sequence.result(key);
            }
            if (each.accumulator == null) {
                return values[each.offset];
            }
            int width = each.accumulator.stateTypes().size();
            return each.accumulator.result(Arrays.copyOfRange(values, each.offset, each.offset + width));
        }

        void store() {
            state.set(key, rows() == 0 && group.length > 0 ? null : stateCodec.encode(Row.of(values)));
        }

        /** Whether no change reached the group before this one. */
        boolean isNew() {
            return fresh;
        }
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            byte[] before = delta.before() == null ? null : groupCodec.encode(delta.before(), group);
            byte[] after = delta.after() == null ? null : groupCodec.encode(delta.after(), group);
            DeltasByKey.visit(delta, before, after, (key, part) -> apply(key, part, output));
        }
    }

    /** The row over no rows, of an aggregate without group columns: PostgreSQL has it too. */
    @Override
    public void start(Output output) {
        if (group.length > 0) {
            return;
        }
        Row nothing = Row.of();
        Group only = new Group(groupCodec.encode(nothing, group), nothing);
        if (only.isNew()) {
            only.store();
            output.emit(null, only.result(null), 1, Origin.NONE);
        }
    }

    private void apply(byte[] key, Delta delta, Output output) {
        Group touched = new Group(key, delta.after() == null ? delta.before() : delta.after());
        Row before = touched.isNew() ? null : touched.result(null);
        if (delta.after() != null) {
            touched.add(delta.after(), delta.weight());
        }
        if (delta.before() != null) {
            touched.add(delta.before(), -delta.weight());
        }
        touched.store();
        output.emit(before, touched.result(delta), 1, delta.origin());
    }
}
