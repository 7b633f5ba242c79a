package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.plan.Strong;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rel.core.Union;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.util.ImmutableBitSet;

/** Which columns of a query may be NULL. */
final class NullableColumns {
    private NullableColumns() {}

    /** Whether a column may be NULL: its type says so, and no condition keeps such rows out. */
    static boolean mayBeNull(RelNode rel, int column) {
        return !neverNull(rel).get(column);
    }

    /** The columns that are known never to be NULL. */
    private static ImmutableBitSet neverNull(RelNode rel) {
        ImmutableBitSet byType = columns(
                rel,
                column -> !rel.getRowType().getFieldList().get(column).getType().isNullable());
        return byType.union(byInputs(rel));
    }

    private static ImmutableBitSet byInputs(RelNode rel) {
        if (rel instanceof Filter filter) {
            return neverNull(filter.getInput()).union(keptOut(filter, filter.getCondition()));
        }
        if (rel instanceof Project project) {
            ImmutableBitSet input = neverNull(project.getInput());
            Narrowing narrowing = new Narrowing(project.getCluster().getRexBuilder(), input);
            return columns(project, column -> !project.getProjects()
                    .get(column)
                    .accept(narrowing)
                    .getType()
                    .isNullable());
        }
        if (rel instanceof Aggregate aggregate && aggregate.getGroupType() == Aggregate.Group.SIMPLE) {
            ImmutableBitSet input = neverNull(aggregate.getInput());
            List<Integer> groups = aggregate.getGroupSet().asList();
            return columns(aggregate, column -> column < groups.size() && input.get(groups.get(column)));
        }
        if (rel instanceof Join join) {
            return ofJoin(join);
        }
        if (rel instanceof Sort) {
            return neverNull(rel.getInput(0));
        }
        return rel instanceof Union
                ? rel.getInputs().stream()
                        .map(NullableColumns::neverNull)
                        .reduce(ImmutableBitSet::intersect)
                        .orElseThrow()
                : ImmutableBitSet.of();
    }

    private static ImmutableBitSet ofJoin(Join join) {
        JoinRelType type = join.getJoinType();
        ImmutableBitSet kept = type == JoinRelType.INNER || type == JoinRelType.SEMI
                ? keptOut(join, join.getCondition())
                : ImmutableBitSet.of();
        if (!type.generatesNullsOnLeft()) {
            kept = kept.union(neverNull(join.getLeft()));
        }
        if (type.projectsRight() && !type.generatesNullsOnRight()) {
            kept = kept.union(
                    neverNull(join.getRight()).shift(join.getLeft().getRowType().getFieldCount()));
        }
        return kept;
    }

    /** The columns with which, were they NULL, a condition would not be true. */
    private static ImmutableBitSet keptOut(RelNode rel, RexNode condition) {
        List<RexNode> each = RelOptUtil.conjunctions(condition);
        return columns(rel, column -> each.stream().anyMatch(one -> Strong.isNotTrue(one, ImmutableBitSet.of(column))));
    }

    private static ImmutableBitSet columns(RelNode rel, IntPredicate which) {
        return ImmutableBitSet.of(IntStream.range(0, rel.getRowType().getFieldCount())
                .filter(which)
                .toArray());
    }

    /** Has an expression say by its type whether it may be NULL, given which columns are not. */
    private static final class Narrowing extends RexShuttle {
        private final RexBuilder builder;
        private final ImmutableBitSet neverNull;

        Narrowing(RexBuilder builder, ImmutableBitSet neverNull) {
            this.builder = builder;
            this.neverNull = neverNull;
        }

        private RelDataType never(RelDataType type) {
            return builder.getTypeFactory().createTypeWithNullability(type, false);
        }

        @Override
        public RexNode visitInputRef(RexInputRef ref) {
            return neverNull.get(ref.getIndex()) ? new RexInputRef(ref.getIndex(), never(ref.getType())) : ref;
        }

        /** Of which a null, which is no NULL, becomes one when it is cast. */
        private static boolean isJson(RelDataType type) {
            return Types.of(type).kind() == SqlType.Kind.JSONB || Types.of(type).kind() == SqlType.Kind.JSON;
        }

        /** What a call's operator says of its operands as they are now. */
        @Override
        public RexNode visitCall(RexCall call) {
            boolean[] isNarrowed = {false};
            List<RexNode> operands = visitList(call.getOperands(), isNarrowed);
            if (!call.getType().isNullable() || !isNarrowed[0]) {
                return call;
            }
            boolean mayBeNull = call.getKind() == SqlKind.CAST
                    ? operands.get(0).getType().isNullable()
                            || isJson(operands.get(0).getType())
                    : builder.deriveReturnType(call.getOperator(), operands).isNullable();
            return mayBeNull ? call : call.clone(never(call.getType()), operands);
        }
    }
}
