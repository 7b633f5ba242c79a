package io.millrace.plan;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.sql.Overloaded;
import io.millrace.sql.Signature;
import io.millrace.sql.Types;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.avatica.util.ByteString;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.util.DateString;
import org.apache.calcite.util.NlsString;
import org.apache.calcite.util.TimeString;
import org.apache.calcite.util.TimestampString;

/**
 * Translates Calcite's row expressions. Where Calcite leaves a coercion to its runtime, as between an integer and a numeric
 * that are compared, a cast is put in, so that each call's operands have the types that its function takes.
 */
final class RexTranslator {
    private static final Map<SqlKind, Function> BY_KIND = Map.ofEntries(
            Map.entry(SqlKind.AND, Function.AND),
            Map.entry(SqlKind.OR, Function.OR),
            Map.entry(SqlKind.NOT, Function.NOT),
            Map.entry(SqlKind.IS_NULL, Function.IS_NULL),
            Map.entry(SqlKind.IS_NOT_NULL, Function.IS_NOT_NULL),
            Map.entry(SqlKind.IS_TRUE, Function.IS_TRUE),
            Map.entry(SqlKind.IS_NOT_TRUE, Function.IS_NOT_TRUE),
            Map.entry(SqlKind.IS_FALSE, Function.IS_FALSE),
            Map.entry(SqlKind.IS_NOT_FALSE, Function.IS_NOT_FALSE),
            Map.entry(SqlKind.EQUALS, Function.EQUALS),
            Map.entry(SqlKind.NOT_EQUALS, Function.NOT_EQUALS),
            Map.entry(SqlKind.LESS_THAN, Function.LESS),
            Map.entry(SqlKind.LESS_THAN_OR_EQUAL, Function.LESS_OR_EQUAL),
            Map.entry(SqlKind.GREATER_THAN, Function.GREATER),
            Map.entry(SqlKind.GREATER_THAN_OR_EQUAL, Function.GREATER_OR_EQUAL),
            Map.entry(SqlKind.IS_DISTINCT_FROM, Function.IS_DISTINCT_FROM),
            Map.entry(SqlKind.IS_NOT_DISTINCT_FROM, Function.IS_NOT_DISTINCT_FROM),
            Map.entry(SqlKind.COALESCE, Function.COALESCE),
            Map.entry(SqlKind.NULLIF, Function.NULLIF),
            Map.entry(SqlKind.GREATEST, Function.GREATEST),
            Map.entry(SqlKind.LEAST, Function.LEAST),
            Map.entry(SqlKind.GREATEST_PG, Function.GREATEST),
            Map.entry(SqlKind.LEAST_PG, Function.LEAST));

