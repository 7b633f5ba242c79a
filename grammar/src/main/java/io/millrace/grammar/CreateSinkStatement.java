package io.millrace.grammar;

import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.parser.SqlParserPos;

/** CREATE SINK name FROM table_or_view WITH (options). */
public final class CreateSinkStatement extends Statement {
    private final SqlIdentifier name;
    private final SqlIdentifier source;
    private final List<StatementOption> options;

    public CreateSinkStatement(
            SqlParserPos pos, SqlIdentifier name, SqlIdentifier source, List<StatementOption> options) {
        super(pos);
        this.name = name;
        this.source = source;
        this.options = List.copyOf(options);
    }

    public SqlIdentifier name() {
        return name;
    }

    public SqlIdentifier source() {
        return source;
    }

    public List<StatementOption> options() {
        return options;
    }
}
