package io.millrace.sql;

import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.plan.Strong;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.util.ImmutableBitSet;

/** Which columns of a query may be NULL. */
final class NullableColumns {
    private NullableColumns() {}

    /** Whether a column may be NULL: its type says so, and no condition keeps such rows out. */
    static boolean mayBeNull(RelNode rel, int column) {
        if (column >= rel.getRowType().getFieldCount()
                || !rel.getRowType().getFieldList().get(column).getType().isNullable()) {
            return false;
        }
        if (rel instanceof Filter filter) {
            return !keepsOut(filter.getCondition(), column) && mayBeNull(filter.getInput(), column);
        }
        if (rel instanceof Project project) {
            return !(project.getProjects().get(column) instanceof RexInputRef input)
                    || mayBeNull(project.getInput(), input.getIndex());
        }
        if (rel instanceof Aggregate aggregate) {
            return column >= aggregate.getGroupCount()
                    || aggregate.getGroupType() != Aggregate.Group.SIMPLE
                    || mayBeNull(aggregate.getInput(), aggregate.getGroupSet().nth(column));
        }
        return !(rel instanceof Sort sort) || mayBeNull(sort.getInput(), column);
    }

    private static boolean keepsOut(RexNode condition, int column) {
        return RelOptUtil.conjunctions(condition).stream()
                .anyMatch(each -> Strong.isNotTrue(each, ImmutableBitSet.of(column)));
    }
}
