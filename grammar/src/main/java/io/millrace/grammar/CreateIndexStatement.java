package io.millrace.grammar;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.parser.SqlParserPos;

/** CREATE INDEX [name] ON view (columns). */
public final class CreateIndexStatement extends Statement {
    private final SqlIdentifier name;
    private final SqlIdentifier view;
    private final SqlNodeList columns;

    public CreateIndexStatement(SqlParserPos pos, SqlIdentifier name, SqlIdentifier view, SqlNodeList columns) {
        super(pos);
        this.name = name;
        this.view = view;
        this.columns = columns;
    }

    /** The index's name, or null. */
    public SqlIdentifier name() {
        return name;
    }

    public SqlIdentifier view() {
        return view;
    }

    public SqlNodeList columns() {
        return columns;
    }
}
