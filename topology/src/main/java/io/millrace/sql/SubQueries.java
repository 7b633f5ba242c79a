package io.millrace.sql;

import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Correlate;
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
        RelNode correlated = planner.findBestExp();
        requireRowsByThemselves(correlated, false);
        NestedCorrelation.check(correlated);
        try {
            return RelDecorrelator.decorrelateQuery(correlated, builder);
        } catch (IndexOutOfBoundsException e) {
            // Calcite's decorrelator looks for a group column where an aggregate's result is correlated by.
            throw new UnsupportedOperationException(
                    "a subquery that is correlated by an aggregate's result; join with the grouped rows instead", e);
        }
    }

    /** Without the correlation a LIMIT, and a window, would be one of all rows. */
    private static void requireRowsByThemselves(RelNode rel, boolean correlated) {
        if (correlated && rel instanceof Sort sort && (sort.fetch != null || sort.offset != null)) {
            throw new UnsupportedOperationException(
                    "LIMIT in a correlated subquery; join with an aggregate such as max(...) instead");
        }
        if (correlated && rel instanceof Project project && project.containsOver()) {
            throw new UnsupportedOperationException(
                    "a window function or DISTINCT ON in a correlated subquery; join with a"
                            + " subquery in FROM that has it, PARTITION BY what is correlated by");
        }
        for (int i = 0; i < rel.getInputs().size(); i++) {
            requireRowsByThemselves(rel.getInput(i), correlated || (rel instanceof Correlate && i == 1));
        }
    }
}
