package io.millrace.sql;

import io.millrace.catalog.SqlType;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCallBinding;
import org.apache.calcite.sql.SqlCharStringLiteral;
import org.apache.calcite.sql.SqlOperatorBinding;
import org.apache.calcite.sql.fun.SqlCastFunction;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;
import org.apache.calcite.sql2rel.SqlRexContext;
import org.apache.calcite.sql2rel.SqlRexConvertlet;
import org.apache.calcite.sql2rel.SqlRexConvertletTable;
import org.apache.calcite.sql2rel.StandardConvertletTable;

/** CAST, also between arrays and text, which Calcite has no cast for. */
final class PostgresCast extends SqlCastFunction {
    static final PostgresCast OPERATOR = new PostgresCast();

    /** Calcite's, which know this cast by Calcite's operator. */
    static final SqlRexConvertletTable CONVERTLETS = call -> call.getOperator() instanceof PostgresCast
            ? PostgresCast::convert
            : StandardConvertletTable.INSTANCE.get(call);

    private PostgresCast() {}

    @Override
    public boolean checkOperandTypes(SqlCallBinding binding, boolean throwOnFailure) {
        RelDataType from = binding.getOperandType(0);
        RelDataType to = binding.getOperandType(1);
        boolean read = isArray(to) && (isArray(from) || Types.isText(from) || isNull(from));
        boolean written = isArray(from) && Types.isText(to);
        return read || written || super.checkOperandTypes(binding, throwOnFailure);
    }

    /** Calcite's way would look for the operator by its name and put its own in. */
    @Override
    public RelDataType deriveType(SqlValidator validator, SqlValidatorScope scope, SqlCall call) {
        return CallTypes.derive(validator, scope, call);
    }

    @Override
    public RelDataType inferReturnType(SqlOperatorBinding binding) {
        RelDataType from = binding.getOperandType(0);
        RelDataType to = binding.getOperandType(1);
        return isArray(from) || isArray(to)
                ? binding.getTypeFactory().createTypeWithNullability(to, from.isNullable())
                : super.inferReturnType(binding);
    }

    private static boolean isNull(RelDataType type) {
        return type.getSqlTypeName() == SqlTypeName.NULL;
    }

    private static boolean isArray(RelDataType type) {
        return type.getComponentType() != null && Types.of(type).kind() == SqlType.Kind.ARRAY;
    }

    private static RexNode convert(SqlRexContext context, SqlCall call) {
        RelDataType to = context.getValidator().getValidatedNodeType(call);
        RelDataType from = context.getValidator().getValidatedNodeType(call.operand(0));
        if (isArray(from) || isArray(to)) {
            RexNode operand = context.convertExpression(call.operand(0));
            return context.getRexBuilder().makeAbstractCast(to, operand, false);
        }
        // A constant that is text is not one of unknown type, which Calcite's way would make it.
        if (Types.isText(to) && call.operand(0) instanceof SqlCharStringLiteral) {
            RexNode operand = context.convertExpression(call.operand(0));
            return context.getRexBuilder().makeAbstractCast(to, operand, false);
        }
        SqlCall plain = SqlStdOperatorTable.CAST.createCall(call.getParserPosition(), call.getOperandList());
        SqlRexConvertlet convertlet = StandardConvertletTable.INSTANCE.get(plain);
        return convertlet.convertCall(context, plain);
    }
}
