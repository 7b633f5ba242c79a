package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCallBinding;
import org.apache.calcite.sql.SqlCharStringLiteral;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlTypeNameSpec;
import org.apache.calcite.sql.SqlUtil;
import org.apache.calcite.sql.SqlWriter;
import org.apache.calcite.sql.fun.SqlCase;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.SqlTypeFamily;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;
import org.apache.calcite.sql.validate.implicit.TypeCoercionImpl;
import org.apache.calcite.util.Litmus;

/** PostgreSQL's rule for a literal in quotes: it has no type of its own and takes that of what it meets. */
final class PostgresCoercion extends TypeCoercionImpl {
    PostgresCoercion(RelDataTypeFactory factory, SqlValidator validator) {
        super(factory, validator);
    }

    @Override
    public boolean binaryComparisonCoercion(SqlCallBinding binding) {
        List<Integer> operands =
                IntStream.range(0, binding.getOperandCount()).boxed().toList();
        if (coerceLiterals(binding, operands)) {
            return true;
        }
        long texts = operands.stream()
                .filter(i -> Types.isText(binding.getOperandType(i)))
                .count();
        boolean mixed =
                texts > 0 && texts < operands.size() && operands.stream().noneMatch(i -> isNull(binding, i));
        if (mixed
                || isOfOtherArrays(
                        operands.stream().map(binding::getOperandType).toList())) {
            throw binding.newValidationSignatureError();
        }
        return super.binaryComparisonCoercion(binding);
    }

    private static void checkArrays(SqlCallBinding in, List<RelDataType> compared) {
        if (isOfOtherArrays(compared)) {
            List<String> types = compared.stream()
                    .map(type -> Types.of(type).unconstrained().toString())
                    .distinct()
                    .toList();
            throw new Refusal(
                    in.getCall().getParserPosition(),
                    "operator does not exist: " + types.get(0) + " = " + types.get(1),
                    "give both sides one type with a cast: value::type");
        }
    }

    /** Arrays are compared with arrays of just their type. */
    private static boolean isOfOtherArrays(List<RelDataType> types) {
        List<RelDataType> known = types.stream()
                .filter(type -> type.getSqlTypeName() != SqlTypeName.NULL)
                .toList();
        return known.stream().anyMatch(type -> type.getComponentType() != null)
                && known.stream()
                                .filter(type -> !type.isStruct())
                                .map(type -> Types.of(type).unconstrained())
                                .distinct()
                                .count()
                        > 1;
    }

    @Override
    public boolean binaryArithmeticCoercion(SqlCallBinding binding) {
        boolean text = IntStream.range(0, binding.getOperandCount())
                .anyMatch(i -> Types.isText(binding.getOperandType(i)) && !isLiteral(binding.operand(i)));
        return !text && super.binaryArithmeticCoercion(binding);
    }

    @Override
    public boolean inOperationCoercion(SqlCallBinding binding) {
        if (!(binding.operand(1) instanceof SqlNodeList items)) {
            RelDataType rows = binding.getOperandType(1);
            RelDataType row = rows.getComponentType() == null ? rows : rows.getComponentType();
            if (row.isStruct() && row.getFieldCount() == 1) {
                checkArrays(
                        binding,
                        List.of(
                                binding.getOperandType(0),
                                row.getFieldList().get(0).getType()));
            }
            return super.inOperationCoercion(binding);
        }
        RelDataType type = binding.getOperandType(0);
        List<RelDataType> compared = new ArrayList<>(List.of(type));
        items.stream()
                .filter(item -> !isLiteral(item))
                .forEach(item -> compared.add(validator.deriveType(binding.getScope(), item)));
        checkArrays(binding, compared);
        if (Types.isText(type) || items.stream().noneMatch(PostgresCoercion::isLiteral)) {
            return super.inOperationCoercion(binding);
        }
        for (int i = 0; i < items.size(); i++) {
            if (isLiteral(items.get(i))) {
                items.set(i, cast(items.get(i), type));
            }
        }
        validator.setValidatedNodeType(items, type);
        return items.stream().noneMatch(item -> Types.isText(validator.deriveType(binding.getScope(), item)))
                || super.inOperationCoercion(binding);
    }

    /** No aggregate takes text for a number. */
    @Override
    public boolean builtinFunctionCoercion(
            SqlCallBinding binding, List<RelDataType> operandTypes, List<SqlTypeFamily> expectedFamilies) {
        if (binding.getOperator().isAggregator()) {
            SqlType type = Types.of(operandTypes.get(0));
            String call = binding.getOperator().getName().toLowerCase(Locale.ROOT) + "(" + type + ")";
            SqlParserPos position = binding.getCall().getParserPosition();
            boolean duration = type.kind() == SqlType.Kind.INTERVAL || type.kind() == SqlType.Kind.TIME;
            throw duration
                    ? new Refusal(
                            position, call + " is not maintained", "aggregate extract(epoch FROM ...) of it instead")
                    : new Refusal(
                            position,
                            "function " + call + " does not exist",
                            "check the argument's type, a cast may be missing");
        }
        return super.builtinFunctionCoercion(binding, operandTypes, expectedFamilies);
    }

