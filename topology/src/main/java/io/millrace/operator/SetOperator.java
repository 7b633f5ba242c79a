package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.List;
import java.util.stream.IntStream;

/**
 * INTERSECT ALL and EXCEPT ALL: of a row that the left has l times and the right r times min(l, r) or max(l - r, 0) copies,
 * written as a present row of the left writes it. Not linear: a change of either side is looked up beside the other's.
 *
 * <p>State: the whole row -> how often the right has it, and the left's rows that are equal to it, a Z-set, since what SQL
 * holds equal may be written in several ways. Both are sums, so that the order in which changes of the two sides arrive
 * does not matter, and an entry goes when both are nothing. Cost of a change: a read and a write.
 */
final class SetOperator implements Operator {
    private final PlanNode.SetOperation.Kind kind;
    private final State state;
    private final KeyCodec keyCodec;
    private final ZSetCodec zsets;
    private final int[] all;

    SetOperator(PlanNode.SetOperation node, State state) {
        this.kind = node.kind();
        this.state = state;
        this.keyCodec = KeyCodec.of(node.types());
        this.zsets = ZSetCodec.of(node.types());
        this.all = IntStream.range(0, node.fields().size()).toArray();
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        visit(inputs.get(1), (key, delta) -> {
            Copies copies = copies(key);
            change(key, copies, new Copies(copies.right + change(delta), copies.left), delta.origin(), output);
        });
        visit(inputs.get(0), (key, delta) -> {
            Copies copies = copies(key);
            change(key, copies, new Copies(copies.right, zsets.apply(copies.left, delta)), delta.origin(), output);
        });
    }

    private void visit(List<Delta> deltas, DeltasByKey.Visitor visitor) {
        for (Delta delta : deltas) {
            byte[] before = delta.before() == null ? null : keyCodec.encode(delta.before(), all);
            byte[] after = delta.after() == null ? null : keyCodec.encode(delta.after(), all);
            DeltasByKey.visit(delta, before, after, visitor);
        }
    }

    /** By how much a delta of one row changes its number. */
    private static long change(Delta delta) {
        return (delta.after() == null ? 0 : delta.weight()) - (delta.before() == null ? 0 : delta.weight());
    }

    /** How often the right has a row, and the left's Z-set of those that are equal to it; null where that is empty. */
    private record Copies(long right, byte[] left) {}

    private Copies copies(byte[] key) {
        byte[] stored = state.get(key);
        if (stored == null) {
            return new Copies(0, null);
        }
        ByteReader in = new ByteReader(stored);
        long right = in.readZigzag();
        return new Copies(right, in.remaining() == 0 ? null : in.readBytes(in.remaining()));
    }

    private void change(byte[] key, Copies before, Copies after, Origin origin, Output output) {
        store(key, after);
        WeightedRow gone = shown(before);
        WeightedRow come = shown(after);
        long both = Math.min(gone.weight(), come.weight());
        output.emit(gone.row(), come.row(), both, origin);
        output.emit(gone.row(), null, gone.weight() - both, origin);
        output.emit(null, come.row(), come.weight() - both, origin);
    }

    private void store(byte[] key, Copies copies) {
        if (copies.right == 0 && copies.left == null) {
            state.delete(key);
            return;
        }
        ByteWriter out = new ByteWriter();
        out.putZigzag(copies.right);
        if (copies.left != null) {
            out.putBytes(copies.left);
        }
        state.put(key, out.toByteArray());
    }

    /** The row that is put out, and how often; no row, and never, where that is 0. */
    private WeightedRow shown(Copies copies) {
        List<WeightedRow> left = zsets.decode(copies.left);
        long ofLeft = left.stream().mapToLong(WeightedRow::weight).sum();
        long number = kind.copies(ofLeft, copies.right);
        WeightedRow form = ViewRows.shown(left);
        Row row = number == 0 || form == null ? null : form.row();
        return new WeightedRow(row == null ? 0 : number, row);
    }
}
