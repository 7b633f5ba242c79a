package io.millrace.plan;

import io.millrace.catalog.SqlType;
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
                .map(each -> sortColumn(
                        input,
                        each.getFieldIndex(),
                        each.getDirection().isDescending(),
                        each.nullDirection == RelFieldCollation.NullDirection.FIRST,
                        each.nullDirection == RelFieldCollation.NullDirection.LAST))
                .toList();
        long offset = rel.offset == null ? 0 : count(rel.offset);
        long limit = rel.fetch == null ? Long.MAX_VALUE - offset : count(rel.fetch);
        return new RelTranslator.Translated(window(input.relation(), List.of(), order, offset, limit), input.columns());
    }

    /** The rows that row_number() OVER (PARTITION BY ... ORDER BY ...) numbers up to a limit. */
    RelTranslator.Translated firstOfEach(RowNumberFilter filter, Collection<Integer> needed) {
        if (needed.contains(filter.column())) {
            throw translator.refuse(
                    "the number of row_number() is not kept",
                    "leave its column out of the view; the first rows are kept");
        }
        Project project = filter.project();
        List<Integer> wanted = RelTranslator.union(needed, RelTranslator.columnsOf(filter.rest()));
        RexWindow window = filter.over().getWindow();
        List<RexNode> read = new ArrayList<>(window.partitionKeys);
        window.orderKeys.forEach(key -> read.add(key.left));
        if (!read.stream().allMatch(RexInputRef.class::isInstance)) {
            throw translator.refuse(
                    "PARTITION BY and ORDER BY of row_number() go by columns alone",
                    "compute the column in a subquery in FROM");
        }
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
                .map(key -> sortColumn(
                        input,
                        ((RexInputRef) key.left).getIndex(),
                        key.right.contains(SqlKind.DESCENDING),
                        key.right.contains(SqlKind.NULLS_FIRST),
                        key.right.contains(SqlKind.NULLS_LAST)))
                .toList();
        Relation first = window(input.relation(), group, order, 0, filter.limit());
        return translator.filtered(
                translator.projected(project, wanted, new RelTranslator.Translated(first, input.columns())),
                filter.rest());
    }

    private SortColumn sortColumn(
            RelTranslator.Translated input, int column, boolean descending, boolean nullsFirst, boolean nullsLast) {
        int position = input.columns()[column];
        SqlType type = input.relation().node().fields().get(position).type();
        if (!type.ordered()) {
            throw translator.refuse("the order of " + type + " is not maintained", "order by another column");
        }
        return new SortColumn(position, descending, nullsFirst || (descending && !nullsLast));
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
