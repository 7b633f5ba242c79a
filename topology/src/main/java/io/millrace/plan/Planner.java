package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.sql.IndexDefinition;
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
     * @throws UserError for a view that cannot be maintained, naming its place
     */
    public static Plan plan(List<ViewDefinition> views) {
        Map<Table, SortedSet<Integer>> needed = new HashMap<>();
        views.forEach(view -> translate(view, new RelTranslator(view, needed, false)));
        List<PlanNode.View> planned = new ArrayList<>();
        List<PlanNode.Index> indexes = new ArrayList<>();
        for (ViewDefinition view : views) {
            RelTranslator translator = new RelTranslator(view, needed, true);
            PlanNode.View node = plan(view, translator, translate(view, translator));
            planned.add(node);
            view.indexes().forEach(index -> indexes.add(plan(index, node)));
        }
        return Plan.of(planned, indexes);
    }

    /** Which columns of a view determine which others. @throws UserError if it cannot be maintained */
    public static ViewDependencies dependencies(ViewDefinition view) {
        Map<Table, SortedSet<Integer>> needed = new HashMap<>();
        translate(view, new RelTranslator(view, needed, false));
        RelTranslator translator = new RelTranslator(view, needed, true);
        Relation rows = translate(view, translator).projectedTo(view.columnNames());
        List<Integer> all = IntStream.range(0, rows.attributes().size()).boxed().toList();
        return ViewDependencies.of(
                rows,
                view.primaryKey().isEmpty()
                        ? rows.keyBeside(List.of())
                                .filter(key -> !key.isEmpty())
                                .orElse(all)
                        : view.primaryKey());
    }

    private static RelTranslator.Translated translate(ViewDefinition view, RelTranslator translator) {
        RelNode ordered = LookupsFirst.apply(PushDown.apply(view.rel()));
        List<Integer> all =
                IntStream.range(0, ordered.getRowType().getFieldCount()).boxed().toList();
        try {
            return translator.translate(ordered, all);
        } catch (UserError e) {
            throw e.place().isPresent() ? e : placed(e, view);
        }
    }

    private static UserError placed(UserError error, ViewDefinition view) {
        return new UserError(
                error.category(),
                view.place(),
                "view " + view.name() + ": " + error.getMessage(),
                error.hint().orElse(null));
    }

    private static PlanNode.View plan(
            ViewDefinition view, RelTranslator translator, RelTranslator.Translated translated) {
        Relation rows = translated.projectedTo(view.columnNames());
        // One by which the rows may stay where they are spares an exchange.
        Optional<List<Integer>> found = rows.keyInPlace().or(() -> rows.keyBeside(List.of()));
        List<Integer> all = IntStream.range(0, rows.attributes().size()).boxed().toList();
        List<Integer> keyColumns = view.primaryKey().isEmpty()
                ? found.filter(columns -> !columns.isEmpty()).orElse(all)
                : view.primaryKey();
        KeyOrigin origin = view.primaryKey().isEmpty()
                ? found.isEmpty() ? KeyOrigin.WHOLE_ROW : KeyOrigin.PROVEN
                : rows.isPrimaryKey(view.primaryKey()) ? KeyOrigin.PROVEN : KeyOrigin.DECLARED;
        Relation placed = partitionKey(rows, keyColumns).isPresent()
                ? rows
                : translator.exchangedWithin(
                        rows, keyColumns, origin == KeyOrigin.WHOLE_ROW ? all : keyColumns.subList(0, 1));
        List<Integer> partitionKey = partitionKey(placed, keyColumns).orElseThrow();
        return new PlanNode.View(view.name(), placed.node(), keyColumns, origin, partitionKey);
    }

    /** An index lies where the view does if its columns say where that is, else its rows go by the first of its columns. */
    private static PlanNode.Index plan(IndexDefinition index, PlanNode.View view) {
        List<SortColumn> order = index.columns().stream()
                .map(part -> new SortColumn(part.column(), part.descending(), part.nullsFirst()))
                .toList();
        List<Integer> columns = order.stream().map(SortColumn::column).toList();
        if (columns.containsAll(view.partitionKey())) {
            return new PlanNode.Index(index.name(), view, order, view.partitionKey());
        }
        List<Integer> first = columns.subList(0, 1);
        return new PlanNode.Index(index.name(), new PlanNode.Exchange(view, first), order, first);
    }

    /** The columns that decide on a row's partition, if they are of the key: then a key's rows are together. */
    private static Optional<List<Integer>> partitionKey(Relation rows, List<Integer> keyColumns) {
        return rows.partitioning().flatMap(deciding -> {
            List<Integer> columns = new ArrayList<>();
            for (int attribute : deciding) {
                keyColumns.stream()
                        .filter(column -> rows.attribute(column) == attribute)
                        .findFirst()
                        .ifPresent(columns::add);
            }
            return columns.size() == deciding.size() ? Optional.of(columns) : Optional.empty();
        });
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
