package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.ZSetCodec;
import java.util.List;

/**
 * Keeps the rows that a view shows in the order of an index. Its input is what changes of what the view shows. All changes
 * of one key of the view come from one partition of it, in their order, so that an entry never holds more than what the view
 * shows, or showed a moment ago.
 *
 * <p>State: the index's columns, then the view's key -> the row, with its copies. Cost of a change: a read and a write; two
 * of each if it changes a column of the index.
 */
final class IndexOperator implements Operator {
    private final State state;
    private final ServedRows served;
    private final ZSetCodec zsets;

    IndexOperator(PlanNode.Index node, State state) {
        this.state = state;
        this.served = ServedRows.of(node);
        this.zsets = ZSetCodec.of(node.types());
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            byte[] before = delta.before() == null ? null : served.keyOf(delta.before());
            byte[] after = delta.after() == null ? null : served.keyOf(delta.after());
            DeltasByKey.visit(delta, before, after, (key, part) -> state.set(key, zsets.apply(state.get(key), part)));
        }
    }
}
