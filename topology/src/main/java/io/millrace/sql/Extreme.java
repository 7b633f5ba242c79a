package io.millrace.sql;

import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.type.OperandTypes;
import org.apache.calcite.sql.type.ReturnTypes;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;

/** greatest or least of values of several types, in the type that they have in common; NULLs are passed over. */
final class Extreme extends SqlFunction {
    Extreme(String name) {
        super(
                name,
                name.equals("greatest") ? SqlKind.GREATEST_PG : SqlKind.LEAST_PG,
                ReturnTypes.LEAST_RESTRICTIVE,
                null,
                OperandTypes.ONE_OR_MORE,
                SqlFunctionCategory.SYSTEM);
    }

    @Override
    public RelDataType deriveType(SqlValidator validator, SqlValidatorScope scope, SqlCall call) {
        return CallTypes.derive(validator, scope, call);
    }
}
