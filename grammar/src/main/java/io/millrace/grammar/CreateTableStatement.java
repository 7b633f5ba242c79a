package io.millrace.grammar;

import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.parser.SqlParserPos;

/** CREATE TABLE: columns, keys, and options such as {@code WITH (topic = 'clicks')}. */
public final class CreateTableStatement extends Statement {
    private final SqlIdentifier name;
    private final List<TableColumn> columns;
    private final List<TableConstraint> constraints;
    private final List<StatementOption> options;

    public CreateTableStatement(
            SqlParserPos pos,
            SqlIdentifier name,
            List<TableColumn> columns,
            List<TableConstraint> constraints,
            List<StatementOption> options) {
        super(pos);
        this.name = name;
        this.columns = List.copyOf(columns);
        this.constraints = List.copyOf(constraints);
        this.options = List.copyOf(options);
    }

    public SqlIdentifier name() {
        return name;
    }

    public List<TableColumn> columns() {
        return columns;
    }

    public List<TableConstraint> constraints() {
        return constraints;
    }

    public List<StatementOption> options() {
        return options;
    }
}
