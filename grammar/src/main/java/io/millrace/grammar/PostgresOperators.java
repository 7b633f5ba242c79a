package io.millrace.grammar;

import org.apache.calcite.sql.SqlBinaryOperator;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.type.InferTypes;
import org.apache.calcite.sql.validate.SqlValidator;

/** Operators that only PostgreSQL writes so. */
public final class PostgresOperators {
    /** {@code x::type}, which is CAST(x AS type); binds tighter than anything but a dot and a subscript. */
    public static final SqlBinaryOperator INFIX_CAST =
            new SqlBinaryOperator("::", SqlKind.CAST, 94, true, null, InferTypes.FIRST_KNOWN, null) {
                @Override
                public SqlNode rewriteCall(SqlValidator validator, SqlCall call) {
                    return SqlStdOperatorTable.CAST.createCall(call.getParserPosition(), call.getOperandList());
                }
            };

    /** {@code x AT TIME ZONE zone}, which is timezone(zone, x); binds tighter than arithmetic. */
    public static final SqlBinaryOperator AT_TIME_ZONE =
            new SqlBinaryOperator("AT TIME ZONE", SqlKind.OTHER, 80, true, null, null, null);

    /** The keys of {@code SELECT DISTINCT ON (a, b)}, which stand among the hints of the select. */
    public static final SqlSpecialOperator DISTINCT_ON = new SqlSpecialOperator("DISTINCT ON", SqlKind.OTHER);

    private PostgresOperators() {}
}
