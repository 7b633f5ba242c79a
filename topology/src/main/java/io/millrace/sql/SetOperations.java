package io.millrace.sql;

import java.util.List;
import org.apache.calcite.plan.RelRule;
import org.apache.calcite.plan.hep.HepPlanner;
import org.apache.calcite.plan.hep.HepProgram;
import org.apache.calcite.plan.hep.HepProgramBuilder;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.rules.CoreRules;

/** Turns INTERSECT and EXCEPT into a union whose rows are counted by the branch that they come from. */
final class SetOperations {
    private static final HepProgram TO_COUNTS = program();

    private SetOperations() {}

    /** The same relation; what has ALL stays as it is. */
    static RelNode counted(RelNode rel) {
        HepPlanner planner = new HepPlanner(TO_COUNTS);
        planner.setRoot(rel);
        return planner.findBestExp();
    }

    private static HepProgram program() {
        HepProgramBuilder program = HepProgram.builder();
        for (RelRule<?> rule : List.of(CoreRules.INTERSECT_TO_DISTINCT, CoreRules.MINUS_TO_DISTINCT)) {
            program.addRuleInstance(
                    rule.config.withRelBuilderFactory(AsWritten.builders()).toRule());
        }
        return program.build();
    }
}
