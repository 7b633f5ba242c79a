package io.millrace.grammar;

import java.util.Locale;
import org.apache.calcite.sql.SqlCharStringLiteral;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;

/** One option of WITH (name = 'value', ...); a number, true and false need no quotes. */
public record StatementOption(SqlIdentifier name, SqlNode value) {
    /** The value's text. */
    public String text() {
        SqlLiteral literal = (SqlLiteral) value;
        return literal instanceof SqlCharStringLiteral
                ? literal.getValueAs(String.class)
                : literal.toValue().toLowerCase(Locale.ROOT);
    }
}
