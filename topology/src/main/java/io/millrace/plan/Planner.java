package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.sql.ViewDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.IntStream;
import org.apache.calcite.rel.RelNode;

/**
 * Plans a pipeline: the views' relational algebra becomes one incremental plan. Deterministic; the same folder always
 * gives the same plan.
 *
 * <p>It runs twice over the views: first to learn which columns of each table any view needs, then to build the plan, so
 * that all views read a table through one scan.
 */
public final class Planner {
    private Planner() {}

    /**
     * Plans the views of a pipeline.
     *
     * @throws io.millrace.catalog.UserError for a view that cannot be maintained, naming its place
     */
    public static Plan plan(List<ViewDefinition> views) {
        Map<Table, SortedSet<Integer>> needed = new HashMap<>();
        views.forEach(view -> translate(view, new RelTranslator(view, needed, false)));
        List<PlanNode.View> planned = new ArrayList<>();
        for (ViewDefinition view : views) {
            planned.add(plan(view, translate(view, new RelTranslator(view, needed, true))));
        }
        return Plan.of(planned);
    }

    private static RelTranslator.Translated translate(ViewDefinition view, RelTranslator translator) {
        RelNode pushedDown = PushDown.apply(view.rel());
        List<Integer> all = IntStream.range(0, pushedDown.getRowType().getFieldCount())
                .boxed()
                .toList();
        return translator.translate(pushedDown, all);
    }

    private static PlanNode.View plan(ViewDefinition view, RelTranslator.Translated translated) {
        Relation rows = translated.projectedTo(view.columnNames());
        Optional<List<Integer>> key = rows.keyBeside(List.of());
        boolean multiset = key.isEmpty();
        List<Integer> all = IntStream.range(0, rows.attributes().size()).boxed().toList();
        List<Integer> keyColumns = key.filter(columns -> !columns.isEmpty()).orElse(all);
        Optional<List<Integer>> partitionKey = rows.partitioning()
                .flatMap(rows::columnsHolding)
                .filter(columns -> multiset || keyColumns.containsAll(columns));
        if (partitionKey.isPresent()) {
            return new PlanNode.View(view.name(), rows.node(), keyColumns, multiset, partitionKey.get());
        }
        List<Integer> meeting = multiset ? all : keyColumns.subList(0, 1);
        PlanNode exchange = new PlanNode.Exchange(rows.node(), meeting);
        return new PlanNode.View(view.name(), exchange, keyColumns, multiset, meeting);
    }

    /** Whether two types' values can be compared and hashed as they are. */
    static boolean sameRepresentation(SqlType first, SqlType second) {
        return first.kind() == second.kind()
                || (isText(first) && isText(second))
                || (isInteger(first) && isInteger(second) && first.kind() == second.kind());
    }

    static boolean isText(SqlType type) {
        return type.kind() == SqlType.Kind.TEXT || type.kind() == SqlType.Kind.VARCHAR;
    }

    static boolean isInteger(SqlType type) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER, BIGINT -> true;
            default -> false;
        };
    }
}