    /** Every name of {@link io.millrace.sql.Signatures}; a sign before one operand is told from that between two. */
    private static final Map<String, Function> BY_NAME = Map.ofEntries(
            Map.entry("+", Function.PLUS),
            Map.entry("-", Function.MINUS),
            Map.entry("*", Function.TIMES),
            Map.entry("/", Function.DIVIDE),
            Map.entry("%", Function.MODULO),
            Map.entry("||", Function.CONCATENATE),
            Map.entry("->", Function.JSON_GET),
            Map.entry("->>", Function.JSON_GET_TEXT),
            Map.entry("#>", Function.JSON_PATH),
            Map.entry("#>>", Function.JSON_PATH_TEXT),
            Map.entry("#-", Function.JSONB_DELETE_PATH),
            Map.entry("@>", Function.CONTAINS),
            Map.entry("<@", Function.CONTAINED_IN),
            Map.entry("&&", Function.OVERLAPS),
            Map.entry("?", Function.HAS_KEY),
            Map.entry("?|", Function.HAS_ANY_KEY),
            Map.entry("?&", Function.HAS_ALL_KEYS),
            Map.entry("^", Function.POWER),
            Map.entry("&", Function.BIT_AND),
            Map.entry("|", Function.BIT_OR),
            Map.entry("#", Function.BIT_XOR),
            Map.entry("<<", Function.SHIFT_LEFT),
            Map.entry(">>", Function.SHIFT_RIGHT),
            Map.entry("any", Function.ANY),
            Map.entry("all", Function.ALL),
            Map.entry("array", Function.ARRAY),
            Map.entry("subscript", Function.SUBSCRIPT),
            Map.entry("slice", Function.SLICE),
            Map.entry("row object", Function.ROW_OBJECT),
            Map.entry("array_reverse", Function.ARRAY_REVERSE),
            Map.entry("array_sort", Function.ARRAY_SORT),
            Map.entry("array_to_json", Function.ARRAY_TO_JSON),
            Map.entry("jsonb_object", Function.JSONB_OBJECT),
            Map.entry("json_strip_nulls", Function.JSON_STRIP_NULLS),
            Map.entry("convert_from", Function.CONVERT_FROM),
            Map.entry("convert_to", Function.CONVERT_TO),
            Map.entry("crc32", Function.CRC32),
            Map.entry("crc32c", Function.CRC32C),
            Map.entry("date_add", Function.DATE_ADD),
            Map.entry("date_subtract", Function.DATE_SUBTRACT),
            Map.entry("make_timestamptz", Function.MAKE_TIMESTAMPTZ),
            Map.entry("normalize", Function.NORMALIZE),
            Map.entry("unistr", Function.UNISTR),
            Map.entry("to_date", Function.TO_DATE),
            Map.entry("to_number", Function.TO_NUMBER),
            Map.entry("array_append", Function.CONCATENATE),
            Map.entry("array_cat", Function.CONCATENATE),
            Map.entry("array_length", Function.ARRAY_LENGTH),
            Map.entry("array_lower", Function.ARRAY_LOWER),
            Map.entry("array_ndims", Function.ARRAY_NDIMS),
            Map.entry("array_position", Function.ARRAY_POSITION),
            Map.entry("array_prepend", Function.CONCATENATE),
            Map.entry("array_remove", Function.ARRAY_REMOVE),
            Map.entry("array_replace", Function.ARRAY_REPLACE),
            Map.entry("array_to_string", Function.ARRAY_TO_STRING),
            Map.entry("array_upper", Function.ARRAY_LENGTH),
            Map.entry("cardinality", Function.CARDINALITY),
            Map.entry("string_to_array", Function.STRING_TO_ARRAY),
            Map.entry("json_array_length", Function.JSON_ARRAY_LENGTH),
            Map.entry("json_build_array", Function.JSON_BUILD_ARRAY),
            Map.entry("json_build_object", Function.JSON_BUILD_OBJECT),
            Map.entry("json_extract_path", Function.JSON_EXTRACT_PATH),
            Map.entry("json_extract_path_text", Function.JSON_EXTRACT_PATH_TEXT),
            Map.entry("json_typeof", Function.JSON_TYPEOF),
            Map.entry("jsonb_array_length", Function.JSON_ARRAY_LENGTH),
            Map.entry("jsonb_build_array", Function.JSONB_BUILD_ARRAY),
            Map.entry("jsonb_build_object", Function.JSONB_BUILD_OBJECT),
            Map.entry("jsonb_extract_path", Function.JSON_EXTRACT_PATH),
            Map.entry("jsonb_extract_path_text", Function.JSON_EXTRACT_PATH_TEXT),
            Map.entry("jsonb_strip_nulls", Function.JSONB_STRIP_NULLS),
            Map.entry("jsonb_typeof", Function.JSON_TYPEOF),
            Map.entry("to_json", Function.TO_JSON),
            Map.entry("to_jsonb", Function.TO_JSONB),
            Map.entry("acos", Function.ACOS),
            Map.entry("age", Function.AGE),
            Map.entry("ascii", Function.ASCII),
            Map.entry("asin", Function.ASIN),
            Map.entry("atan", Function.ATAN),
            Map.entry("atan2", Function.ATAN2),
            Map.entry("cbrt", Function.CBRT),
            Map.entry("chr", Function.CHR),
            Map.entry("cos", Function.COS),
            Map.entry("cot", Function.COT),
            Map.entry("date_bin", Function.DATE_BIN),
            Map.entry("decode", Function.DECODE),
            Map.entry("degrees", Function.DEGREES),
            Map.entry("div", Function.DIV),
            Map.entry("encode", Function.ENCODE),
            Map.entry("format", Function.FORMAT),
            Map.entry("gcd", Function.GCD),
            Map.entry("isfinite", Function.ISFINITE),
            Map.entry("justify_days", Function.JUSTIFY_DAYS),
            Map.entry("justify_hours", Function.JUSTIFY_HOURS),
            Map.entry("lcm", Function.LCM),
            Map.entry("make_date", Function.MAKE_DATE),
            Map.entry("overlay", Function.OVERLAY),
            Map.entry("pi", Function.PI),
            Map.entry("quote_literal", Function.QUOTE_LITERAL),
            Map.entry("radians", Function.RADIANS),
            Map.entry("sha256", Function.SHA256),
            Map.entry("sin", Function.SIN),
            Map.entry("tan", Function.TAN),
            Map.entry("array_dims", Function.ARRAY_DIMS),
            Map.entry("array_fill", Function.ARRAY_FILL),
            Map.entry("array_positions", Function.ARRAY_POSITIONS),
            Map.entry("bit_length", Function.BIT_LENGTH),
            Map.entry("factorial", Function.FACTORIAL),
            Map.entry("jsonb_insert", Function.JSONB_INSERT),
            Map.entry("jsonb_pretty", Function.JSONB_PRETTY),
            Map.entry("jsonb_set", Function.JSONB_SET),
            Map.entry("justify_interval", Function.JUSTIFY_INTERVAL),
            Map.entry("log", Function.LOG),
            Map.entry("log10", Function.LOG),
            Map.entry("make_interval", Function.MAKE_INTERVAL),
            Map.entry("make_time", Function.MAKE_TIME),
            Map.entry("make_timestamp", Function.MAKE_TIMESTAMP),
            Map.entry("min_scale", Function.MIN_SCALE),
            Map.entry("num_nonnulls", Function.NUM_NONNULLS),
            Map.entry("num_nulls", Function.NUM_NULLS),
            Map.entry("overlaps", Function.PERIODS_OVERLAP),
            Map.entry("quote_ident", Function.QUOTE_IDENT),
            Map.entry("quote_nullable", Function.QUOTE_NULLABLE),
            Map.entry("scale", Function.SCALE),
            Map.entry("sha224", Function.SHA224),
            Map.entry("sha384", Function.SHA384),
            Map.entry("sha512", Function.SHA512),
            Map.entry("to_bin", Function.TO_BIN),
            Map.entry("to_oct", Function.TO_OCT),
            Map.entry("trim_array", Function.TRIM_ARRAY),
            Map.entry("trim_scale", Function.TRIM_SCALE),
            Map.entry("width_bucket", Function.WIDTH_BUCKET),
            Map.entry("to_char", Function.TO_CHAR),
            Map.entry("to_hex", Function.TO_HEX),
            Map.entry("to_timestamp", Function.TO_TIMESTAMP),
            Map.entry("translate", Function.TRANSLATE),
            Map.entry("abs", Function.ABS),
            Map.entry("btrim", Function.TRIM_BOTH),
            Map.entry("ceil", Function.CEIL),
            Map.entry("ceiling", Function.CEIL),
            Map.entry("char_length", Function.LENGTH),
            Map.entry("character_length", Function.LENGTH),
            Map.entry("concat", Function.CONCAT),
            Map.entry("concat_ws", Function.CONCAT_WS),
            Map.entry("date_part", Function.DATE_PART),
            Map.entry("date_trunc", Function.DATE_TRUNC),
            Map.entry("exp", Function.EXP),
            Map.entry("extract", Function.EXTRACT),
            Map.entry("floor", Function.FLOOR),
            Map.entry("initcap", Function.INITCAP),
            Map.entry("left", Function.LEFT),
            Map.entry("length", Function.LENGTH),
            Map.entry("ln", Function.LN),
            Map.entry("lower", Function.LOWER),
            Map.entry("lpad", Function.LPAD),
            Map.entry("ltrim", Function.TRIM_LEFT),
            Map.entry("md5", Function.MD5),
            Map.entry("mod", Function.MODULO),
            Map.entry("now", Function.NOW),
            Map.entry("octet_length", Function.OCTET_LENGTH),
            Map.entry("position", Function.STRPOS),
            Map.entry("pow", Function.POWER),
            Map.entry("power", Function.POWER),
            Map.entry("regexp_count", Function.REGEXP_COUNT),
            Map.entry("regexp_instr", Function.REGEXP_INSTR),
            Map.entry("regexp_like", Function.REGEXP_LIKE),
            Map.entry("regexp_match", Function.REGEXP_MATCH),
            Map.entry("regexp_replace", Function.REGEXP_REPLACE),
            Map.entry("regexp_split_to_array", Function.REGEXP_SPLIT_TO_ARRAY),
            Map.entry("regexp_substr", Function.REGEXP_SUBSTR),
            Map.entry("repeat", Function.REPEAT),
            Map.entry("replace", Function.REPLACE),
            Map.entry("reverse", Function.REVERSE),
            Map.entry("right", Function.RIGHT),
            Map.entry("round", Function.ROUND),
            Map.entry("rpad", Function.RPAD),
            Map.entry("rtrim", Function.TRIM_RIGHT),
            Map.entry("sign", Function.SIGN),
            Map.entry("similar_to_escape", Function.SIMILAR_TO_ESCAPE),
            Map.entry("split_part", Function.SPLIT_PART),
            Map.entry("sqrt", Function.SQRT),
            Map.entry("starts_with", Function.STARTS_WITH),
            Map.entry("strpos", Function.STRPOS),
            Map.entry("substr", Function.SUBSTRING),
            Map.entry("substring", Function.SUBSTRING),
            Map.entry("timezone", Function.TIMEZONE),
            Map.entry("trunc", Function.TRUNC),
            Map.entry("upper", Function.UPPER));

