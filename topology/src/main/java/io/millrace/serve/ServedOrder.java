package io.millrace.serve;

import io.millrace.catalog.UserError;
import io.millrace.plan.Field;
import io.millrace.plan.PlanNode;
import io.millrace.plan.SortColumn;
import io.millrace.row.SqlText;
import io.millrace.runtime.RowRange;
import java.util.List;

/** What a view's rows are asked for by, its key or an index, with what reads values from text. Immutable. */
final class ServedOrder {
    private final PlanNode.Served served;
    private final List<Field> columns;

    ServedOrder(PlanNode.Served served) {
        this.served = served;
        this.columns = served.order().stream()
                .map(SortColumn::column)
                .map(served.fields()::get)
                .toList();
    }

    /** The index's name; null for a view's key. */
    String indexName() {
        return served instanceof PlanNode.Index index ? index.name() : null;
    }

    List<Field> columns() {
        return columns;
    }

    List<String> columnNames() {
        return columns.stream().map(Field::name).toList();
    }

    PlanNode.Served served() {
        return served;
    }

    /**
     * The values of the first columns.
     *
     * @param texts one a column, null for NULL
     * @throws UserError if there are too many, or one is not of its column's type
     */
    Object[] values(List<String> texts) {
        if (texts.size() > columns.size()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    what() + " of view " + viewName() + " has " + count(columns.size()) + ", not " + texts.size(),
                    "name them in this order: " + String.join(", ", columnNames()));
        }
        Object[] values = new Object[texts.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = texts.get(i) == null ? null : value(columns.get(i), texts.get(i));
        }
        return values;
    }

    /**
     * The rows whose first columns have some values and whose next one is within bounds.
     *
     * @param texts the values, one a column, null for NULL
     * @param from the least value of the next column, or null
     * @param to what it is less than, or null
     * @throws UserError if there are too many, or one is not of its column's type
     */
    RowRange range(List<String> texts, String from, String to) {
        Object[] prefix = values(texts);
        if (from == null && to == null) {
            return RowRange.ofPrefix(served, prefix);
        }
        if (prefix.length == columns.size()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "from and to are bounds of the column after those in the path, but it has all of " + what(),
                    "leave out bounds, or columns at the end of " + String.join("/", columnNames()));
        }
        Field next = columns.get(prefix.length);
        return new RowRange(
                served, prefix, from == null ? null : value(next, from), to == null ? null : value(next, to));
    }

    private Object value(Field column, String text) {
        try {
            return SqlText.parse(column.type(), text);
        } catch (UserError e) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    (indexName() == null ? "key" : "index") + " column " + column.name() + " of view " + viewName()
                            + ": " + e.getMessage(),
                    column.name() + " is " + column.type());
        }
    }

    /** The index's name with its columns. */
    String description() {
        return indexName() + " (" + String.join(", ", columnNames()) + ")";
    }

    private String what() {
        return indexName() == null ? "the key" : "index " + indexName();
    }

    private String viewName() {
        return served.view().name();
    }

    private static String count(int columns) {
        return columns == 1 ? "1 column" : columns + " columns";
    }
}
