package io.millrace.plan;

import io.millrace.sql.AsWritten;
import io.millrace.sql.FunctionRows;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.calcite.plan.RelOptRule;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.logical.LogicalFilter;
import org.apache.calcite.rel.rules.CoreRules;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.rex.RexVisitorImpl;
import org.apache.calcite.tools.RelBuilderFactory;

/**
 * Moves filters towards the tables and join conditions out of WHERE, so that less travels through exchanges and less is
 * kept. Expressions are moved, never rewritten: Calcite's simplifications are not PostgreSQL's semantics.
 */
final class PushDown {
    private static final RelBuilderFactory BUILDERS = AsWritten.builders();
    private static final String NOW = "now";

    /** Applied together, since what one of them moves is then for another. */
    private static final List<RelOptRule> RULES = Stream.of(
                    CoreRules.FILTER_INTO_JOIN.config.withPredicate((join, type, condition) -> !readsNow(condition)),
                    CoreRules.JOIN_CONDITION_PUSH.config,
                    CoreRules.JOIN_PUSH_EXPRESSIONS.config,
                    CoreRules.FILTER_AGGREGATE_TRANSPOSE.config,
                    CoreRules.FILTER_PROJECT_TRANSPOSE.config,
                    CoreRules.FILTER_SET_OP_TRANSPOSE.config,
                    CoreRules.FILTER_MERGE.config,
                    CoreRules.PROJECT_MERGE.config)
            .map(config -> config.withRelBuilderFactory(BUILDERS).toRule())
            .toList();

    private static final HepProgram PROGRAM =
            HepProgram.builder().addRuleCollection(RULES).build();

    private PushDown() {}

    static RelNode apply(RelNode rel) {
        RelNode pushed = rel;
        for (RelNode before = null; before != pushed; pushed = belowFunctions(before)) {
            HepPlanner planner = new HepPlanner(PROGRAM);
            planner.setRoot(pushed);
            before = planner.findBestExp();
        }
        return pushed;
    }

    /** Whether rows come or go by it with the time: a selection does so, the condition of a join does not. */
    private static boolean readsNow(RexNode condition) {
        boolean[] found = {false};
        condition.accept(new RexVisitorImpl<Void>(true) {
            @Override
            public Void visitCall(RexCall call) {
                found[0] |= call.getOperator().getName().equals(NOW);
                return super.visitCall(call);
            }
        });
        return found[0];
    }

    /** Conditions on what a function's rows stand beside, which hold for all of them or for none, before the function. */
    private static RelNode belowFunctions(RelNode rel) {
        if (rel instanceof Filter filter && filter.getInput() instanceof FunctionRows rows) {
            int width = rows.getInput().getRowType().getFieldCount();
            List<RexNode> before = new ArrayList<>();
            List<RexNode> after = new ArrayList<>();
            for (RexNode conjunct : RelOptUtil.conjunctions(filter.getCondition())) {
                boolean beside = RelOptUtil.InputFinder.bits(conjunct).length() <= width;
                (beside ? before : after).add(conjunct);
            }
            if (!before.isEmpty()) {
                RexBuilder rex = rel.getCluster().getRexBuilder();
                RelNode fewer = LogicalFilter.create(rows.getInput(), RexUtil.composeConjunction(rex, before));
                RelNode over = rows.copy(rows.getTraitSet(), List.of(belowFunctions(fewer)));
                return after.isEmpty() ? over : LogicalFilter.create(over, RexUtil.composeConjunction(rex, after));
            }
        }
        List<RelNode> inputs =
                rel.getInputs().stream().map(PushDown::belowFunctions).toList();
        return inputs.equals(rel.getInputs()) ? rel : rel.copy(rel.getTraitSet(), inputs);
    }
}
