package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCallBinding;
import org.apache.calcite.sql.SqlCharStringLiteral;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperandCountRange;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlSetOperator;
import org.apache.calcite.sql.type.OperandTypes;
import org.apache.calcite.sql.type.ReturnTypes;
import org.apache.calcite.sql.type.SqlOperandTypeChecker;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;

/** UNION, INTERSECT or EXCEPT with PostgreSQL's rule for the types of a column, {@link CommonType}; a literal in quotes takes that type. */
final class SetOperator extends SqlSetOperator {
    private static final int PRECEDENCE = 14;

    private SetOperator(SqlOperator written, boolean all) {
        super(
                written.getName(),
                written.getKind(),
                PRECEDENCE,
                all,
                ReturnTypes.LEAST_RESTRICTIVE,
                null,
                new ColumnTypes(written));
    }

    /** The operator in the place of Calcite's. */
    static SqlOperator of(SqlSetOperator written) {
        return new SetOperator(written, written.isAll());
    }

    /** Calcite's way would look for the operator by its name and put its own in. */
    @Override
    public RelDataType deriveType(SqlValidator validator, SqlValidatorScope scope, SqlCall call) {
        return CallTypes.derive(validator, scope, call);
    }

    private record ColumnTypes(SqlOperator written) implements SqlOperandTypeChecker {
        @Override
        public boolean checkOperandTypes(SqlCallBinding binding, boolean throwOnFailure) {
            long counts = binding.operands().stream()
                    .map(query -> binding.getValidator()
                            .deriveType(binding.getScope(), query)
                            .getFieldCount())
                    .distinct()
                    .count();
            for (int i = 0; counts == 1 && i < binding.getOperandType(0).getFieldCount(); i++) {
                meet(binding, i);
            }
            return OperandTypes.SET_OP.checkOperandTypes(binding, throwOnFailure);
        }

        private void meet(SqlCallBinding binding, int column) {
            List<RelDataType> types = new ArrayList<>();
            SqlType common = null;
            for (int i = 0; i < binding.getOperandCount(); i++) {
                RelDataType type =
                        binding.getOperandType(i).getFieldList().get(column).getType();
                boolean quoted = item(binding.operand(i), column) instanceof SqlCharStringLiteral;
                boolean known = !quoted && type.getSqlTypeName() != SqlTypeName.NULL;
                types.add(known ? type : null);
                common = known
                        ? CommonType.of(
                                common,
                                Types.of(type),
                                binding.operand(i).getParserPosition(),
                                written.getKind().name())
                        : common;
            }
            if (common == null) {
                return;
            }
            boolean texts = ImplicitCasts.category(common) == ImplicitCasts.Category.STRING;
            RelDataType target = Types.of(binding.getTypeFactory(), common.unconstrained(), true);
            for (int i = 0; i < types.size(); i++) {
                SqlType type = types.get(i) == null ? null : Types.of(types.get(i));
                boolean quoted = type == null && item(binding.operand(i), column) instanceof SqlCharStringLiteral;
                // varchar and text hold the same; what is padded with blanks must lose them.
                boolean otherText = texts
                        && type != null
                        && type.kind() != common.kind()
                        && (type.kind() == SqlType.Kind.CHAR || common.kind() == SqlType.Kind.CHAR);
                if (quoted && !common.equals(SqlType.TEXT) || otherText) {
                    cast(binding, i, column, target);
                }
            }
        }

        private static void cast(SqlCallBinding binding, int operand, int column, RelDataType type) {
            PostgresCoercion coercion =
                    (PostgresCoercion) binding.getValidator().getTypeCoercion();
            if (!coercion.castItem(binding.getScope(), binding.operand(operand), column, type)) {
                throw new Refusal(
                        binding.operand(operand).getParserPosition(),
                        written(type) + " is what column " + (column + 1) + " of this query must be cast to",
                        "write the cast: value::" + written(type));
            }
        }

        private static String written(RelDataType type) {
            return Types.of(type).toString();
        }

        /** The item of a SELECT without its alias; null where there is none. */
        private static SqlNode item(SqlNode query, int column) {
            if (!(query instanceof SqlSelect select)
                    || column >= select.getSelectList().size()) {
                return null;
            }
            SqlNode item = select.getSelectList().get(column);
            return item.getKind() == SqlKind.AS ? ((SqlCall) item).operand(0) : item;
        }

        @Override
        public SqlOperandCountRange getOperandCountRange() {
            return OperandTypes.SET_OP.getOperandCountRange();
        }

        @Override
        public String getAllowedSignatures(SqlOperator operator, String name) {
            return OperandTypes.SET_OP.getAllowedSignatures(operator, name);
        }
    }
}
