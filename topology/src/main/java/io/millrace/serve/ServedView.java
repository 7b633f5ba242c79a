package io.millrace.serve;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.plan.Field;
import io.millrace.plan.PlanNode;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import io.millrace.row.SqlText;
import io.millrace.row.WeightedRow;
import java.util.List;

/** A view with what reads its keys from text and writes its rows as JSON. Immutable and thread-safe. */
final class ServedView {
    private final PlanNode.View view;
    private final List<Field> keyFields;
    private final KeyCodec keys;
    private final RowJson json;
    private final RowJson keyJson;

    ServedView(PlanNode.View view) {
        this.view = view;
        this.keyFields = view.key().stream().map(view.fields()::get).toList();
        List<SqlType> keyTypes = keyFields.stream().map(Field::type).toList();
        this.keys = KeyCodec.of(keyTypes);
        this.json = RowJson.of(view.fields().stream().map(Field::name).toList(), view.types());
        this.keyJson = RowJson.of(keyFields.stream().map(Field::name).toList(), keyTypes);
    }

    PlanNode.View view() {
        return view;
    }

    /** Whether that many values are a key with all its columns. */
    boolean isWholeKey(int size) {
        return size > 0 && size == keyFields.size();
    }

    /**
     * The values of the key's first columns.
     *
     * @param texts one a column, null for NULL
     * @throws UserError if there are too many, or one is not of its column's type
     */
    Object[] key(List<String> texts) {
        if (texts.size() > keyFields.size()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "the key of view " + view.name() + " has " + count(keyFields.size()) + ", not " + texts.size(),
                    "name them in this order: "
                            + String.join(
                                    ", ", keyFields.stream().map(Field::name).toList()));
        }
        Object[] values = new Object[texts.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = texts.get(i) == null ? null : value(keyFields.get(i), texts.get(i));
        }
        return values;
    }

    private static String count(int columns) {
        return columns == 1 ? "1 column" : columns + " columns";
    }

    private Object value(Field column, String text) {
        try {
            return SqlText.parse(column.type(), text);
        } catch (UserError e) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "key column " + column.name() + " of view " + view.name() + ": " + e.getMessage(),
                    column.name() + " is " + column.type());
        }
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
