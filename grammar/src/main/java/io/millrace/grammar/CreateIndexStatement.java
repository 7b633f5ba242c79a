package io.millrace.grammar;

import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.parser.SqlParserPos;

/** CREATE [UNIQUE] INDEX [name] ON view [USING method] (column [ASC | DESC] [NULLS FIRST | NULLS LAST], ...). */
public final class CreateIndexStatement extends Statement {
    private final boolean unique;
    private final SqlIdentifier name;
    private final SqlIdentifier view;
    private final SqlIdentifier method;
    private final List<IndexColumn> columns;

    public CreateIndexStatement(
            SqlParserPos pos,
            boolean unique,
            SqlIdentifier name,
            SqlIdentifier view,
            SqlIdentifier method,
            List<IndexColumn> columns) {
        super(pos);
        this.unique = unique;
        this.name = name;
        this.view = view;
        this.method = method;
        this.columns = List.copyOf(columns);
    }

    public boolean unique() {
        return unique;
    }

    /** The index's name, or null. */
    public SqlIdentifier name() {
        return name;
    }

    public SqlIdentifier view() {
        return view;
    }

    /** What stands behind USING, or null. */
    public SqlIdentifier method() {
        return method;
    }

    public List<IndexColumn> columns() {
        return columns;
    }
}
