package io.millrace.serve;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.plan.Field;
import io.millrace.plan.PlanNode;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import io.millrace.row.WeightedRow;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A view with what reads its keys from text and writes its rows as JSON. Immutable and thread-safe. */
final class ServedView {
    private final PlanNode.View view;
    private final ServedOrder key;
    private final List<ServedOrder> indexes;
    private final KeyCodec keys;
    private final RowJson json;
    private final RowJson keyJson;
    private final ViewCaching caching;

    ServedView(PlanNode.View view, List<PlanNode.Index> indexes, ViewCaching caching) {
        this.view = view;
        this.caching = caching;
        this.key = new ServedOrder(view);
        this.indexes = indexes.stream().map(ServedOrder::new).toList();
        List<SqlType> keyTypes = key.columns().stream().map(Field::type).toList();
        this.keys = KeyCodec.of(keyTypes);
        this.json = RowJson.of(view.fields().stream().map(Field::name).toList(), view.types());
        this.keyJson = RowJson.of(key.columnNames(), keyTypes);
    }

    PlanNode.View view() {
        return view;
    }

    /** What caches are told of its answers. */
    ViewCaching caching() {
        return caching;
    }

    /** Whether that many values are a key with all its columns. */
    boolean isWholeKey(int size) {
        return size > 0 && size == key.columns().size();
    }

    /**
     * The values of the key's first columns.
     *
     * @param texts one a column, null for NULL
     * @throws UserError if there are too many, or one is not of its column's type
     */
    Object[] key(List<String> texts) {
        return key.values(texts);
    }

    /** The view's indexes, in declared order. */
    List<ServedOrder> indexes() {
        return indexes;
    }

    /**
     * What rows are asked for by.
     *
     * @param by an index's name, or its first columns separated by commas; null for the key
     * @throws UserError if there is no such index
     */
    ServedOrder by(String by) {
        if (by == null) {
            return key;
        }
        Optional<ServedOrder> named =
                indexes.stream().filter(index -> by.equals(index.indexName())).findFirst();
        List<String> columns = List.of(by.split(",", -1));
        return named.or(() -> indexes.stream()
                        .filter(index -> beginsWith(index.columnNames(), columns))
                        .findFirst())
                .orElseThrow(() -> UserError.of(
                        UserError.Category.NOT_FOUND,
                        "view " + view.name() + " has no index by " + by,
                        indexes.isEmpty()
                                ? "add it to views.sql: CREATE INDEX ON " + view.name() + " ("
                                        + String.join(", ", columns) + ")"
                                : "there are "
                                        + indexes.stream()
                                                .map(ServedOrder::description)
                                                .collect(Collectors.joining(", "))));
    }

    private static boolean beginsWith(List<String> all, List<String> first) {
        return first.size() <= all.size() && all.subList(0, first.size()).equals(first);
    }

    /** What the encoded keys begin with that begin with those values. */
    byte[] encodedPrefix(Object[] values) {
        return keys.encodePrefix(values);
    }

    /** Appends a row; in a view without a unique key with the count of its copies. */
    void append(StringBuilder out, WeightedRow row) {
        append(out, row.row());
        if (view.multiset()) {
            out.setLength(out.length() - 1);
            out.append(",\"__multiplicity\":").append(row.weight()).append('}');
        }
    }

    /** Appends a row. */
    void append(StringBuilder out, Row row) {
        json.append(out, row);
    }

    /** Appends a key. */
    void appendKey(StringBuilder out, Row key) {
        keyJson.append(out, key);
    }
}
