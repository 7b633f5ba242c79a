package io.millrace.sql;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.AggregateCall;
import org.apache.calcite.rel.logical.LogicalAggregate;
import org.apache.calcite.rel.logical.LogicalProject;
import org.apache.calcite.rel.logical.LogicalUnion;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.util.ImmutableBitSet;

/** Turns GROUPING SETS, ROLLUP and CUBE into the UNION ALL of an aggregate for each set, the other columns NULL. */
final class GroupingSets {
    private GroupingSets() {}

    /** The same relation with simple aggregates only. */
    static RelNode expanded(RelNode rel) {
        List<RelNode> inputs =
                rel.getInputs().stream().map(GroupingSets::expanded).toList();
        RelNode same = inputs.equals(rel.getInputs()) ? rel : rel.copy(rel.getTraitSet(), inputs);
        if (!(same instanceof Aggregate aggregate) || isSimple(aggregate)) {
            return same;
        }
        List<RelNode> branches = aggregate.getGroupSets().stream()
                .map(set -> branch(aggregate, set))
                .toList();
        return branches.size() == 1 ? branches.get(0) : LogicalUnion.create(branches, true);
    }

    private static boolean isSimple(Aggregate aggregate) {
        return aggregate.getGroupType() == Aggregate.Group.SIMPLE
                && aggregate.getAggCallList().stream().noneMatch(GroupingSets::asksForSet);
    }

    /** GROUPING(a, b): which of the columns are not grouped by, the last one the lowest bit. */
    private static boolean asksForSet(AggregateCall call) {
        return call.getAggregation().getKind() == SqlKind.GROUPING;
    }

    private static RelNode branch(Aggregate all, ImmutableBitSet set) {
        List<AggregateCall> calls = all.getAggCallList().stream()
                .filter(call -> !asksForSet(call))
                .map(call -> typedFor(call, all.getInput(), set))
                .toList();
        RelNode one = LogicalAggregate.create(all.getInput(), List.of(), set, null, calls);
        RexBuilder rex = all.getCluster().getRexBuilder();
        List<RexNode> row = new ArrayList<>();
        for (int column : all.getGroupSet()) {
            RexNode value = set.get(column)
                    ? rex.makeInputRef(one, set.indexOf(column))
                    : rex.makeNullLiteral(typeOf(all, row.size()));
            row.add(rex.ensureType(typeOf(all, row.size()), value, true));
        }
        int next = set.cardinality();
        for (AggregateCall call : all.getAggCallList()) {
            RexNode value = asksForSet(call)
                    ? rex.makeExactLiteral(BigDecimal.valueOf(missing(call, set)), typeOf(all, row.size()))
                    : rex.makeInputRef(one, next++);
            row.add(rex.ensureType(typeOf(all, row.size()), value, true));
        }
        return LogicalProject.create(one, List.of(), row, all.getRowType().getFieldNames(), Set.of());
    }

    /** Over a group that has rows a sum is not NULL, over all rows it may be. */
    static AggregateCall typedFor(AggregateCall call, RelNode input, ImmutableBitSet set) {
        return AggregateCall.create(
                call.getParserPosition(),
                call.getAggregation(),
                call.isDistinct(),
                call.isApproximate(),
                call.ignoreNulls(),
                call.rexList,
                call.getArgList(),
                call.filterArg,
                call.distinctKeys,
                call.collation,
                set.isEmpty(),
                input,
                null,
                call.name);
    }

    private static RelDataType typeOf(Aggregate all, int column) {
        return all.getRowType().getFieldList().get(column).getType();
    }

    private static long missing(AggregateCall call, ImmutableBitSet set) {
        long bits = 0;
        for (int column : call.getArgList()) {
            bits = bits << 1 | (set.get(column) ? 0 : 1);
        }
        return bits;
    }
}
