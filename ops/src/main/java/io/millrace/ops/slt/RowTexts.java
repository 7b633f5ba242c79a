package io.millrace.ops.slt;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import java.util.ArrayList;
import java.util.List;

/** Rows as lists of PostgreSQL's texts, null for NULL. */
final class RowTexts {
    private RowTexts() {}

    /** The row of a table that texts stand for. */
    static Row row(Table table, List<String> values) {
        Object[] row = new Object[values.size()];
        for (int i = 0; i < row.length; i++) {
            String value = values.get(i);
            row[i] = value == null ? null : SqlText.parse(table.columns().get(i).type(), value);
        }
        return Row.of(row);
    }

    /** The texts of a row. */
    static List<String> of(Row row, List<SqlType> types) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            texts.add(row.get(i) == null ? null : SqlText.write(types.get(i), row.get(i)));
        }
        return texts;
    }
}
