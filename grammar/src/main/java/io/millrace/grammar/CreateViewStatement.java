package io.millrace.grammar;

import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;

/** CREATE VIEW name [(columns, PRIMARY KEY (columns))] AS query; MATERIALIZED makes no difference. */
public final class CreateViewStatement extends Statement {
    private final SqlIdentifier name;
    private final List<SqlNode> columns;
    private final List<TableConstraint> keys;
    private final SqlParserPos as;
    private final SqlNode query;

    public CreateViewStatement(
            SqlParserPos pos,
            SqlIdentifier name,
            List<SqlNode> columns,
            List<TableConstraint> keys,
            SqlParserPos as,
            SqlNode query) {
        super(pos);
        this.name = name;
        this.columns = List.copyOf(columns);
        this.keys = List.copyOf(keys);
        this.as = as;
        this.query = query;
    }

    public SqlIdentifier name() {
        return name;
    }

    /** The first columns' names, simple identifiers; the others have the query's. */
    public List<SqlNode> columns() {
        return columns;
    }

    /** The primary keys that are declared; more than one is a mistake. */
    public List<TableConstraint> keys() {
        return keys;
    }

    /** Where the word AS is, behind which the query begins. */
    public SqlParserPos as() {
        return as;
    }

    public SqlNode query() {
        return query;
    }
}
