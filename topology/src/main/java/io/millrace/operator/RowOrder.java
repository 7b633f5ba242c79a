package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.plan.SortColumn;
import io.millrace.row.ByteWriter;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import java.util.List;

/**
 * An ORDER BY as bytes: rows in that order have bytes in their unsigned order. Each column is a byte that puts NULLs first
 * or last, then the value as {@link KeyCodec} writes it, every bit of it turned round where greater values come first;
 * that keeps the order, since no value's bytes are the beginning of another's.
 */
final class RowOrder {
    private static final int NULLS_FIRST = 0;
    private static final int VALUE = 1;
    private static final int NULLS_LAST = 2;

    private final List<SortColumn> columns;
    private final KeyCodec codec;

    RowOrder(List<SortColumn> columns, List<SqlType> types) {
        this.columns = columns;
        this.codec = KeyCodec.of(types);
    }

    void append(ByteWriter out, Row row) {
        for (int i = 0; i < columns.size(); i++) {
            append(out, i, row.get(columns.get(i).column()));
        }
    }

    /** Appends the value of one column of the order. */
    void append(ByteWriter out, int i, Object value) {
        SortColumn column = columns.get(i);
        if (value == null) {
            out.putByte(column.nullsFirst() ? NULLS_FIRST : NULLS_LAST);
            return;
        }
        out.putByte(VALUE);
        int start = out.length();
        codec.append(out, i, value);
        if (column.descending()) {
            out.invert(start);
        }
    }
}
