package io.millrace.sql;

import java.util.List;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.sql.SqlAggFunction;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlOperatorBinding;
import org.apache.calcite.sql.type.OperandTypes;
import org.apache.calcite.sql.type.SqlOperandCountRanges;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;
import org.apache.calcite.util.Optionality;

/** lag or lead: of the value's own type, or what it has in common with the default's; Calcite's forget PostgreSQL's types. */
final class Neighbour extends SqlAggFunction {
    Neighbour(SqlKind kind) {
        super(
                kind.lowerName,
                null,
                kind,
                Neighbour::result,
                null,
                OperandTypes.variadic(SqlOperandCountRanges.between(1, 3)),
                SqlFunctionCategory.USER_DEFINED_FUNCTION,
                false,
                true,
                Optionality.FORBIDDEN);
    }

    private static RelDataType result(SqlOperatorBinding binding) {
        RelDataTypeFactory types = binding.getTypeFactory();
        RelDataType value = binding.getOperandType(0);
        if (binding.getOperandCount() < 3 || binding.getOperandType(2).getSqlTypeName() == SqlTypeName.NULL) {
            return types.createTypeWithNullability(value, true);
        }
        RelDataType common = types.leastRestrictive(List.of(value, binding.getOperandType(2)));
        return types.createTypeWithNullability(common == null ? value : common, true);
    }

    @Override
    public RelDataType deriveType(SqlValidator validator, SqlValidatorScope scope, SqlCall call) {
        return CallTypes.derive(validator, scope, call);
    }
}
