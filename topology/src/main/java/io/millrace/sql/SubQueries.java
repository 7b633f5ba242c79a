package io.millrace.sql;

import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.rules.CoreRules;

/** Turns subqueries in expressions into joins. */
final class SubQueries {
    private static final HepProgram TO_JOINS = HepProgram.builder()
            .addRuleInstance(CoreRules.FILTER_SUB_QUERY_TO_CORRELATE)
            .addRuleInstance(CoreRules.PROJECT_SUB_QUERY_TO_CORRELATE)
            .addRuleInstance(CoreRules.JOIN_SUB_QUERY_TO_CORRELATE)
            .build();

    private SubQueries() {}

    static RelNode decorrelated(RelNode rel) {
        HepPlanner planner = new HepPlanner(TO_JOINS);
        planner.setRoot(rel);
        return planner.findBestExp();
    }
}
