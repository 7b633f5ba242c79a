package io.millrace.grammar;

import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.parser.SqlParserPos;

/**
 * A key of a table.
 *
 * @param columns the key's columns, simple identifiers
 */
public record TableConstraint(Kind kind, SqlNodeList columns, SqlParserPos pos) {
    /** The constraints that make a key; others are read and forgotten. */
    public enum Kind {
        PRIMARY_KEY,
        UNIQUE
    }
}