    private static final Set<Function> ORDERING = EnumSet.of(
            Function.LESS,
            Function.LESS_OR_EQUAL,
            Function.GREATER,
            Function.GREATER_OR_EQUAL,
            Function.GREATEST,
            Function.LEAST);

    private RexTranslator() {}

    /**
     * The expression.
     *
     * @throws UserError UNSUPPORTED for a function that is not maintained
     */
    static Expression translate(RexNode rex) {
        if (rex instanceof RexInputRef reference) {
            return new Expression.Column(reference.getIndex(), Types.of(reference.getType()));
        }
        if (rex instanceof RexLiteral literal) {
            return literal(literal);
        }
        if (rex instanceof RexCall call) {
            return call(call);
        }
        throw unsupported(rex.toString());
    }

    private static Expression call(RexCall call) {
        SqlType type = Types.of(call.getType());
        if (call.getOperator() instanceof Overloaded operator) {
            return overloaded(call, operator);
        }
        switch (call.getKind()) {
            case CAST, REINTERPRET:
                return cast(translate(call.getOperands().get(0)), type);
            case CASE:
                return branches(call, type);
            case SEARCH:
                return translate(RexUtil.expandSearch(
                        new RexBuilder(new org.apache.calcite.jdbc.JavaTypeFactoryImpl()), null, call));
            case LIKE:
                return like(call);
            case POSIX_REGEX_CASE_SENSITIVE:
                return regex(call, Function.REGEX_MATCH);
            case POSIX_REGEX_CASE_INSENSITIVE:
                return regex(call, Function.REGEX_MATCH_INSENSITIVE);
            default:
                return plain(call, type);
        }
    }

