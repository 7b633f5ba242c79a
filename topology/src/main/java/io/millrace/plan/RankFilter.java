package io.millrace.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.calcite.plan.RelOptUtil;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexOver;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlKind;

/**
 * The first rows of each group, as SQL asks for them: rows are numbered by row_number, rank or dense_rank, and those up to
 * a number are kept.
 *
 * @param project what numbers them, among its columns
 * @param column the number's column, or that of the comparison of the number, as QUALIFY has it
 * @param over how they are numbered
 * @param limit the last number that is kept
 * @param rest what else must hold of a kept row, over the project's columns
 */
record RankFilter(Project project, int column, RexOver over, long limit, List<RexNode> rest) {
    /** Functions whose number of a row depends only on the rows before it. */
    private static final Set<SqlKind> NUMBERING = EnumSet.of(SqlKind.ROW_NUMBER, SqlKind.RANK, SqlKind.DENSE_RANK);

    /** The filter as one, if it is one. */
    static Optional<RankFilter> of(Filter filter) {
        if (!(filter.getInput() instanceof Project project)) {
            return Optional.empty();
        }
        List<RexNode> columns = project.getProjects();
        int[] over = IntStream.range(0, columns.size())
                .filter(i -> RexOver.containsOver(columns.get(i)))
                .toArray();
        if (over.length != 1) {
            return Optional.empty();
        }
        RexNode column = columns.get(over[0]);
        boolean compared = !(column instanceof RexOver) && column instanceof RexCall;
        RexNode number =
                compared ? RexUtil.removeCast(((RexCall) column).getOperands().get(0)) : column;
        if (!(number instanceof RexOver numbers)
                || !NUMBERING.contains(numbers.getAggOperator().getKind())) {
            return Optional.empty();
        }
        RexNode reference = new RexInputRef(over[0], column.getType());
        long limit = Long.MAX_VALUE;
        List<RexNode> rest = new ArrayList<>();
        for (RexNode conjunct : RelOptUtil.conjunctions(filter.getCondition())) {
            long last = !compared
                    ? lastNumber(conjunct, reference)
                    : conjunct.equals(reference) ? lastNumber(column, numbers) : -1;
            if (last >= 0) {
                limit = Math.min(limit, last);
            } else {
                rest.add(conjunct);
            }
        }
        boolean asksOtherwise = RelOptUtil.InputFinder.bits(rest, null).get(over[0]);
        return limit == Long.MAX_VALUE || asksOtherwise
                ? Optional.empty()
                : Optional.of(new RankFilter(project, over[0], numbers, limit, List.copyOf(rest)));
    }

    /** The n of number <= n, number < n + 1, or number = 1; -1 for any other condition. */
    private static long lastNumber(RexNode condition, RexNode counted) {
        if (!(condition instanceof RexCall call)
                || call.getOperands().size() != 2
                || !RexUtil.removeCast(call.getOperands().get(0)).equals(counted)
                || !(RexUtil.removeCast(call.getOperands().get(1)) instanceof RexLiteral literal)
                || !(literal.getValue() instanceof BigDecimal number)
                || number.stripTrailingZeros().scale() > 0) {
            return -1;
        }
        long value = number.longValueExact();
        return switch (call.getKind()) {
            case LESS_THAN_OR_EQUAL -> Math.max(0, value);
            case LESS_THAN -> Math.max(0, value - 1);
            case EQUALS -> value == 1 ? 1 : -1;
            default -> -1;
        };
    }
}