    /** Asked before {@link #caseWhenCoercion}, which decides: that literals are among the operands is not known here. */
    @Override
    public RelDataType getWiderTypeFor(List<RelDataType> types, boolean stringPromotion) {
        RelDataType wider = super.getWiderTypeFor(types, stringPromotion);
        return wider == null ? types.get(0) : wider;
    }

    @Override
    public boolean caseWhenCoercion(SqlCallBinding binding) {
        SqlCase call = (SqlCase) binding.getCall();
        SqlNodeList results = call.getThenOperands();
        SqlNode otherwise = call.getElseOperand();
        RelDataType type = common(binding.getScope(), concat(results, otherwise));
        if (type == null) {
            return false;
        }
        for (int i = 0; i < results.size(); i++) {
            if (isLiteral(results.get(i))) {
                results.set(i, cast(results.get(i), type));
            }
        }
        if (otherwise != null && isLiteral(otherwise)) {
            call.setOperand(3, cast(otherwise, type));
        }
        return true;
    }

    private static boolean isNull(SqlCallBinding binding, int operand) {
        return binding.getOperandType(operand).getSqlTypeName() == SqlTypeName.NULL;
    }

    private boolean coerceLiterals(SqlCallBinding binding, List<Integer> operands) {
        SqlCall call = binding.getCall();
        RelDataType type = common(
                binding.getScope(),
                operands.stream().map(i -> call.<SqlNode>operand(i)).toList());
        if (type == null) {
            return false;
        }
        boolean any = false;
        for (int i : operands) {
            if (isLiteral(call.operand(i))) {
                SqlNode cast = cast(call.operand(i), type);
                validator.deriveType(binding.getScope(), cast);
                call.setOperand(i, cast);
                any = true;
            }
        }
        return any;
    }

    /** The type in which the nodes that are no literals meet; null where that is text, or there is none. */
    private RelDataType common(SqlValidatorScope scope, List<SqlNode> nodes) {
        List<RelDataType> types = nodes.stream()
                .filter(node -> !isLiteral(node))
                .map(node -> validator.deriveType(scope, node))
                .toList();
        RelDataType type = types.isEmpty() ? null : factory.leastRestrictive(types);
        return type == null || Types.isText(type) && !Types.isPadded(type) ? null : type;
    }

    /** Casts an item of a SELECT; whether the query has such an item. */
    boolean castItem(SqlValidatorScope scope, SqlNode query, int column, RelDataType type) {
        if (!(query instanceof SqlSelect select)
                || column >= select.getSelectList().size()) {
            return false;
        }
        SqlNode item = select.getSelectList().get(column);
        boolean named = item.getKind() == SqlKind.AS;
        SqlNode cast = cast(named ? ((SqlCall) item).operand(0) : item, type);
        RelDataType derived = validator.deriveType(validator.getSelectScope(select), cast);
        if (named) {
            ((SqlCall) item).setOperand(0, cast);
            updateInferredType(item, derived);
        } else {
            select.getSelectList().set(column, cast);
        }
        updateInferredColumnType(scope, query, column, derived);
        return true;
    }

    /** Casts the literals in a column of VALUES to the type in which the others meet. */
    void castColumn(List<SqlCall> rows, int column, SqlValidatorScope scope) {
        SqlType common = null;
        for (SqlCall row : rows) {
            SqlNode value = row.operand(column);
            if (!isLiteral(value) && !SqlUtil.isNullLiteral(value, true)) {
                SqlType type = Types.of(validator.deriveType(scope, value));
                common = CommonType.of(common, type, value.getParserPosition(), "VALUES");
            }
        }
        if (common == null || common.equals(SqlType.TEXT)) {
            return;
        }
        RelDataType target = Types.of(factory, common.unconstrained(), false);
        for (SqlCall row : rows) {
            if (isLiteral(row.operand(column))) {
                row.setOperand(column, cast(row.operand(column), target));
            }
        }
    }

    private static List<SqlNode> concat(SqlNodeList results, SqlNode otherwise) {
        List<SqlNode> all = new ArrayList<>(results);
        if (otherwise != null) {
            all.add(otherwise);
        }
        return all;
    }

    private static boolean isLiteral(SqlNode node) {
        return node instanceof SqlCharStringLiteral;
    }

    private SqlNode cast(SqlNode literal, RelDataType type) {
        SqlParserPos pos = literal.getParserPosition();
        RelDataType unconstrained = Types.of(factory, Types.of(type).unconstrained(), false);
        SqlDataTypeSpec spec = new SqlDataTypeSpec(new GivenType(unconstrained, pos), pos);
        return PostgresCast.OPERATOR.createCall(pos, literal, spec);
    }

    /** A type that is known and need not be looked up by its name. */
    private static final class GivenType extends SqlTypeNameSpec {
        private final RelDataType type;

        GivenType(RelDataType type, SqlParserPos pos) {
            super(new SqlIdentifier(Types.of(type).toString(), pos), pos);
            this.type = type;
        }

        @Override
        public RelDataType deriveType(SqlValidator validator) {
            return type;
        }

        @Override
        public void unparse(SqlWriter writer, int leftPrec, int rightPrec) {
            writer.keyword(Types.of(type).toString());
        }

        @Override
        public boolean equalsDeep(SqlTypeNameSpec other, Litmus litmus) {
            return other instanceof GivenType given && given.type.equals(type)
                    ? litmus.succeed()
                    : litmus.fail("{} != {}", this, other);
        }
    }
}
