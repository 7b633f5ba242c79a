package io.millrace.grammar;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.parser.SqlParserPos;

/** CREATE VIEW name [(columns)] AS query; MATERIALIZED makes no difference. */
public final class CreateViewStatement extends Statement {
    private final SqlIdentifier name;
    private final SqlNodeList columns;
    private final SqlNode query;

    public CreateViewStatement(SqlParserPos pos, SqlIdentifier name, SqlNodeList columns, SqlNode query) {
        super(pos);
        this.name = name;
        this.columns = columns;
        this.query = query;
    }

    public SqlIdentifier name() {
        return name;
    }

    /** The columns' names; null where the query's are taken. */
    public SqlNodeList columns() {
        return columns;
    }

    public SqlNode query() {
        return query;
    }
}
