package io.millrace.grammar;

import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;

/** CREATE TYPE name AS ENUM (labels in sort order). */
public final class CreateEnumStatement extends Statement {
    private final SqlIdentifier name;
    private final List<SqlNode> labels;

    public CreateEnumStatement(SqlParserPos pos, SqlIdentifier name, List<SqlNode> labels) {
        super(pos);
        this.name = name;
        this.labels = List.copyOf(labels);
    }

    public SqlIdentifier name() {
        return name;
    }

    public List<String> labels() {
        return labels.stream()
                .map(label -> ((SqlLiteral) label).getValueAs(String.class))
                .toList();
    }
}
