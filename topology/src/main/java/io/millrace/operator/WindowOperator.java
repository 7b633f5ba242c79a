package io.millrace.operator;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.window.GroupRows;
import io.millrace.operator.window.WindowFunction;
import io.millrace.plan.PlanNode;
import io.millrace.plan.WindowCall;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Window functions: each row with what they make of its place among its group's rows. A group that a step touches is
 * computed anew, before and after; what differs is put out, a row's old results and new ones as one delta.
 *
 * <p>State: {@link OrderedGroups}. Cost of a step: a read and a write a change, and two scans of each group that is touched, up
 * to the last number where one is asked for; the group's rows are in memory meanwhile. A row whose function fails is left
 * out and reported.
 */
final class WindowOperator implements Operator {
    private final PlanNode.Window node;
    private final OrderedGroups groups;
    private final WindowFunction[] functions;
    private final RowFailures failures;
    private final WindowCall.RankFunction numbering;

    WindowOperator(PlanNode.Window node, State state, RowFailures failures) {
        this.node = node;
        this.groups = new OrderedGroups(state, node.input().types(), node.group(), node.order());
        this.functions = node.calls().stream()
                .map(call -> WindowFunction.of(call, node.order(), node.input().types()))
                .toArray(WindowFunction[]::new);
        this.failures = failures;
        this.numbering = node.last() < Long.MAX_VALUE && node.calls().get(0) instanceof WindowCall.Rank rank
                ? rank.function()
                : null;
    }

    /**
     * What is put out of a group.
     *
     * @param output for each row what is put out of it; null for one past the last number, and for one that failed
     * @param errors the rows that failed, and why
     */
    private record Results(GroupRows rows, List<Row> output, Map<Row, EvaluationError> errors) {}

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        TreeMap<byte[], List<Delta>> touched = new TreeMap<>(Arrays::compareUnsigned);
        for (Delta delta : inputs.get(0)) {
            DeltasByKey.visit(
                    delta,
                    groups.groupOf(delta.before()),
                    groups.groupOf(delta.after()),
                    (key, part) -> touched.computeIfAbsent(key, any -> new ArrayList<>())
                            .add(part));
        }
        touched.forEach((key, deltas) -> recompute(key, deltas, output));
    }

    private void recompute(byte[] groupKey, List<Delta> deltas, Output output) {
        Results before = results(rowsOf(groupKey));
        deltas.forEach(delta -> groups.apply(groupKey, delta));
        Results after = results(rowsOf(groupKey));
        Delta cause = deltas.get(deltas.size() - 1);
        after.errors.forEach((row, error) -> {
            if (!before.errors.containsKey(row)) {
                failures.failed(node, row, cause, error);
            }
        });
        emit(before, after, cause.origin(), output);
    }

    private GroupRows rowsOf(byte[] groupKey) {
        GroupRows rows = new GroupRows();
        groups.scan(groupKey, row -> {
            byte[] place = groups.placeOf(row.row());
            if (isPast(rows, place)) {
                return false;
            }
            for (long copy = 0; copy < row.weight(); copy++) {
                rows.add(row.row(), place);
            }
            return true;
        });
        return rows;
    }

    /** Whether a row that comes after those, in that place, has a number past the last. */
    private boolean isPast(GroupRows rows, byte[] place) {
        if (numbering == null) {
            return false;
        }
        return switch (numbering) {
            case ROW_NUMBER -> rows.size() >= node.last();
            case RANK -> rows.size() >= node.last() && !rows.endsAt(place);
            case DENSE_RANK -> rows.places() >= node.last() && !rows.endsAt(place);
            case PERCENT_RANK, CUME_DIST -> false;
        };
    }

    private Results results(GroupRows rows) {
        WindowFunction.Values[] values = new WindowFunction.Values[functions.length];
        for (int i = 0; i < functions.length; i++) {
            values[i] = functions[i].over(rows);
        }
        List<Row> output = new ArrayList<>(rows.size());
        Map<Row, EvaluationError> errors = new HashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            try {
                output.add(result(rows.get(i), i, values));
            } catch (EvaluationError e) {
                output.add(null);
                errors.put(rows.get(i), e);
            }
        }
        return new Results(rows, output, errors);
    }

    private Row result(Row row, int number, WindowFunction.Values[] values) {
        Object[] result = Arrays.copyOf(row.toArray(), row.size() + values.length);
        EvaluationError error = null;
        for (int i = 0; i < values.length; i++) {
            try {
                result[row.size() + i] = values[i].at(number);
            } catch (EvaluationError e) {
                // The other functions must pass over this row all the same.
                error = e;
            }
        }
        if (error != null) {
            throw error;
        }
        return numbering != null && (Long) result[row.size()] > node.last() ? null : Row.of(result);
    }

    /** A row's old results and its new ones are one delta, and so are a row that goes and one that comes. */
    private static void emit(Results before, Results after, Origin origin, Output output) {
        Map<Row, Deque<Row>> old = new LinkedHashMap<>();
        for (int i = 0; i < before.output.size(); i++) {
            if (before.output.get(i) != null) {
                old.computeIfAbsent(before.rows.get(i), any -> new ArrayDeque<>())
                        .add(before.output.get(i));
            }
        }
        Deque<Row> come = new ArrayDeque<>();
        for (int i = 0; i < after.output.size(); i++) {
            Row result = after.output.get(i);
            Deque<Row> results = result == null ? null : old.get(after.rows.get(i));
            if (results != null && !results.isEmpty()) {
                output.emit(results.poll(), result, 1, origin);
            } else if (result != null) {
                come.add(result);
            }
        }
        old.values().forEach(gone -> gone.forEach(row -> output.emit(row, come.poll(), 1, origin)));
        come.forEach(row -> output.emit(null, row, 1, origin));
    }
}
