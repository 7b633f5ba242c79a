package io.millrace.operator;

import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ORDER BY ... OFFSET ... LIMIT of each group: the rows of a window in the order.
 *
 * <p>State: {@link OrderedGroups}. Cost of a change: a read, a write, and two scans of the group's first rows up to the
 * window's end.
 */
final class TopOperator implements Operator {
    private final OrderedGroups groups;
    private final long offset;
    private final long limit;

    TopOperator(PlanNode.Top node, State state) {
        this.groups = new OrderedGroups(state, node.types(), node.group(), node.order());
        this.offset = node.offset();
        this.limit = node.limit();
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            DeltasByKey.visit(
                    delta,
                    groups.groupOf(delta.before()),
                    groups.groupOf(delta.after()),
                    (key, part) -> apply(key, part, output));
        }
    }

    private void apply(byte[] groupKey, Delta delta, Output output) {
        Map<Row, Long> changes = new LinkedHashMap<>();
        window(groupKey).forEach(row -> changes.merge(row.row(), -row.weight(), Long::sum));
        groups.apply(groupKey, delta);
        window(groupKey).forEach(row -> changes.merge(row.row(), row.weight(), Long::sum));
        changes.values().removeIf(weight -> weight == 0);
        emit(changes, delta, output);
    }

    /** The rows of the window with how many copies of each are in it. */
    private List<WeightedRow> window(byte[] groupKey) {
        List<WeightedRow> window = new ArrayList<>();
        if (limit == 0) {
            return window;
        }
        long[] passed = {0};
        groups.scan(groupKey, row -> {
            long from = Math.max(passed[0], offset);
            passed[0] += row.weight();
            long inside = Math.min(passed[0], offset + limit) - from;
            if (inside > 0) {
                window.add(new WeightedRow(inside, row.row()));
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
