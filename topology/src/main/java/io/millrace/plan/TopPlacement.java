package io.millrace.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.calcite.rel.RelFieldCollation;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.Sort;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexWindow;
import org.apache.calcite.sql.SqlKind;

/** Places what keeps the first rows in an order: of all rows, and of each group. */
final class TopPlacement {
    private final RelTranslator translator;

    TopPlacement(RelTranslator translator) {
        this.translator = translator;
    }

    /** ORDER BY ... OFFSET ... LIMIT. */
    RelTranslator.Translated top(Sort rel, Collection<Integer> needed) {
        List<RelFieldCollation> collations = rel.getCollation().getFieldCollations();
        List<Integer> by =
                collations.stream().map(RelFieldCollation::getFieldIndex).toList();
        RelTranslator.Translated input =
                RelTranslator.narrowed(translator.translate(rel.getInput(), RelTranslator.union(needed, by)));
        List<SortColumn> order = collations.stream()
                .map(each -> translator.sortColumn(
                        input.relation(),
                        input.columns()[each.getFieldIndex()],
                        each.getDirection(),
                        each.nullDirection))
                .toList();
        long offset = rel.offset == null ? 0 : count(rel.offset);
        long most = Long.MAX_VALUE - offset;
        long limit = rel.fetch == null ? most : Math.min(most, count(rel.fetch));
        return new RelTranslator.Translated(window(input.relation(), List.of(), order, offset, limit), input.columns());
    }

    /** The rows that row_number(), rank() or dense_rank() OVER (PARTITION BY ... ORDER BY ...) number up to a limit. */
    RelTranslator.Translated firstOfEach(RankFilter filter, Collection<Integer> needed) {
        RexWindow window = filter.over().getWindow();
        List<RexNode> read = new ArrayList<>(window.partitionKeys);
        window.orderKeys.forEach(key -> read.add(key.left));
        if (needed.contains(filter.column())
                || filter.over().getAggOperator().getKind() != SqlKind.ROW_NUMBER
                || !read.stream().allMatch(RexInputRef.class::isInstance)) {
            return new WindowPlacement(translator).numbered(filter, needed);
        }
        Project project = filter.project();
        List<Integer> wanted = RelTranslator.union(needed, RelTranslator.columnsOf(filter.rest()));
        wanted.forEach(column -> read.add(project.getProjects().get(column)));
        RelTranslator.Translated input =
                RelTranslator.narrowed(translator.translate(project.getInput(), RelTranslator.columnsOf(read)));
        List<Integer> group = window.partitionKeys.stream()
                .map(key -> input.columns()[((RexInputRef) key).getIndex()])
                .distinct()
                .toList();
        group.forEach(column -> translator.requireComparable(
                input.relation().node().fields().get(column).type()));
        List<SortColumn> order = window.orderKeys.stream()
                .map(key -> translator.sortColumn(
                        input.relation(),
                        input.columns()[((RexInputRef) key.left).getIndex()],
                        key.getDirection(),
                        key.getNullDirection()))
                .toList();
        Relation first = window(input.relation(), group, order, 0, filter.limit());
        return translator.filtered(
                translator.projected(project, wanted, new RelTranslator.Translated(first, input.columns())),
                filter.rest());
    }

    /** The window's rows of each group: chosen in each partition first, so that no more than these meet in one. */
    private Relation window(Relation input, List<Integer> group, List<SortColumn> order, long offset, long limit) {
        Relation rows = input;
        boolean together = group.isEmpty()
                ? rows.partitioning().filter(List::isEmpty).isPresent()
                : rows.partitioningWithin(group).isPresent();
        if (!together) {
            boolean chosen = limit < Long.MAX_VALUE - offset;
            Relation first = chosen
                    ? rows.withNode(new PlanNode.Top(rows.node(), group, order, 0, offset + limit), rows.attributes())
                    : rows;
            rows = first.exchangedBy(group);
        }
        Relation window = rows.withNode(new PlanNode.Top(rows.node(), group, order, offset, limit), rows.attributes());
        List<Integer> groupAttributes = group.stream().map(rows::attribute).toList();
        return limit > 1
                ? window
                : new Relation(
                        window.node(),
                        window.attributes(),
                        window.neverNull(),
                        window.dependencies().with(groupAttributes, window.attributes()),
                        Dependencies.bits(groupAttributes),
                        window.partitioning());
    }

    private long count(RexNode rex) {
        if (rex instanceof RexLiteral literal) {
            return literal.getValueAs(BigDecimal.class).longValueExact();
        }
        throw translator.refuse("LIMIT and OFFSET of more than a number are not maintained", "write the number");
    }
}
