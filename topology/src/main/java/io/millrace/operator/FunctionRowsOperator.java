package io.millrace.operator;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.RowsEvaluator;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A function that gives rows: some columns of each row with every row of the function. Linear, so that the incremental form is
 * the operator itself; no state. Of an update only what differs goes on: an element that the array had before and has still
 * does not. Cost of a change: as many rows as the function gives.
 */
final class FunctionRowsOperator implements Operator {
    private final PlanNode.FunctionRows node;
    private final int[] kept;
    private final int width;
    private final RowsEvaluator function;
    private final RowFailures failures;

    FunctionRowsOperator(PlanNode.FunctionRows node, RowsEvaluator function, RowFailures failures) {
        this.node = node;
        this.kept = Columns.positions(node.kept());
        this.width = node.columns().size();
        this.function = function;
        this.failures = failures;
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        for (Delta delta : inputs.get(0)) {
            List<Row> before = delta.before() == null ? List.of() : rowsBefore(delta.before());
            List<Row> after = delta.after() == null ? List.of() : rowsAfter(delta);
            if (!before.isEmpty() && !after.isEmpty()) {
                Map<Row, Integer> counts = new HashMap<>();
                after.forEach(row -> counts.merge(row, 1, Integer::sum));
                before = without(before, counts);
                after = last(after, counts);
            }
            for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
                output.emit(
                        i < before.size() ? before.get(i) : null,
                        i < after.size() ? after.get(i) : null,
                        delta.weight(),
                        delta.origin());
            }
        }
    }

    /** The rows beyond those counts, which are lessened by each that is left out. */
    private static List<Row> without(List<Row> rows, Map<Row, Integer> counts) {
        List<Row> rest = new ArrayList<>();
        for (Row row : rows) {
            Integer count = counts.get(row);
            if (count == null || count == 0) {
                rest.add(row);
            } else {
                counts.put(row, count - 1);
            }
        }
        return rest;
    }

    /** As many of each row as are counted. */
    private static List<Row> last(List<Row> rows, Map<Row, Integer> counts) {
        List<Row> counted = new ArrayList<>();
        for (Row row : rows) {
            int count = counts.get(row);
            if (count > 0) {
                counted.add(row);
                counts.put(row, count - 1);
            }
        }
        return counted;
    }

    private List<Row> rowsAfter(Delta delta) {
        try {
            return rows(delta.after());
        } catch (EvaluationError e) {
            failures.failed(node, delta.after(), delta, e);
            return List.of();
        }
    }

    /** What the row gave when it came, or nothing if it failed, which was reported then. */
    private List<Row> rowsBefore(Row row) {
        try {
            return rows(row);
        } catch (EvaluationError e) {
            return List.of();
        }
    }

    private List<Row> rows(Row row) {
        List<Row> given = function.evaluate(row);
        if (given.isEmpty()) {
            return node.padded() ? List.of(beside(row, Row.of(), -1)) : List.of();
        }
        List<Row> rows = new ArrayList<>(given.size());
        for (int i = 0; i < given.size(); i++) {
            rows.add(beside(row, given.get(i), i));
        }
        return rows;
    }

    private Row beside(Row row, Row given, int number) {
        Object[] values = new Object[kept.length + width];
        for (int i = 0; i < kept.length; i++) {
            values[i] = row.get(kept[i]);
        }
        for (int i = 0; i < given.size(); i++) {
            values[kept.length + i] = given.get(i);
        }
        if (node.ordinality() && number >= 0) {
            values[values.length - 1] = number + 1L;
        }
        return Row.of(values);
    }
}
