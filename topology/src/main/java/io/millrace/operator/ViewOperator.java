package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keeps a view's rows by key and says what changes of what it shows.
 *
 * <p>State: the view's key -> the Z-set of its rows: the one row that the view shows, except while the changes of one key
 * arrive by several partitions; of several rows the one that came last is shown, so a key never shows two. A multiset view
 * has the whole row for its key. Cost of a change: a read and a write.
 */
final class ViewOperator implements Operator {
    private final State state;
    private final boolean multiset;
    private final int[] key;
    private final KeyCodec keyCodec;
    private final ZSetCodec zsets;
    private final Consumer<ViewChange> changes;

    ViewOperator(PlanNode.View node, State state, Consumer<ViewChange> changes) {
        this.state = state;
        this.multiset = node.multiset();
        this.key = Columns.positions(node.key());
        this.keyCodec = KeyCodec.of(Columns.types(node, node.key()));
        this.zsets = ZSetCodec.of(node.types());
        this.changes = changes;
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            apply(delta);
        }
    }

    private void apply(Delta delta) {
        byte[] before = delta.before() == null ? null : keyCodec.encode(delta.before(), key);
        byte[] after = delta.after() == null ? null : keyCodec.encode(delta.after(), key);
        DeltasByKey.visit(delta, before, after, this::change);
    }

    private void change(byte[] storeKey, Delta delta) {
        byte[] stored = state.get(storeKey);
        if (delta.weight() == 1 && isOnly(delta.before(), stored)) {
            // Nearly always: what the delta says is what changes, and no stored row need be decoded.
            state.set(storeKey, delta.after() == null ? null : zsets.encodeOnce(delta.after()));
            show(delta.before(), delta.after(), delta.before() == null ? 0 : 1, delta.after() == null ? 0 : 1, delta);
            return;
        }
        byte[] zset = zsets.apply(stored, delta);
        state.set(storeKey, zset);
        WeightedRow before = ViewRows.shown(zsets.decode(stored), multiset);
        WeightedRow after = ViewRows.shown(zsets.decode(zset), multiset);
        show(
                before == null ? null : before.row(),
                after == null ? null : after.row(),
                before == null ? 0 : before.weight(),
                after == null ? 0 : after.weight(),
                delta);
    }

    /** Whether that row, once, or nothing if it is null, is all that is stored. */
    private boolean isOnly(Row row, byte[] stored) {
        return row == null ? stored == null : stored != null && Arrays.equals(zsets.encodeOnce(row), stored);
    }

    private void show(Row before, Row after, long copiesBefore, long copiesAfter, Delta delta) {
        boolean same = before == null ? after == null : before.equals(after);
        if (!same || copiesBefore != copiesAfter) {
            changes.accept(new ViewChange(before, after, copiesBefore, copiesAfter, delta.origin()));
        }
    }
}
