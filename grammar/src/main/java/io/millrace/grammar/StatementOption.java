package io.millrace.grammar;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;

/** One option of WITH (name = 'value', ...). */
public record StatementOption(SqlIdentifier name, SqlNode value) {
    /** The value's text. */
    public String text() {
        return ((SqlLiteral) value).getValueAs(String.class);
    }
}