    /** A call of an operator of ours: its operands cast to what the overload takes, unless they differ in precision alone. */
    private static Expression overloaded(RexCall call, Overloaded operator) {
        List<RexNode> given = call.getOperands();
        Signature signature = operator.signature(
                        given.stream().map(RexTranslator::argumentType).toList())
                .orElseThrow(() -> unsupported(call.toString()));
        List<Expression> operands = operands(given, signature);
        Function function = BY_NAME.get(signature.name());
        if (function == null) {
            return cast(operands.get(0), signature.result());
        }
        if (function == Function.MINUS && operands.size() == 1) {
            return new Expression.Call(Function.NEGATE, operands, signature.result());
        }
        boolean numbers = signature.isOperator() && operands.stream().allMatch(operand -> isNumber(operand.type()));
        return new Expression.Call(
                function, numbers ? alike(operands, signature.result()) : operands, signature.result());
    }

    /** The arguments of a function that gives rows, as its overload takes them. */
    static List<Expression> arguments(RexCall call) {
        List<RexNode> given = call.getOperands();
        Signature signature = ((Overloaded) call.getOperator())
                .signature(given.stream().map(RexTranslator::argumentType).toList())
                .orElseThrow(() -> unsupported(call.toString()));
        return operands(given, signature);
    }

