package io.millrace.operator;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The equi-join, inner or outer, of two arrangements.
 *
 * <p>A join is bilinear: with L and R as they were, and changes dL and dR, its result changes by dL x R + (L + dL) x dR.
 * So the left's changes meet the right side as it was before this step, then the right's changes meet the left side as it
 * is after it; every pair is counted once, also when one record changes both sides (a self-join).
 *
 * <p>An outer join adds, for each row of a preserved side, a padded row while no row of the other side matches it; when a
 * change makes the first match, or ends the last, the padded row goes or comes in the same delta as the pair, so that no
 * reader sees neither.
 *
 * <p>State: none of its own, the arrangements are its inputs'. Cost of a change: a look-up of its key in the other side,
 * and one delta a match; an outer join also looks at the rows of its own side with that key until it finds a match.
 */
final class JoinOperator implements Operator {
    private final PlanNode.Join node;
    private final Side left;
    private final Side right;
    private final Evaluator condition;
    private final int[] shown;
    private final RowFailures failures;

    /**
     * One side.
     *
     * @param rows where its rows are
     * @param padded whether unmatched ones are shown
     * @param used the columns that this join's result depends on
     * @param nulls a row of NULLs
     */
    private record Side(Arrangement rows, boolean padded, int[] used, Row nulls, boolean first) {
        Row pair(Row own, Row other) {
            return first ? own.concat(other) : other.concat(own);
        }
    }

    /**
     * The operator of that node.
     *
     * @param used the columns of a pair that anybody reads, besides the key's and the condition's
     * @param shown the columns of a pair that are put out, in their order; null for all
     */
    JoinOperator(
            PlanNode.Join node,
            Arrangement left,
            Arrangement right,
            Evaluator condition,
            BitSet used,
            int[] shown,
            RowFailures failures) {
        this.node = node;
        int leftWidth = node.left().fields().size();
        int rightWidth = node.right().fields().size();
        this.left = new Side(
                left, node.padLeft(), used(node.left(), used.get(0, leftWidth)), Row.of(new Object[leftWidth]), true);
        this.right = new Side(
                right,
                node.padRight(),
                used(node.right(), used.get(leftWidth, leftWidth + rightWidth)),
                Row.of(new Object[rightWidth]),
                false);
        this.condition = condition;
        this.shown = shown;
        this.failures = failures;
    }

    private static int[] used(PlanNode.Arranged side, BitSet columns) {
        BitSet used = (BitSet) columns.clone();
        side.key().forEach(used::set);
        return used.stream().toArray();
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        List<Delta> leftChanges = inputs.get(0);
        List<Delta> rightChanges = inputs.get(1);
        if (!leftChanges.isEmpty()) {
            applyAll(leftChanges, left, right, right.rows.without(rightChanges), output);
        }
        if (!rightChanges.isEmpty()) {
            applyAll(rightChanges, right, left, left.rows, output);
        }
    }

    private void applyAll(List<Delta> changes, Side own, Side other, Arrangement otherRows, Output output) {
        for (int i = 0; i < changes.size(); i++) {
            Delta delta = changes.get(i);
            if (changesNothing(delta, own.used)) {
                continue;
            }
            Change change = new Change(delta, own, other, otherRows, output);
            if (other.padded) {
                change.ownBefore = own.rows.without(changes.subList(i, changes.size()));
                change.ownAfter = own.rows.without(changes.subList(i + 1, changes.size()));
            }
            change.apply();
        }
    }

    /** Whether all columns that matter here stay as they are: then no match need be looked up. */
    private static boolean changesNothing(Delta delta, int[] used) {
        return delta.before() != null && delta.after() != null && delta.before().equalIn(used, delta.after());
    }

    /** One change of one side on its way through the join. */
    private final class Change {
        private final Delta delta;
        private final Side own;
        private final Side other;
        private final Arrangement otherRows;
        private final Output output;
        private Arrangement ownBefore;
        private Arrangement ownAfter;

        Change(Delta delta, Side own, Side other, Arrangement otherRows, Output output) {
            this.delta = delta;
            this.own = own;
            this.other = other;
            this.otherRows = otherRows;
            this.output = output;
        }

        void apply() {
            byte[] keyBefore = delta.before() == null ? null : own.rows.keyOf(delta.before());
            byte[] keyAfter = delta.after() == null ? null : own.rows.keyOf(delta.after());
            if (keyBefore != null && Arrays.equals(keyBefore, keyAfter)) {
                applyUnder(keyBefore, delta.before(), delta.after());
                return;
            }
            applyMove(keyBefore, keyAfter);
        }

