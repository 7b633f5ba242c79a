package io.millrace.plan;

import io.millrace.catalog.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinInfo;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rel.logical.LogicalProject;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.util.ImmutableBitSet;

/**
 * Puts joins that look up at most one row for each row below those that may find many:
 *
 * <pre>
 *   (follows ⋈ photos) ⋈ users  =  follows ⋈ (photos ⋈ users)    users looked up by a column of photos
 * </pre>
 *
 * <p>What a join finds is kept for the next join to look it up, so the order of joins decides on how much is kept and how
 * much a change of one row touches: with the order above a user's new name meets the user's photos, not each photo once
 * for each follower, and no copy of the widest result is kept. Nothing is estimated: of a row that is looked up by a
 * unique key there is never more than one. Equi-joins alone move, since another condition would then be evaluated for rows
 * that it was not written for, and could fail on them.
 */
final class LookupsFirst {
    private LookupsFirst() {}

    /** The same relation, its columns in the same order. */
    static RelNode apply(RelNode rel) {
        List<RelNode> inputs = rel.getInputs().stream().map(LookupsFirst::apply).toList();
        if (rel instanceof Join join
                && preservesLeft(join)
                && isLookup(inputs.get(0), inputs.get(1), join.getCondition())) {
            return lookedUp(join, inputs.get(0), inputs.get(1), join.getCondition());
        }
        return inputs.equals(rel.getInputs()) ? rel : rel.copy(rel.getTraitSet(), inputs);
    }

    /** The look-up in the right side as deep among the left side's joins as the columns allow that it goes by. */
    private static RelNode lookedUp(Join lookup, RelNode left, RelNode right, RexNode condition) {
        if (left instanceof Project project && project.getProjects().stream().allMatch(RexInputRef.class::isInstance)) {
            return belowProject(lookup, project, right, condition);
        }
        if (left instanceof Join below && preservesLeft(below)) {
            ImmutableBitSet by = JoinInfo.of(left, right, condition).leftSet();
            int firstWidth = below.getLeft().getRowType().getFieldCount();
            if (by.nth(0) >= firstWidth && below.getJoinType() == JoinRelType.INNER) {
                RelNode second = lookedUp(lookup, below.getRight(), right, RexUtil.shift(condition, -firstWidth));
                return join(below, below.getLeft(), second, below.getCondition());
            }
            if (by.length() <= firstWidth && !isLookup(below.getLeft(), below.getRight(), below.getCondition())) {
                return belowLeft(lookup, below, right, condition);
            }
        }
        return join(lookup, left, right, condition);
    }

    private static RelNode belowProject(Join lookup, Project project, RelNode right, RexNode condition) {
        int width = project.getProjects().size();
        int inputWidth = project.getInput().getRowType().getFieldCount();
        RexNode ofInput = condition.accept(new RexShuttle() {
            @Override
            public RexNode visitInputRef(RexInputRef column) {
                return column.getIndex() < width
                        ? project.getProjects().get(column.getIndex())
                        : RexUtil.shift(column, inputWidth - width);
            }
        });
        RelNode rows = lookedUp(lookup, project.getInput(), right, ofInput);
        List<Integer> columns = new ArrayList<>();
        project.getProjects().forEach(column -> columns.add(((RexInputRef) column).getIndex()));
        IntStream.range(inputWidth, rows.getRowType().getFieldCount()).forEach(columns::add);
        return columns(rows, columns);
    }

    private static RelNode belowLeft(Join lookup, Join below, RelNode right, RexNode condition) {
        int firstWidth = below.getLeft().getRowType().getFieldCount();
        int secondWidth = below.getRight().getRowType().getFieldCount();
        int rightWidth = right.getRowType().getFieldCount();
        RelNode first = lookedUp(
                lookup, below.getLeft(), right, RexUtil.shift(condition, firstWidth + secondWidth, -secondWidth));
        RelNode rows =
                join(below, first, below.getRight(), RexUtil.shift(below.getCondition(), firstWidth, rightWidth));
        List<Integer> columns = IntStream.concat(
                        IntStream.concat(
                                IntStream.range(0, firstWidth),
                                IntStream.range(firstWidth + rightWidth, firstWidth + rightWidth + secondWidth)),
                        IntStream.range(firstWidth, firstWidth + rightWidth))
                .boxed()
                .toList();
        return columns(rows, columns);
    }

    private static RelNode join(Join like, RelNode left, RelNode right, RexNode condition) {
        return like.copy(like.getTraitSet(), condition, left, right, like.getJoinType(), false);
    }

    private static RelNode columns(RelNode rows, List<Integer> columns) {
        RexBuilder rex = rows.getCluster().getRexBuilder();
        List<RexNode> expressions = columns.stream()
                .map(column -> (RexNode) rex.makeInputRef(rows, column))
                .toList();
        List<String> names =
                columns.stream().map(rows.getRowType().getFieldNames()::get).toList();
        return LogicalProject.create(rows, List.of(), expressions, names, Set.of());
    }

    private static boolean preservesLeft(Join join) {
        return join.getJoinType() == JoinRelType.INNER || join.getJoinType() == JoinRelType.LEFT;
    }

    /** Whether the right side has at most one row for each of the left side, found by equality alone. */
    private static boolean isLookup(RelNode left, RelNode right, RexNode condition) {
        JoinInfo info = JoinInfo.of(left, right, condition);
        return info.isEqui() && !info.leftKeys.isEmpty() && isUnique(right, info.rightSet());
    }

    /** Whether no two rows have the same in those columns. */
    private static boolean isUnique(RelNode rel, ImmutableBitSet columns) {
        if (rel instanceof TableScan scan) {
            Table table = scan.getTable().unwrapOrThrow(Table.class);
            return isKey(table.primaryKey(), columns)
                    || table.uniqueKeys().stream().anyMatch(key -> isKey(key, columns));
        } else if (rel instanceof Filter filter) {
            return isUnique(filter.getInput(), columns);
        } else if (rel instanceof Project project) {
            return isUnique(
                    project.getInput(),
                    ImmutableBitSet.of(columns.asList().stream()
                            .map(project.getProjects()::get)
                            .filter(RexInputRef.class::isInstance)
                            .map(column -> ((RexInputRef) column).getIndex())
                            .toList()));
        } else if (rel instanceof Aggregate aggregate) {
            return columns.contains(ImmutableBitSet.range(aggregate.getGroupCount()));
        } else if (rel instanceof Join join && preservesLeft(join)) {
            ImmutableBitSet ofLeft =
                    ImmutableBitSet.range(join.getLeft().getRowType().getFieldCount());
            return isLookup(join.getLeft(), join.getRight(), join.getCondition())
                    && isUnique(join.getLeft(), columns.intersect(ofLeft));
        }
        return false;
    }

    private static boolean isKey(List<Integer> key, ImmutableBitSet columns) {
        return !key.isEmpty() && columns.contains(ImmutableBitSet.of(key));
    }
}
