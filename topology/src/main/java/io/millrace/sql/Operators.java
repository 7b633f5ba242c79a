package io.millrace.sql;

import org.apache.calcite.sql.SqlOperatorTable;
import org.apache.calcite.sql.fun.SqlLibrary;
import org.apache.calcite.sql.fun.SqlLibraryOperatorTableFactory;

/** The functions and operators that a view may call. */
public final class Operators {
    private Operators() {}

    /** The operators by name. */
    public static SqlOperatorTable table() {
        return SqlLibraryOperatorTableFactory.INSTANCE.getOperatorTable(SqlLibrary.STANDARD, SqlLibrary.POSTGRESQL);
    }
}
