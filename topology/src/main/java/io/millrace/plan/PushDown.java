package io.millrace.plan;

import com.google.common.collect.ImmutableSet;
import io.millrace.sql.AsWritten;
import java.util.List;
import org.apache.calcite.plan.RelRule;
import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.plan.hep.HepProgramBuilder;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.RelFactories;
import org.apache.calcite.rel.logical.LogicalFilter;
import org.apache.calcite.rel.rules.CoreRules;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.tools.RelBuilderFactory;

/**
 * Moves filters towards the tables and join conditions out of WHERE, so that less travels through exchanges and less is
 * kept. Expressions are moved, never rewritten: Calcite's simplifications are not PostgreSQL's semantics.
 */
final class PushDown {
    /** A condition that moves below an outer join may become one cast to a type without NULL, which no filter may be. */
    private static final RelFactories.FilterFactory FILTERS = (input, condition, variables) -> LogicalFilter.create(
            input,
            RexUtil.removeNullabilityCast(input.getCluster().getTypeFactory(), condition),
            ImmutableSet.copyOf(variables));

    private static final RelBuilderFactory BUILDERS = AsWritten.builders(FILTERS);

    private static final List<RelRule<?>> RULES = List.of(
            CoreRules.FILTER_INTO_JOIN,
            CoreRules.JOIN_CONDITION_PUSH,
            CoreRules.JOIN_PUSH_EXPRESSIONS,
            CoreRules.FILTER_AGGREGATE_TRANSPOSE,
            CoreRules.FILTER_MERGE,
            CoreRules.PROJECT_MERGE);

    private PushDown() {}

    static RelNode apply(RelNode rel) {
        HepProgramBuilder program = HepProgram.builder();
        RULES.forEach(rule -> program.addRuleInstance(
                rule.config.withRelBuilderFactory(BUILDERS).toRule()));
        program.addRuleInstance(CoreRules.FILTER_PROJECT_TRANSPOSE
                .config
                .withRelBuilderFactory(BUILDERS)
                .toRule());
        program.addRuleInstance(CoreRules.FILTER_SET_OP_TRANSPOSE
                .config
                .withRelBuilderFactory(BUILDERS)
                .toRule());
        HepPlanner planner = new HepPlanner(program.build());
        planner.setRoot(rel);
        return planner.findBestExp();
    }
}