        /** The row keeps its key: every match is one delta from the old pair to the new. */
        private void applyUnder(byte[] key, Row before, Row after) {
            boolean[] matched = new boolean[2];
            otherRows.visit(key, (row, weight) -> {
                Row pairBefore = matches(before, row, false) ? shown(before, row) : null;
                Row pairAfter = matches(after, row, true) ? shown(after, row) : null;
                matched[0] |= pairBefore != null && weight > 0;
                matched[1] |= pairAfter != null && weight > 0;
                emitPair(key, row, weight, pairBefore, pairAfter);
                return true;
            });
            if (own.padded) {
                Row paddedBefore = before == null || matched[0] ? null : padded(before);
                Row paddedAfter = after == null || matched[1] ? null : padded(after);
                output.emit(paddedBefore, paddedAfter, delta.weight(), delta.origin());
            }
        }

        /** The row comes, goes, or moves to another key; a move from one match to one match stays one delta. */
        private void applyMove(byte[] keyBefore, byte[] keyAfter) {
            if (delta.before() == null || delta.after() == null || other.padded) {
                applySide(keyBefore, delta.before(), null);
                applySide(keyAfter, null, delta.after());
                return;
            }
            Output moves = new Output();
            Change move = new Change(delta, own, other, otherRows, moves);
            move.applySide(keyBefore, delta.before(), null);
            int gone = moves.deltas().size();
            move.applySide(keyAfter, null, delta.after());
            List<Delta> all = new ArrayList<>(moves.deltas());
            if (gone == 1
                    && all.size() == 2
                    && all.get(0).weight() == all.get(1).weight()) {
                Delta from = all.get(0);
                Delta to = all.get(1);
                if (from.after() == null && to.before() == null) {
                    output.emit(from.before(), to.after(), from.weight(), delta.origin());
                    return;
                }
            }
            all.forEach(output::emit);
        }

        private void applySide(byte[] key, Row before, Row after) {
            if (key != null) {
                applyUnder(key, before, after);
            } else if (own.padded) {
                output.emit(
                        before == null ? null : padded(before),
                        after == null ? null : padded(after),
                        delta.weight(),
                        delta.origin());
            }
        }

        private void emitPair(byte[] key, Row row, long weight, Row pairBefore, Row pairAfter) {
            Origin origin = delta.origin();
            long product = Math.multiplyExact(weight, delta.weight());
            if (!other.padded || (pairBefore == null && pairAfter == null)) {
                output.emit(pairBefore, pairAfter, product, origin);
                return;
            }
            boolean unmatchedBefore = !hasMatch(ownBefore, key, row);
            boolean unmatchedAfter = !hasMatch(ownAfter, key, row);
            if (unmatchedBefore == unmatchedAfter) {
                output.emit(pairBefore, pairAfter, product, origin);
                return;
            }
            Row pad = shown(own.nulls, row);
            if (unmatchedBefore && pairBefore == null && delta.weight() == 1) {
                output.emit(pad, pairAfter, weight, origin);
            } else if (unmatchedAfter && pairAfter == null && delta.weight() == 1) {
                output.emit(pairBefore, pad, weight, origin);
            } else {
                output.emit(pairBefore, pairAfter, product, origin);
                output.emit(unmatchedBefore ? pad : null, unmatchedBefore ? null : pad, weight, origin);
            }
        }

        /** Whether any row of this side matches that row of the other. */
        private boolean hasMatch(Arrangement ownRows, byte[] key, Row row) {
            boolean[] found = {false};
            ownRows.visit(key, (ownRow, weight) -> {
                found[0] = weight > 0 && matches(ownRow, row, false);
                return !found[0];
            });
            return found[0];
        }

        private Row padded(Row row) {
            return shown(row, other.nulls);
        }

        /** What is put out of a pair. */
        private Row shown(Row ownRow, Row otherRow) {
            if (shown == null) {
                return own.pair(ownRow, otherRow);
            }
            Row leftRow = own.first ? ownRow : otherRow;
            Row rightRow = own.first ? otherRow : ownRow;
            int leftWidth = leftRow.size();
            Object[] values = new Object[shown.length];
            for (int i = 0; i < values.length; i++) {
                int column = shown[i];
                values[i] = column < leftWidth ? leftRow.get(column) : rightRow.get(column - leftWidth);
            }
            return Row.of(values);
        }

        private boolean matches(Row ownRow, Row otherRow, boolean report) {
            if (ownRow == null) {
                return false;
            }
            if (condition == null) {
                return true;
            }
            Row pair = own.pair(ownRow, otherRow);
            try {
                return Boolean.TRUE.equals(condition.evaluate(pair));
            } catch (EvaluationError e) {
                if (report) {
                    failures.failed(node, pair, delta, e);
                }
                return false;
            }
        }
    }
}
