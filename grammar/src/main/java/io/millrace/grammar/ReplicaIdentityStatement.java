package io.millrace.grammar;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.parser.SqlParserPos;

/** ALTER TABLE table REPLICA IDENTITY ..., which says what of an old row the database writes into its log. */
public final class ReplicaIdentityStatement extends Statement {
    private final SqlIdentifier table;
    private final boolean full;

    public ReplicaIdentityStatement(SqlParserPos pos, SqlIdentifier table, boolean full) {
        super(pos);
        this.table = table;
        this.full = full;
    }

    public SqlIdentifier table() {
        return table;
    }

    /** Whether it is FULL: the whole row. */
    public boolean full() {
        return full;
    }
}
