package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.calcite.plan.Strong;
import org.apache.calcite.rel.core.Aggregate;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCallBinding;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperandCountRange;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlOperatorBinding;
import org.apache.calcite.sql.SqlUtil;
import org.apache.calcite.sql.type.SqlOperandCountRanges;
import org.apache.calcite.sql.type.SqlOperandTypeChecker;
import org.apache.calcite.sql.type.SqlReturnTypeInference;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.sql.validate.SqlValidatorScope;

/** What Calcite asks an operator of ours about the types of a call: all of it follows from the overload that is chosen. */
final class CallTypes implements SqlOperandTypeChecker, SqlReturnTypeInference {
    private static final Set<String> TAKE_NULL = Set.of(
            "concat",
            "concat_ws",
            "||",
            "any",
            "all",
            Operators.ARRAY,
            "array_append",
            "array_cat",
            "array_position",
            "array_prepend",
            "array_remove",
            "array_replace",
            "array_to_string",
            "array_fill",
            "array_positions",
            "num_nonnulls",
            "num_nulls",
            "overlaps",
            "quote_nullable",
            "format",
            "string_to_array",
            "row object",
            "json_build_array",
            "json_build_object",
            "jsonb_build_array",
            "jsonb_build_object");

    /** What may have no value for arguments that have one: an infinite date has no hour, an object not every member. */
    private static final Set<String> MAY_LACK_RESULT = Set.of(
            "string_agg",
            "json_agg",
            "json_agg of rows",
            "jsonb_agg",
            "json_object_agg",
            "jsonb_object_agg",
            "extract",
            "date_part",
            "->",
            "->>",
            "#>",
            "#>>",
            "json_extract_path",
            "json_extract_path_text",
            "jsonb_extract_path",
            "jsonb_extract_path_text",
            "subscript",
            "any",
            "all",
            "array_length",
            "array_lower",
            "array_ndims",
            "array_position",
            "array_upper",
            "array_dims",
            "min_scale",
            "scale",
            "regexp_match",
            "regexp_substr",
            "to_char");

    private final Overloads overloads;

    CallTypes(Overloads overloads) {
        this.overloads = overloads;
    }

    Overloads overloads() {
        return overloads;
    }

    /** An operand that is NULL makes the result NULL, but of those that take it for a value, or for no array. */
    static Strong.Policy nullPolicy(String name) {
        return TAKE_NULL.contains(name) ? Strong.Policy.AS_IS : Strong.Policy.ANY;
    }

    static RelDataType derive(SqlValidator validator, SqlValidatorScope scope, SqlCall call) {
        for (SqlNode operand : call.getOperandList()) {
            validator.deriveType(scope, operand);
        }
        return call.getOperator().validateOperands(validator, scope, call);
    }

    @Override
    public boolean checkOperandTypes(SqlCallBinding binding, boolean throwOnFailure) {
        List<SqlType> arguments = arguments(binding);
        if (overloads.resolve(arguments).isPresent()) {
            return true;
        }
        if (throwOnFailure) {
            throw refusal(binding, arguments);
        }
        return false;
    }

    static Refusal refusal(SqlCallBinding binding, List<SqlType> arguments) {
        String name = binding.getOperator().getName();
        List<String> types = arguments.stream()
                .map(type -> type == null ? "unknown" : withoutPrecision(type))
                .toList();
        boolean operator = !Character.isLetter(name.charAt(0));
        String call = operator
                ? types.size() == 1 ? name + " " + types.get(0) : types.get(0) + " " + name + " " + types.get(1)
                : name + types.stream().collect(Collectors.joining(", ", "(", ")"));
        return new Refusal(
                binding.getCall().getParserPosition(),
                (operator ? "operator does not exist: " + call : "function " + call + " does not exist"),
                "docs/sql.md lists the " + (operator ? "operators" : "functions")
                        + "; check the arguments' types, a cast may be missing");
    }

    private static String withoutPrecision(SqlType type) {
        return switch (type.kind()) {
            case ENUM, ARRAY -> type.toString();
            default -> type.kind().sqlName();
        };
    }

    @Override
    public RelDataType inferReturnType(SqlOperatorBinding binding) {
        Signature signature = overloads
                .resolve(arguments(binding))
                .orElseThrow(() -> new IllegalStateException("no overload of " + binding.getOperator()));
        return Types.of(binding.getTypeFactory(), signature.result(), mayBeNull(binding));
    }

    private static boolean mayBeNull(SqlOperatorBinding binding) {
        return switch (binding.getOperator().getName()) {
            case "concat", Operators.ARRAY, "array_fill", "num_nonnulls", "num_nulls", "quote_nullable" -> false;
            case "row object" ->
                binding.getOperandType(0).isNullable()
                        || binding.getOperandType(1).isNullable();
            case "concat_ws" -> binding.getOperandType(0).isNullable();
            // With a pattern, which may not match.
            case "substring" ->
                Types.isText(binding.getOperandType(1))
                        || binding.collectOperandTypes().stream().anyMatch(RelDataType::isNullable);
            default ->
                MAY_LACK_RESULT.contains(binding.getOperator().getName())
                        || binding.collectOperandTypes().stream().anyMatch(RelDataType::isNullable);
        };
    }

    /** The types of a call's arguments; null for one of unknown type. */
    static List<SqlType> arguments(SqlOperatorBinding binding) {
        List<SqlType> arguments = new ArrayList<>();
        for (int i = 0; i < binding.getOperandCount(); i++) {
            if (binding instanceof SqlCallBinding call && call.operand(i) instanceof SqlNodeList) {
                // The ORDER BY among an aggregate's arguments.
                continue;
            }
            RelDataType type = binding.getOperandType(i);
            // An aggregate's arguments have become columns by then.
            boolean quoted = !(binding instanceof Aggregate.AggCallBinding)
                    && SqlTypeName.CHAR_TYPES.contains(type.getSqlTypeName())
                    && binding.isOperandLiteral(i, false);
            arguments.add(type.getSqlTypeName() == SqlTypeName.NULL || quoted ? null : Types.of(type));
        }
        // Not List.copyOf: an unknown type is null.
        return Arrays.asList(arguments.toArray(SqlType[]::new));
    }

    @Override
    public SqlOperandCountRange getOperandCountRange() {
        int least = overloads.signatures().stream()
                .mapToInt(signature -> signature.parameters().size())
                .min()
                .orElseThrow();
        boolean variadic = overloads.signatures().stream().anyMatch(Signature::variadic);
        int most = overloads.signatures().stream()
                .mapToInt(signature -> signature.parameters().size())
                .max()
                .orElseThrow();
        return variadic ? SqlOperandCountRanges.from(least) : SqlOperandCountRanges.between(least, most);
    }

    @Override
    public String getAllowedSignatures(SqlOperator operator, String name) {
        return SqlUtil.getAliasedSignature(
                operator,
                name,
                overloads.signatures().stream().map(Signature::arguments).toList());
    }
}
