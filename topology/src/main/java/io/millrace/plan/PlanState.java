package io.millrace.plan;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a plan's nodes keep and what a change costs, counted in store reads, store writes and exchanged records. */
public final class PlanState {

    private PlanState() {}

    /** Whether the node has a state store. */
    public static boolean keepsState(PlanNode node) {
        return node instanceof PlanNode.Deduplicate
                || node instanceof PlanNode.Arrange
                || node instanceof PlanNode.Aggregate
                || node instanceof PlanNode.TemporalFilter
                || node instanceof PlanNode.Top
                || node instanceof PlanNode.Window
                || node instanceof PlanNode.SetOperation
                || node instanceof PlanNode.Served
                || (node instanceof PlanNode.Values values && !values.rows().isEmpty())
                || (node instanceof PlanNode.Scan scan && !scan.table().appendOnly());
    }

    /**
     * The names of a node's state stores: of a scan its rows and its remembered deletions, or where rows have no key its
     * remembered transactions; of an aggregate its groups and,
     * where it needs them, the groups' values in order and the ways in which the groups' columns are written; of a view with
     * a declared key its rows and the keys that are broken; of a join changes with many matches that are not done yet; else
     * one or none.
     */
    public static List<String> stores(Plan plan, PlanNode node) {
        String name = plan.name(node);
        if (node instanceof PlanNode.Join join && fansOut(join)) {
            return List.of(name + "-pending");
        }
        if (!keepsState(node)) {
            return List.of();
        }
        if (node instanceof PlanNode.Scan scan) {
            return List.of(name, name + (scan.withoutKey() ? "-transactions" : "-deleted"));
        }
        if (node instanceof PlanNode.Aggregate aggregate
                && (aggregate.calls().stream().anyMatch(PlanState::ordersValues) || keepsForms(aggregate))) {
            return List.of(name, name + "-values");
        }
        if (node instanceof PlanNode.View view && view.keyOrigin() == KeyOrigin.DECLARED) {
            return List.of(name, name + "-broken");
        }
        return List.of(name);
    }

    /** Whether a change of one side may have many matches on the other. */
    public static boolean fansOut(PlanNode.Join join) {
        return !join.left().unique() || !join.right().unique();
    }

    /** Whether an aggregate keeps the values of each group in order, to be able to retract. */
    public static boolean ordersValues(AggregateCall call) {
        return call.distinct()
                || call.function() == AggregateFunction.MIN
                || call.function() == AggregateFunction.MAX
                || call.function().isSequence();
    }

    /** Whether an aggregate keeps in which ways its groups' columns are written, as equal values may be in several. */
    public static boolean keepsForms(PlanNode.Aggregate aggregate) {
        return aggregate.group().stream()
                .anyMatch(
                        column -> aggregate.input().fields().get(column).type().manyForms());
    }

    /** What a change costs. */
    record Cost(int reads, int writes, int exchanged) {
        Cost plus(Cost other) {
            return new Cost(reads + other.reads, writes + other.writes, exchanged + other.exchanged);
        }

        @Override
        public String toString() {
            return reads + " reads, " + writes + " writes, " + exchanged + " exchanged";
        }
    }

    /**
     * The cost of a change of a table's row in one view.
     *
     * @param passesDistinct whether it changes columns that a Distinct keeps, which stops it else
     */
    static Cost costOfChange(Plan plan, PlanNode from, String view, boolean passesDistinct) {
        Cost total = new Cost(0, 0, 0);
        for (PlanNode reached : reached(plan, from, view, passesDistinct)) {
            total = total.plus(ownCost(reached));
        }
        return total;
    }

    private static Set<PlanNode> reached(Plan plan, PlanNode from, String view, boolean passesDistinct) {
        Set<PlanNode> reached = new LinkedHashSet<>();
        Deque<PlanNode> next = new ArrayDeque<>(List.of(from));
        while (!next.isEmpty()) {
            PlanNode node = next.poll();
            boolean stops = !passesDistinct
                    && node instanceof PlanNode.Aggregate aggregate
                    && aggregate.calls().isEmpty();
            if (!stops && reached.add(node)) {
                plan.readers(node).stream()
                        .filter(reader -> plan.viewsOf(reader).contains(view))
                        .forEach(next::add);
            }
        }
        return reached;
    }

    private static Cost ownCost(PlanNode node) {
        if (node instanceof PlanNode.Exchange) {
            return new Cost(0, 0, 1);
        }
        if (node instanceof PlanNode.Join) {
            return new Cost(1, 0, 0);
        }
        if (node instanceof PlanNode.Aggregate aggregate) {
            int multisets = (int) aggregate.calls().stream()
                            .filter(PlanState::ordersValues)
                            .count()
                    + (keepsForms(aggregate) ? 1 : 0);
            return new Cost(1 + multisets, 1 + multisets, 0);
        }
        if (node instanceof PlanNode.Deduplicate) {
            return new Cost(3, 2, 0);
        }
        if (node instanceof PlanNode.Top || node instanceof PlanNode.Window) {
            return new Cost(3, 1, 0);
        }
        if (node instanceof PlanNode.Scan scan && scan.withoutKey()) {
            return new Cost(2, 2, 0);
        }
        return keepsState(node) ? new Cost(1, 1, 0) : new Cost(0, 0, 0);
    }
}
