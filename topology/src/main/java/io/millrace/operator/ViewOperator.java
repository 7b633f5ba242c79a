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
 * Keeps a view's rows by key, says what changes of what it shows, and puts that out.
 *
 * <p>State: the view's key -> the Z-set of its rows: the one row that the view shows, except while the changes of one key
 * arrive by several partitions, or while a declared key is broken; {@link ServedRows} says which row it shows then, so a key
 * never shows two. A multiset view has the whole row for its key. Cost of a change: a read and a write.
 */
final class ViewOperator implements Operator {
    private final State state;
    private final int[] key;
    private final KeyCodec keyCodec;
    private final ZSetCodec zsets;
    private final ServedRows served;
    private final DeclaredKey declared;
    private final Consumer<ViewChange> changes;

    /**
     * An operator.
     *
     * @param declared watches the key if it is declared; null where it is proven
     */
    ViewOperator(PlanNode.View node, State state, DeclaredKey declared, Consumer<ViewChange> changes) {
        this.state = state;
        this.key = Columns.positions(node.key());
        this.keyCodec = KeyCodec.of(Columns.types(node, node.key()));
        this.zsets = ZSetCodec.of(node.types());
        this.served = ServedRows.of(node);
        this.declared = declared;
        this.changes = changes;
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            byte[] before = delta.before() == null ? null : keyCodec.encode(delta.before(), key);
            byte[] after = delta.after() == null ? null : keyCodec.encode(delta.after(), key);
            DeltasByKey.visit(delta, before, after, (storeKey, part) -> change(storeKey, part, output));
        }
    }

    private void change(byte[] storeKey, Delta delta, Output output) {
        byte[] stored = state.get(storeKey);
        if (delta.weight() == 1 && !breaksKey(delta) && isOnly(delta.before(), stored)) {
            // Nearly always: what the delta says is what changes, and no stored row need be decoded.
            state.set(storeKey, delta.after() == null ? null : zsets.encodeOnce(delta.after()));
            int before = delta.before() == null ? 0 : 1;
            int after = delta.after() == null ? 0 : 1;
            if (show(delta.before(), delta.after(), before, after, delta)) {
                output.emit(delta);
            }
            return;
        }
        byte[] zset = zsets.apply(stored, delta);
        state.set(storeKey, zset);
        List<WeightedRow> rowsBefore = zsets.decode(stored);
        List<WeightedRow> rowsAfter = zsets.decode(zset);
        if (declared != null) {
            declared.changed(storeKey, rowsBefore, rowsAfter);
        }
        show(served.shown(rowsBefore), served.shown(rowsAfter), delta, output);
    }

    private void show(WeightedRow shownBefore, WeightedRow shownAfter, Delta delta, Output output) {
        Row before = shownBefore == null ? null : shownBefore.row();
        Row after = shownAfter == null ? null : shownAfter.row();
        long copiesBefore = shownBefore == null ? 0 : shownBefore.weight();
        long copiesAfter = shownAfter == null ? 0 : shownAfter.weight();
        if (show(before, after, copiesBefore, copiesAfter, delta)) {
            long both = Math.min(copiesBefore, copiesAfter);
            output.emit(before, after, both, delta.origin());
            output.emit(before, null, copiesBefore - both, delta.origin());
            output.emit(null, after, copiesAfter - both, delta.origin());
        }
    }

    /** Whether the delta's rows, which have one key, break it by themselves. */
    private boolean breaksKey(Delta delta) {
        return declared != null && (declared.hasNull(delta.before()) || declared.hasNull(delta.after()));
    }

    /** Whether that row, once, or nothing if it is null, is all that is stored. */
    private boolean isOnly(Row row, byte[] stored) {
        return row == null ? stored == null : stored != null && Arrays.equals(zsets.encodeOnce(row), stored);
    }

    /** Says what changes of what is shown; returns whether anything does. */
    private boolean show(Row before, Row after, long copiesBefore, long copiesAfter, Delta delta) {
        boolean same = before == null ? after == null : before.equals(after);
        if (same && copiesBefore == copiesAfter) {
            return false;
        }
        changes.accept(new ViewChange(before, after, copiesBefore, copiesAfter, delta.origin()));
        return true;
    }
}
