package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.plan.SortColumn;
import io.millrace.row.ByteWriter;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.RowCodec;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ORDER BY ... OFFSET ... LIMIT of each group: the rows of a window in the order. Rows that the order does not tell apart
 * come in the order of their bytes, so that the choice among them does not change by itself.
 *
 * <p>State: the group's columns, the order's columns, the row -> the Z-set of that row. Cost of a change: a read, a write,
 * and two scans of the group's first rows up to the window's end.
 */
final class TopOperator implements Operator {
    private final State state;
    private final int[] group;
    private final KeyCodec groupCodec;
    private final RowOrder order;
    private final RowCodec rows;
    private final ZSetCodec zsets;
    private final long offset;
    private final long limit;

    TopOperator(PlanNode.Top node, State state) {
        this.state = state;
        this.group = Columns.positions(node.group());
        this.groupCodec = KeyCodec.of(Columns.types(node, node.group()));
        this.order = new RowOrder(
                node.order(),
                Columns.types(
                        node, node.order().stream().map(SortColumn::column).toList()));
        this.rows = RowCodec.of(node.types());
        this.zsets = ZSetCodec.of(node.types());
        this.offset = node.offset();
        this.limit = node.limit();
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            byte[] before = delta.before() == null ? null : groupCodec.encode(delta.before(), group);
            byte[] after = delta.after() == null ? null : groupCodec.encode(delta.after(), group);
            DeltasByKey.visit(delta, before, after, (key, part) -> apply(key, part, output));
        }
    }

    private void apply(byte[] groupKey, Delta delta, Output output) {
        Map<Row, Long> changes = new LinkedHashMap<>();
        window(groupKey).forEach(row -> changes.merge(row.row(), -row.weight(), Long::sum));
        if (delta.before() != null) {
            keep(groupKey, delta.before(), -delta.weight());
        }
        if (delta.after() != null) {
            keep(groupKey, delta.after(), delta.weight());
        }
        window(groupKey).forEach(row -> changes.merge(row.row(), row.weight(), Long::sum));
        changes.values().removeIf(weight -> weight == 0);
        emit(changes, delta, output);
    }

    private void keep(byte[] groupKey, Row row, long weight) {
        ByteWriter out = new ByteWriter();
        out.putBytes(groupKey);
        order.append(out, row);
        rows.append(out, row);
        byte[] key = out.toByteArray();
        state.set(key, zsets.add(state.get(key), row, weight));
    }

    /** The rows of the window with how many copies of each are in it. */
    private List<WeightedRow> window(byte[] groupKey) {
        List<WeightedRow> window = new ArrayList<>();
        long[] passed = {0};
        if (limit == 0) {
            return window;
        }
        state.scan(groupKey, (key, stored) -> {
            for (WeightedRow row : zsets.decode(stored)) {
                long copies = Math.max(0, row.weight());
                long from = Math.max(passed[0], offset);
                passed[0] += copies;
                long inside = Math.min(passed[0], offset + limit) - from;
                if (inside > 0) {
                    window.add(new WeightedRow(inside, row.row()));
                }
            }
            return passed[0] < offset + limit;
        });
        return window;
    }

    /** A row that leaves the window and one that comes into it are one delta: first the changed row's own two. */
    private static void emit(Map<Row, Long> changes, Delta cause, Output output) {
        if (cause.before() != null && cause.after() != null) {
            pair(cause.before(), cause.after(), changes, cause, output);
        }
        for (Map.Entry<Row, Long> gone : changes.entrySet()) {
            for (Map.Entry<Row, Long> come : changes.entrySet()) {
                pair(gone.getKey(), come.getKey(), changes, cause, output);
            }
        }
        changes.forEach((row, weight) -> output.emit(null, row, weight, cause.origin()));
    }

    private static void pair(Row gone, Row come, Map<Row, Long> changes, Delta cause, Output output) {
        long weight = Math.min(-changes.getOrDefault(gone, 0L), changes.getOrDefault(come, 0L));
        if (weight > 0) {
            output.emit(gone, come, weight, cause.origin());
            changes.put(gone, changes.get(gone) + weight);
            changes.put(come, changes.get(come) - weight);
        }
    }
}