    private static List<Expression> operands(List<RexNode> given, Signature signature) {
        List<Expression> operands = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            Expression operand = translate(given.get(i));
            operands.add(signature
                    .type(i)
                    .filter(type -> !type.unconstrained().equals(operand.type().unconstrained()))
                    .map(type -> cast(operand, type))
                    .orElse(operand));
        }
        return operands;
    }

    /** Null for one of unknown type, see {@link Overloaded}. */
    private static SqlType argumentType(RexNode operand) {
        boolean unknown = operand instanceof RexLiteral literal
                && (literal.isNull()
                        ? literal.getType().getSqlTypeName() == SqlTypeName.NULL
                        : SqlTypeName.CHAR_TYPES.contains(literal.getTypeName()));
        return unknown ? null : Types.of(operand.getType());
    }

    private static Expression plain(RexCall call, SqlType type) {
        Function function = BY_KIND.get(call.getKind());
        if (function == null) {
            throw unsupported("the function " + call.getOperator().getName().toLowerCase(Locale.ROOT));
        }
        List<Expression> operands = new ArrayList<>();
        call.getOperands().forEach(operand -> operands.add(translate(operand)));
        return switch (function) {
            case EQUALS,
                    NOT_EQUALS,
                    LESS,
                    LESS_OR_EQUAL,
                    GREATER,
                    GREATER_OR_EQUAL,
                    IS_DISTINCT_FROM,
                    IS_NOT_DISTINCT_FROM -> {
                requireComparable(function, operands);
                yield new Expression.Call(function, alike(operands, common(operands)), SqlType.BOOLEAN);
            }
            case COALESCE -> new Expression.Call(function, alike(operands, type), type);
            case GREATEST, LEAST -> {
                requireComparable(function, operands);
                yield new Expression.Call(function, alike(operands, type), type);
            }
            case NULLIF -> {
                requireComparable(function, operands);
                yield new Expression.Call(function, operands, type);
            }
            default -> new Expression.Call(function, operands, type);
        };
    }

    private static void requireComparable(Function function, List<Expression> operands) {
        for (Expression operand : operands) {
            if (!operand.type().comparable()) {
                throw UserError.of(
                        UserError.Category.INVALID_PIPELINE,
                        "operator does not exist: " + operand.type() + " " + function.symbol() + " " + operand.type(),
                        "json has no equality: declare the column jsonb, or compare ::text");
            }
            if (!operand.type().ordered() && ORDERING.contains(function)) {
                throw unsupported("the order of " + operand.type() + ", which " + function.symbol() + " asks for,");
            }
        }
    }

    private static Expression branches(RexCall call, SqlType type) {
        List<Expression> conditions = new ArrayList<>();
        List<Expression> results = new ArrayList<>();
        List<RexNode> operands = call.getOperands();
        for (int i = 0; i + 1 < operands.size(); i += 2) {
            conditions.add(translate(operands.get(i)));
            results.add(cast(translate(operands.get(i + 1)), type));
        }
        Expression otherwise = cast(translate(operands.get(operands.size() - 1)), type);
        return new Expression.Case(conditions, results, otherwise, type);
    }

    private static Expression like(RexCall call) {
        String name = call.getOperator().getName().toUpperCase(Locale.ROOT);
        Function function = name.contains("ILIKE") ? Function.ILIKE : Function.LIKE;
        List<Expression> operands = new ArrayList<>();
        call.getOperands().forEach(operand -> operands.add(translate(operand)));
        Expression matches = new Expression.Call(function, operands, SqlType.BOOLEAN);
        return name.startsWith("NOT") ? negated(matches) : matches;
    }

    private static Expression regex(RexCall call, Function function) {
        List<Expression> operands = new ArrayList<>();
        call.getOperands().forEach(operand -> operands.add(translate(operand)));
        Expression matches = new Expression.Call(function, operands, SqlType.BOOLEAN);
        return call.getOperator().getName().startsWith("NEGATE")
                        || call.getOperator().getName().startsWith("!")
                ? negated(matches)
                : matches;
    }

    private static Expression negated(Expression condition) {
        return new Expression.Call(Function.NOT, List.of(condition), SqlType.BOOLEAN);
    }

    private static Expression literal(RexLiteral literal) {
        SqlType type = Types.of(literal.getType());
        if (literal.isNull()) {
            return new Expression.Literal(null, type);
        }
        return switch (literal.getTypeName()) {
            case BOOLEAN -> new Expression.Literal(literal.getValueAs(Boolean.class), SqlType.BOOLEAN);
            case CHAR -> text(literal.getValueAs(NlsString.class).getValue(), type);
            case DECIMAL, DOUBLE, FLOAT, REAL, BIGINT, INTEGER -> number(literal.getValueAs(BigDecimal.class), type);
            case BINARY ->
                new Expression.Literal(literal.getValueAs(ByteString.class).getBytes(), SqlType.BYTEA);
            case DATE ->
                new Expression.Literal(literal.getValueAs(DateString.class).getDaysSinceEpoch(), SqlType.DATE);
            case TIME -> parsed(literal.getValueAs(TimeString.class).toString(), SqlType.TIME);
            case TIMESTAMP -> parsed(literal.getValueAs(TimestampString.class).toString(), SqlType.TIMESTAMP);
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
                parsed(literal.getValueAs(TimestampString.class) + "+00", SqlType.TIMESTAMPTZ);
            default -> {
                if (SqlTypeName.YEAR_INTERVAL_TYPES.contains(literal.getTypeName())) {
                    int months = literal.getValueAs(BigDecimal.class).intValueExact();
                    yield new Expression.Literal(new Interval(months, 0, 0), SqlType.INTERVAL);
                }
                if (SqlTypeName.DAY_INTERVAL_TYPES.contains(literal.getTypeName())) {
                    yield interval(literal.getValueAs(BigDecimal.class).longValueExact());
                }
                throw unsupported("the literal " + literal);
            }
        };
    }

    private static Expression interval(long millis) {
        long dayMillis = 86_400_000L;
        int days = Math.toIntExact(millis / dayMillis);
        return new Expression.Literal(new Interval(0, days, millis % dayMillis * 1000), SqlType.INTERVAL);
    }

    /** What only reads as text, such as jsonb, is read when it is evaluated. */
    private static Expression text(String value, SqlType type) {
        return Planner.isText(type) ? new Expression.Literal(value, SqlType.TEXT) : parsed(value, type);
    }

    private static Expression number(BigDecimal value, SqlType type) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER -> new Expression.Literal(value.intValueExact(), type);
            case BIGINT -> new Expression.Literal(value.longValueExact(), type);
            case REAL -> new Expression.Literal(value.floatValue(), type);
            case DOUBLE -> new Expression.Literal(value.doubleValue(), type);
            default -> new Expression.Literal(value, SqlType.NUMERIC);
        };
    }

    private static Expression parsed(String text, SqlType type) {
        return cast(new Expression.Literal(text, SqlType.TEXT), type);
    }

    /** The operands, each cast to that type where it has another. */
    private static List<Expression> alike(List<Expression> operands, SqlType type) {
        return operands.stream().map(operand -> cast(operand, type)).toList();
    }

    static Expression cast(Expression operand, SqlType type) {
        if (operand.type().equals(type)) {
            return operand;
        }
        boolean text = Planner.isText(operand.type()) && type.equals(SqlType.TEXT);
        boolean unconstrained = operand.type().kind() == SqlType.Kind.NUMERIC && type.equals(SqlType.NUMERIC);
        if (operand instanceof Expression.Literal literal && literal.value() == null) {
            return new Expression.Literal(null, type);
        }
        if (operand instanceof Expression.Literal literal && type.kind() == SqlType.Kind.ENUM) {
            requireLabel(literal.value(), type);
        }
        return text || unconstrained ? operand : new Expression.Cast(operand, type);
    }

    private static void requireLabel(Object value, SqlType type) {
        if (value instanceof String label && !type.labels().contains(label)) {
            throw UserError.of(
                    UserError.Category.INVALID_PIPELINE,
                    "invalid input value for enum " + type + ": \"" + label + "\"",
                    "its values are " + String.join(", ", type.labels()));
        }
    }

    /** The type that PostgreSQL compares those in. */
    static SqlType common(List<Expression> operands) {
        SqlType common = operands.get(0).type();
        for (Expression operand : operands) {
            common = common(common, operand.type());
        }
        return common;
    }

    private static SqlType common(SqlType first, SqlType second) {
        if (isNumber(first) && isNumber(second)) {
            SqlType wider = first.kind().compareTo(second.kind()) >= 0 ? first : second;
            if (wider.kind() == SqlType.Kind.REAL && first.kind() != second.kind()) {
                return SqlType.DOUBLE;
            }
            return wider.kind() == SqlType.Kind.NUMERIC ? SqlType.NUMERIC : SqlType.of(wider.kind());
        }
        if (isString(first) && isString(second)) {
            boolean special = first.kind() == second.kind() && !Planner.isText(first);
            if (special) {
                return first;
            }
            // A literal takes the other side's type: an enum compares by its labels' order, char(n) without its
            // padding.
            return first.kind() == SqlType.Kind.ENUM || first.kind() == SqlType.Kind.CHAR
                    ? first
                    : second.kind() == SqlType.Kind.ENUM || second.kind() == SqlType.Kind.CHAR ? second : SqlType.TEXT;
        }
        if (first.kind() == second.kind()) {
            return first.unconstrained().equals(first) ? first : second;
        }
        return isString(first) ? second : first;
    }

    private static boolean isNumber(SqlType type) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER, BIGINT, NUMERIC, REAL, DOUBLE -> true;
            default -> false;
        };
    }

    private static boolean isString(SqlType type) {
        return switch (type.kind()) {
            case TEXT, VARCHAR, CHAR, ENUM, JSON, JSONB -> true;
            default -> false;
        };
    }

    private static UserError unsupported(String what) {
        return UserError.of(UserError.Category.UNSUPPORTED, what + " is not supported", "docs/sql.md lists what is");
    }
}
