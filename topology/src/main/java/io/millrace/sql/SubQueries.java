package io.millrace.sql;

import java.util.HashSet;
import java.util.Set;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Correlate;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.rules.CoreRules;
import org.apache.calcite.sql2rel.RelDecorrelator;
import org.apache.calcite.tools.RelBuilder;

/** Turns subqueries into joins, also those that read rows of the query around them. */
final class SubQueries {
    private static final HepProgram TO_CORRELATES = HepProgram.builder()
            .addRuleInstance(CoreRules.FILTER_SUB_QUERY_TO_CORRELATE)
            .addRuleInstance(CoreRules.PROJECT_SUB_QUERY_TO_CORRELATE)
            .addRuleInstance(CoreRules.JOIN_SUB_QUERY_TO_CORRELATE)
            .build();

    private SubQueries() {}

    /**
     * The query without subqueries.
     *
     * @throws UnsupportedOperationException for a subquery that cannot be a join, or would be a wrong one
     */
    static RelNode joined(RelNode rel, RelBuilder builder) {
        HepPlanner planner = new HepPlanner(TO_CORRELATES);
        planner.setRoot(rel);
        RelNode correlated = FunctionScans.placed(planner.findBestExp());
        requireRowsByThemselves(correlated);
        NestedCorrelation.check(correlated);
        try {
            return AggregateOrders.asOrders(
                    RelDecorrelator.decorrelateQuery(AggregateOrders.asArguments(correlated), builder));
        } catch (NullPointerException e) {
            // Nor does it find the row that a second subquery reads which the first has made a part of its own.
            throw new UnsupportedOperationException(
                    "several subqueries of one condition that read the same row, as <> ANY and = ALL are; join with the least and"
                            + " the greatest value of a grouped subquery instead",
                    e);
        } catch (IndexOutOfBoundsException e) {
            // Calcite's decorrelator looks for a group column where an aggregate's result is correlated by.
            throw new UnsupportedOperationException(
                    "a subquery that is correlated by an aggregate's result; join with the grouped rows instead", e);
        }
    }

    /** Without the correlation below it a LIMIT, and a window, would be one of all rows. */
    private static void requireRowsByThemselves(RelNode rel) {
        if (rel instanceof Sort sort && (sort.fetch != null || sort.offset != null) && readsOuterRows(rel)) {
            throw new UnsupportedOperationException(
                    "LIMIT in a correlated subquery; join with an aggregate such as max(...) instead");
        }
        if (rel instanceof Project project && project.containsOver() && readsOuterRows(rel)) {
            throw new UnsupportedOperationException(
                    "a window function or DISTINCT ON in a correlated subquery; join with a"
                            + " subquery in FROM that has it, PARTITION BY what is correlated by");
        }
        rel.getInputs().forEach(SubQueries::requireRowsByThemselves);
    }

    private static boolean readsOuterRows(RelNode rel) {
        Set<CorrelationId> read = new HashSet<>(RelOptUtil.getVariablesUsed(rel));
        read.removeAll(givenIn(rel));
        return !read.isEmpty();
    }

    /** The rows that subqueries below read and that are from below as well. */
    private static Set<CorrelationId> givenIn(RelNode rel) {
        Set<CorrelationId> given = new HashSet<>();
        if (rel instanceof Correlate correlate) {
            given.add(correlate.getCorrelationId());
        }
        rel.getInputs().forEach(input -> given.addAll(givenIn(input)));
        return given;
    }
}
