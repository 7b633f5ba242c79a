package io.millrace.operator;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;

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
 * <p>A step puts out no more than a bounded number of pairs. What is left of a change then is pending, and {@link #work} goes
 * on with it, in the order of the other side's rows. Until it has come to a row b of the other side, b's pairs are those with
 * this side's rows as they were. So at any time the result is the sum over all pairs of positions (a, b) of L(a, b) x R(a, b):
 * of L's rows at a without the pending changes that have not come to b, and of R's rows at b without those that have not come
 * to a. Each event changes one factor of some of these products, by a change that meets the other factor; so every pair is
 * counted once whatever happens while a change is pending, to the same key on either side too. A row's padding goes by the
 * other side's rows as they are at the row's position; the padded row of a pending change itself changes when it is done.
 *
 * <p>State: the pending changes, see {@link PendingChanges}; the arrangements are its inputs'. Cost of a change: a look-up of
 * its key in the other side, and one delta a match; an outer join also looks at the rows of its own side with that key until
 * it finds a match.
 */
final class JoinOperator implements Operator {
    private final PlanNode.Join node;
    private final int portionRows;
    private final PendingChanges pending;
    private final Side left;
    private final Side right;
    private final Evaluator condition;
    private final int[] shown;
    private final RowFailures failures;

    /** How many more pairs this step may put out. */
    private int budget;

    /**
     * One side.
     *
     * @param rows where its rows are
     * @param padded whether unmatched ones are shown
     * @param used the columns that this join's result depends on
     * @param nulls a row of NULLs
     */
    private record Side(JoinSide rows, boolean padded, int[] used, Row nulls, boolean first) {
        Row pair(Row own, Row other) {
            return first ? own.concat(other) : other.concat(own);
        }
    }

    /**
     * The operator of that node.
     *
     * @param used the columns of a pair that anybody reads, besides the key's and the condition's
     * @param shown the columns of a pair that are put out, in their order; null for all
     * @param portionRows how many pairs a step puts out at most
     * @param pending takes what is left of changes
     */
    JoinOperator(
            PlanNode.Join node,
            Arrangement left,
            Arrangement right,
            Evaluator condition,
            BitSet used,
            int[] shown,
            int portionRows,
            PendingChanges pending,
            RowFailures failures) {
        this.node = node;
        this.portionRows = portionRows;
        this.pending = pending;
        int leftWidth = node.left().fields().size();
        int rightWidth = node.right().fields().size();
        this.left = side(node.left(), left, node.padLeft(), used.get(0, leftWidth), true);
        this.right = side(node.right(), right, node.padRight(), used.get(leftWidth, leftWidth + rightWidth), false);
        this.condition = condition;
        this.shown = shown;
        this.failures = failures;
    }

    private static Side side(PlanNode.Arranged node, Arrangement rows, boolean padded, BitSet columns, boolean first) {
        BitSet used = (BitSet) columns.clone();
        node.key().forEach(used::set);
        BitSet compared = (BitSet) used.clone();
        if (node instanceof PlanNode.Arrange arrange) {
            arrange.identity().forEach(compared::set);
        }
        return new Side(
                new JoinSide(rows, compared.stream().toArray()),
                padded,
                used.stream().toArray(),
                Row.of(new Object[node.fields().size()]),
                first);
    }

    @Override
    public void step(List<List<Delta>> inputs, Output output) {
        budget = portionRows;
        List<Delta> leftChanges = inputs.get(0);
        List<Delta> rightChanges = inputs.get(1);
        applyAll(leftChanges, left, right, rightChanges, output);
        applyAll(rightChanges, right, left, List.of(), output);
    }

    /** How many changes are pending. */
    int pending() {
        return pending.size();
    }

    /** Puts out a portion of a pending change, about so many pairs at most; there is one. */
    void work(int pairs, Output output) {
        budget = pairs;
        PendingChanges.Queue queue = pending.next();
        Side own = queue.isLeft() ? left : right;
        Side other = queue.isLeft() ? right : left;
        new Change(queue.head(), own, other, List.of(), queue.all(), queue.waiting(), output).goOn(queue);
    }

    private void applyAll(List<Delta> changes, Side own, Side other, List<Delta> otherChanges, Output output) {
        for (int i = 0; i < changes.size(); i++) {
            Delta delta = changes.get(i);
            if (changesNothing(delta, own, other)) {
                continue;
            }
            List<Delta> notBefore = changes.subList(i, changes.size());
            List<Delta> notAfter = changes.subList(i + 1, changes.size());
            new Change(delta, own, other, otherChanges, notBefore, notAfter, output).apply();
        }
    }

    /**
     * Whether all columns that matter here stay as they are: then no match need be looked up. A row that only moves to another
     * position matters where something goes by positions, or by which rows there are.
     */
    private boolean changesNothing(Delta delta, Side own, Side other) {
        Row before = delta.before();
        Row after = delta.after();
        return before != null
                && after != null
                && before.equalIn(own.used, after)
                && ((pending.size() == 0 && !other.padded) || own.rows.same(before, after));
    }

    /** One change of one side on its way through the join. */
    private final class Change {
        private final Delta delta;
        private final Side own;
        private final Side other;
        private final List<Delta> otherChanges;
        private final JoinSide ownBefore;
        private final JoinSide ownAfter;
        private final Output output;

        /**
         * A change.
         *
         * @param otherChanges what the other side already holds and this change does not meet yet
         * @param notBefore what this side already holds and did not before this change
         * @param notAfter what this side already holds and does not after this change
         */
        Change(
                Delta delta,
                Side own,
                Side other,
                List<Delta> otherChanges,
                List<Delta> notBefore,
                List<Delta> notAfter,
                Output output) {
            this.delta = delta;
            this.own = own;
            this.other = other;
            this.otherChanges = otherChanges;
            this.ownBefore = own.rows.without(notBefore);
            this.ownAfter = own.rows.without(notAfter);
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
            Delta part = new Delta(before, after, delta.weight(), delta.origin());
            PendingChanges.Queue earlier = pending.of(own.first, key);
            if (earlier != null) {
                pending.addBehind(earlier, part, own.rows);
                return;
            }
            Sweep sweep = new Sweep(key, before, after);
            byte[] reached = sweep.from(Arrangement.START);
            if (reached != null) {
                pending.add(own.first, key, part, reached);
            } else if (own.padded) {
                emitPadded(before, sweep.matchedBefore, after, sweep.matchedAfter);
            }
        }

        /** Goes on with a pending change. */
        void goOn(PendingChanges.Queue queue) {
            Sweep sweep = new Sweep(queue.key(), delta.before(), delta.after());
            byte[] reached = sweep.from(queue.reached());
            if (reached != null) {
                pending.reached(queue, reached);
                return;
            }
            if (own.padded) {
                emitPadded(
                        delta.before(),
                        delta.before() != null && sweep.findsMatch(delta.before()),
                        delta.after(),
                        delta.after() != null && sweep.findsMatch(delta.after()));
            }
            pending.finished(queue);
        }

        private void emitPadded(Row before, boolean matchedBefore, Row after, boolean matchedAfter) {
            Row paddedBefore = before == null || matchedBefore ? null : padded(before);
            Row paddedAfter = after == null || matchedAfter ? null : padded(after);
            output.emit(paddedBefore, paddedAfter, delta.weight(), delta.origin());
        }

        /** The row comes, goes, or moves to another key; a move from one match to one match stays one delta. */
        private void applyMove(byte[] keyBefore, byte[] keyAfter) {
            if (delta.before() == null || delta.after() == null || other.padded) {
                applySide(keyBefore, delta.before(), null);
                applySide(keyAfter, null, delta.after());
                return;
            }
            Output moves = new Output();
            Change move = new Change(delta, own, other, otherChanges, List.of(), List.of(), moves);
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
                emitPadded(before, false, after, false);
            }
        }

        /** The rows of the other side with the change's key, which it meets in their order. */
        private final class Sweep {
            private final byte[] key;
            private final Row before;
            private final Row after;
            private final PendingChanges.Queue otherPending;
            private boolean matchedBefore;
            private boolean matchedAfter;
            private Boolean anyBefore;
            private Boolean anyAfter;

            Sweep(byte[] key, Row before, Row after) {
                this.key = key;
                this.before = before;
                this.after = after;
                this.otherPending = pending.of(other.first, key);
            }

            /** Meets the rows beyond a position, as many as the step has left; returns the last position, null at the end. */
            byte[] from(byte[] beyond) {
                int limit = budget;
                if (otherPending == null) {
                    return portion(otherWithout(List.of()), before, after, other.padded, beyond, limit);
                }
                byte[] reached = null;
                List<Delta> unseenBefore = before == null ? null : unseenBy(before);
                List<Delta> unseenAfter = after == null ? null : unseenBy(after);
                if (before != null && after != null && unseenBefore.size() == unseenAfter.size()) {
                    reached = portion(otherWithout(unseenBefore), before, after, false, beyond, limit);
                } else {
                    if (before != null) {
                        reached = portion(otherWithout(unseenBefore), before, null, false, beyond, limit);
                    }
                    if (after != null) {
                        reached = portion(otherWithout(unseenAfter), null, after, false, beyond, limit);
                    }
                }
                if (other.padded) {
                    otherWithout(otherPending.all()).visitPortion(key, beyond, limit, (row, weight) -> {
                        emitPad(row, weight);
                        return true;
                    });
                }
                return reached;
            }

            private byte[] portion(JoinSide rows, Row goes, Row comes, boolean pads, byte[] beyond, int limit) {
                return rows.visitPortion(key, beyond, limit, (row, weight) -> {
                    budget = Math.max(0, budget - 1);
                    Row pairBefore = matches(goes, row, false) ? shown(goes, row) : null;
                    Row pairAfter = matches(comes, row, true) ? shown(comes, row) : null;
                    matchedBefore |= pairBefore != null && weight > 0;
                    matchedAfter |= pairAfter != null && weight > 0;
                    if (pads && (pairBefore != null || pairAfter != null)) {
                        emitPairOrPad(row, weight, pairBefore, pairAfter);
                    } else {
                        output.emit(pairBefore, pairAfter, Math.multiplyExact(weight, delta.weight()), delta.origin());
                    }
                    return true;
                });
            }

            /** The pending changes of the other side that have not come to that row of this side. */
            private List<Delta> unseenBy(Row row) {
                boolean seesFirst = Arrangement.isWithin(own.rows.positionOf(row), otherPending.reached());
                return seesFirst ? otherPending.waiting() : otherPending.all();
            }

            private JoinSide otherWithout(List<Delta> unseen) {
                if (unseen.isEmpty()) {
                    return other.rows.without(otherChanges);
                }
                List<Delta> all = new ArrayList<>(otherChanges);
                all.addAll(unseen);
                return other.rows.without(all);
            }

            /** Whether any row of the other side matches that row of this side. */
            boolean findsMatch(Row row) {
                JoinSide rows = otherWithout(otherPending == null ? List.of() : unseenBy(row));
                return anyOf(rows, key, otherRow -> matches(row, otherRow, false));
            }

            private void emitPairOrPad(Row row, long weight, Row pairBefore, Row pairAfter) {
                long product = Math.multiplyExact(weight, delta.weight());
                boolean unmatchedBefore = unmatchedBefore(row);
                boolean unmatchedAfter = unmatchedAfter(row);
                Row pad = shown(own.nulls, row);
                if (unmatchedBefore == unmatchedAfter) {
                    output.emit(pairBefore, pairAfter, product, delta.origin());
                } else if (unmatchedBefore && pairBefore == null && delta.weight() == 1) {
                    output.emit(pad, pairAfter, weight, delta.origin());
                } else if (unmatchedAfter && pairAfter == null && delta.weight() == 1) {
                    output.emit(pairBefore, pad, weight, delta.origin());
                } else {
                    output.emit(pairBefore, pairAfter, product, delta.origin());
                    output.emit(unmatchedBefore ? pad : null, unmatchedBefore ? null : pad, weight, delta.origin());
                }
            }

            private void emitPad(Row row, long weight) {
                boolean unmatchedBefore = unmatchedBefore(row);
                boolean unmatchedAfter = unmatchedAfter(row);
                if (unmatchedBefore != unmatchedAfter) {
                    Row pad = shown(own.nulls, row);
                    output.emit(unmatchedBefore ? pad : null, unmatchedBefore ? null : pad, weight, delta.origin());
                }
            }

            /** Without a condition every row of the key matches, so that the answer is the same for all. */
            private boolean unmatchedBefore(Row row) {
                if (condition != null) {
                    return !anyOf(ownBefore, key, ownRow -> matches(ownRow, row, false));
                }
                if (anyBefore == null) {
                    anyBefore = anyOf(ownBefore, key, ownRow -> true);
                }
                return !anyBefore;
            }

            private boolean unmatchedAfter(Row row) {
                if (condition != null) {
                    return !anyOf(ownAfter, key, ownRow -> matches(ownRow, row, false));
                }
                if (anyAfter == null) {
                    anyAfter = anyOf(ownAfter, key, ownRow -> true);
                }
                return !anyAfter;
            }
        }

        private boolean anyOf(JoinSide rows, byte[] key, Predicate<Row> wanted) {
            boolean[] found = {false};
            rows.visit(key, (row, weight) -> {
                found[0] = weight > 0 && wanted.test(row);
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
