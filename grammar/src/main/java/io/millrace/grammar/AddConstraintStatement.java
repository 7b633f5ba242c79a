package io.millrace.grammar;

import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.parser.SqlParserPos;

/** ALTER TABLE table ADD constraint, as pg_dump writes keys. */
public final class AddConstraintStatement extends Statement {
    private final SqlIdentifier table;
    private final List<TableConstraint> constraints;

    public AddConstraintStatement(SqlParserPos pos, SqlIdentifier table, List<TableConstraint> constraints) {
        super(pos);
        this.table = table;
        this.constraints = List.copyOf(constraints);
    }

    public SqlIdentifier table() {
        return table;
    }

    public List<TableConstraint> constraints() {
        return constraints;
    }
}
