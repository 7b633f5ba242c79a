package io.millrace.operator;

import io.millrace.row.Delta;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A side of a join: an arrangement's rows, as they were before some changes that it already holds; those changes are few. Rows
 * that are equal in the columns that the join compares are one, so that a change of other columns, which the join passes
 * over, makes no difference here either.
 */
final class JoinSide {
    private final Arrangement rows;
    private final int[] compared;
    private final List<Delta> undone;

    /**
     * The arrangement as it is.
     *
     * @param compared the columns by which the join tells rows apart, those of the rows' positions among them
     */
    JoinSide(Arrangement rows, int[] compared) {
        this(rows, compared, List.of());
    }

    private JoinSide(Arrangement rows, int[] compared, List<Delta> undone) {
        this.rows = rows;
        this.compared = compared;
        this.undone = undone;
    }

    /** Takes rows with their weights, never 0; returns whether to go on. */
    @FunctionalInterface
    interface RowVisitor {
        boolean visit(Row row, long weight);
    }

    /** This arrangement as it is but for those changes. */
    JoinSide without(List<Delta> changes) {
        return changes.isEmpty() && undone.isEmpty() ? this : new JoinSide(rows, compared, changes);
    }

    byte[] keyOf(Row row) {
        return rows.keyOf(row);
    }

    byte[] positionOf(Row row) {
        return rows.positionOf(row);
    }

    /** Whether two rows are one here. */
    boolean same(Row one, Row other) {
        return one.equalIn(compared, other);
    }

    /** Visits the rows of a key until the visitor has enough. */
    void visit(byte[] key, RowVisitor visitor) {
        Map<Row, Weighed> undo = undoneOf(key);
        boolean[] goOn = {true};
        rows.visit(key, position -> goOn[0] = visitPosition(position, undo, visitor));
        for (Weighed each : undo.values()) {
            if (!goOn[0]) {
                return;
            }
            goOn[0] = each.visit(visitor);
        }
    }

    /** As {@link Arrangement#visitPortion}. */
    byte[] visitPortion(byte[] key, byte[] beyond, int limit, RowVisitor visitor) {
        Map<Row, Weighed> undo = undoneOf(key);
        if (!undo.isEmpty()) {
            undo.values().removeIf(each -> Arrangement.isWithin(positionOf(each.row), beyond));
        }
        byte[] reached = rows.visitPortion(key, beyond, limit, position -> visitPosition(position, undo, visitor));
        for (Weighed each : undo.values()) {
            if (reached == null || Arrangement.isWithin(positionOf(each.row), reached)) {
                each.visit(visitor);
            }
        }
        return reached;
    }

    private boolean visitPosition(List<WeightedRow> position, Map<Row, Weighed> undo, RowVisitor visitor) {
        if (position.size() == 1 && undo.isEmpty()) {
            WeightedRow only = position.get(0);
            return visitor.visit(only.row(), only.weight());
        }
        Map<Row, Weighed> distinct = new LinkedHashMap<>();
        position.forEach(each -> add(each.row(), each.weight(), distinct));
        for (Map.Entry<Row, Weighed> each : distinct.entrySet()) {
            Weighed undoneHere = undo.isEmpty() ? null : undo.remove(each.getKey());
            if (undoneHere != null) {
                each.getValue().weight += undoneHere.weight;
            }
            if (!each.getValue().visit(visitor)) {
                return false;
            }
        }
        return true;
    }

    private Map<Row, Weighed> undoneOf(byte[] key) {
        if (undone.isEmpty()) {
            return Map.of();
        }
        Map<Row, Weighed> undo = new LinkedHashMap<>();
        for (Delta delta : undone) {
            undo(key, delta.after(), -delta.weight(), undo);
            undo(key, delta.before(), delta.weight(), undo);
        }
        return undo;
    }

    private void undo(byte[] key, Row row, long weight, Map<Row, Weighed> undo) {
        if (row != null && Arrays.equals(key, rows.keyOf(row))) {
            add(row, weight, undo);
        }
    }

    private void add(Row row, long weight, Map<Row, Weighed> to) {
        to.computeIfAbsent(row.project(compared), any -> new Weighed(row)).weight += weight;
    }

    /** A row while its weight is found. */
    private static final class Weighed {
        private final Row row;
        private long weight;

        Weighed(Row row) {
            this.row = row;
        }

        boolean visit(RowVisitor visitor) {
            return weight == 0 || visitor.visit(row, weight);
        }
    }
}
