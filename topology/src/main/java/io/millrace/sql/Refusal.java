package io.millrace.sql;

import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.validate.SqlValidatorException;

/** A mistake that is found while Calcite validates: where, what, and what to do. */
final class Refusal extends CalciteContextException {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final String hint;

    Refusal(SqlParserPos position, String reason, String hint) {
        super(
                reason,
                new SqlValidatorException(reason, null),
                position.getLineNum(),
                position.getColumnNum(),
                position.getEndLineNum(),
                position.getEndColumnNum());
        this.reason = reason;
        this.hint = hint;
    }

    String reason() {
        return reason;
    }

    String hint() {
        return hint;
    }
}
