package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import io.millrace.row.Origin;
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
        if (before != null && after != null && Arrays.equals(before, after)) {
            byte[] stored = state.get(after);
            set(after, stored, zsets.apply(stored, delta), delta.origin());
            return;
        }
        if (before != null) {
            byte[] stored = state.get(before);
            set(before, stored, zsets.add(stored, delta.before(), -delta.weight()), delta.origin());
        }
        if (after != null) {
            byte[] stored = state.get(after);
            set(after, stored, zsets.add(stored, delta.after(), delta.weight()), delta.origin());
        }
    }

    private void set(byte[] storeKey, byte[] stored, byte[] zset, Origin origin) {
        if (zset == null) {
            state.delete(storeKey);
        } else {
            state.put(storeKey, zset);
        }
        WeightedRow shownBefore = ViewRows.shown(zsets.decode(stored));
        WeightedRow shownAfter = ViewRows.shown(zsets.decode(zset));
        Row before = shownBefore == null ? null : shownBefore.row();
        Row after = shownAfter == null ? null : shownAfter.row();
        long copiesBefore = multiplicity(shownBefore);
        long copiesAfter = multiplicity(shownAfter);
        boolean same = before == null ? after == null : before.equals(after);
        if (!same || copiesBefore != copiesAfter) {
            changes.accept(new ViewChange(before, after, copiesBefore, copiesAfter, origin));
        }
    }

    private long multiplicity(WeightedRow shown) {
        return shown == null ? 0 : multiset ? shown.weight() : 1;
    }
}
