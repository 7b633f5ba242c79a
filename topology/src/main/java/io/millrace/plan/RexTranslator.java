package io.millrace.plan;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.sql.Types;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.calcite.avatica.util.ByteString;
import org.apache.calcite.avatica.util.TimeUnitRange;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexLiteral;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.fun.SqlTrimFunction;
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
            Map.entry(SqlKind.PLUS, Function.PLUS),
            Map.entry(SqlKind.MINUS, Function.MINUS),
            Map.entry(SqlKind.TIMES, Function.TIMES),
            Map.entry(SqlKind.DIVIDE, Function.DIVIDE),
            Map.entry(SqlKind.MOD, Function.MODULO),
            Map.entry(SqlKind.MINUS_PREFIX, Function.NEGATE),
            Map.entry(SqlKind.COALESCE, Function.COALESCE),
            Map.entry(SqlKind.NULLIF, Function.NULLIF),
            Map.entry(SqlKind.GREATEST, Function.GREATEST),
            Map.entry(SqlKind.LEAST, Function.LEAST),
            Map.entry(SqlKind.GREATEST_PG, Function.GREATEST),
            Map.entry(SqlKind.LEAST_PG, Function.LEAST),
            Map.entry(SqlKind.FLOOR, Function.FLOOR),
            Map.entry(SqlKind.CEIL, Function.CEIL),
            Map.entry(SqlKind.STARTS_WITH, Function.STARTS_WITH));

    private static final Map<String, Function> BY_NAME = Map.ofEntries(
            Map.entry("||", Function.CONCATENATE),
            Map.entry("lower", Function.LOWER),
            Map.entry("upper", Function.UPPER),
            Map.entry("char_length", Function.LENGTH),
            Map.entry("character_length", Function.LENGTH),
            Map.entry("length", Function.LENGTH),
            Map.entry("octet_length", Function.OCTET_LENGTH),
            Map.entry("substring", Function.SUBSTRING),
            Map.entry("substr", Function.SUBSTRING),
            Map.entry("btrim", Function.TRIM_BOTH),
            Map.entry("ltrim", Function.TRIM_LEFT),
            Map.entry("rtrim", Function.TRIM_RIGHT),
            Map.entry("replace", Function.REPLACE),
            Map.entry("strpos", Function.STRPOS),
            Map.entry("left", Function.LEFT),
            Map.entry("right", Function.RIGHT),
            Map.entry("split_part", Function.SPLIT_PART),
            Map.entry("concat", Function.CONCAT),
            Map.entry("concat_ws", Function.CONCAT_WS),
            Map.entry("starts_with", Function.STARTS_WITH),
            Map.entry("reverse", Function.REVERSE),
            Map.entry("repeat", Function.REPEAT),
            Map.entry("lpad", Function.LPAD),
            Map.entry("rpad", Function.RPAD),
            Map.entry("initcap", Function.INITCAP),
            Map.entry("md5", Function.MD5),
            Map.entry("abs", Function.ABS),
            Map.entry("round", Function.ROUND),
            Map.entry("trunc", Function.TRUNC),
            Map.entry("truncate", Function.TRUNC),
            Map.entry("sign", Function.SIGN),
            Map.entry("sqrt", Function.SQRT),
            Map.entry("power", Function.POWER),
            Map.entry("pow", Function.POWER),
            Map.entry("exp", Function.EXP),
            Map.entry("ln", Function.LN),
            Map.entry("mod", Function.MODULO),
            Map.entry("like", Function.LIKE),
            Map.entry("ilike", Function.ILIKE),
            Map.entry("date_trunc", Function.DATE_TRUNC));

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
            case TRIM:
                return trim(call, type);
            case POSITION:
                return new Expression.Call(
                        Function.STRPOS,
                        List.of(
                                translate(call.getOperands().get(1)),
                                translate(call.getOperands().get(0))),
                        type);
            case EXTRACT:
                return extract(call, type);
            case POSIX_REGEX_CASE_SENSITIVE:
                return regex(call, Function.REGEX_MATCH);
            case POSIX_REGEX_CASE_INSENSITIVE:
                return regex(call, Function.REGEX_MATCH_INSENSITIVE);
            default:
                return plain(call, type);
        }
    }

    private static Expression plain(RexCall call, SqlType type) {
        String name = call.getOperator().getName().toLowerCase(Locale.ROOT);
        Function function = Optional.ofNullable(BY_KIND.get(call.getKind())).orElse(BY_NAME.get(name));
        if (function == null) {
            throw unsupported("the function " + name);
        }
        List<Expression> operands = new ArrayList<>();
        call.getOperands().forEach(operand -> operands.add(translate(operand)));
        switch (function) {
            case EQUALS,
                    NOT_EQUALS,
                    LESS,
                    LESS_OR_EQUAL,
                    GREATER,
                    GREATER_OR_EQUAL,
                    IS_DISTINCT_FROM,
                    IS_NOT_DISTINCT_FROM:
                return new Expression.Call(function, alike(operands, common(operands)), SqlType.BOOLEAN);
            case COALESCE, GREATEST, LEAST:
                return new Expression.Call(function, alike(operands, type), type);
            case NULLIF:
                return new Expression.Call(function, operands, type);
            case PLUS, MINUS, TIMES, DIVIDE, MODULO:
                return arithmetic(function, operands, type);
            case CONCATENATE:
                return new Expression.Call(function, alike(operands, SqlType.TEXT), SqlType.TEXT);
            case AND, OR:
                return new Expression.Call(function, operands, SqlType.BOOLEAN);
            case SQRT, EXP, LN, POWER:
                return floating(function, operands);
            case ROUND, TRUNC, FLOOR, CEIL, SIGN:
                return rounding(function, operands);
            default:
                return new Expression.Call(function, operands, type);
        }
    }

    private static Expression arithmetic(Function function, List<Expression> operands, SqlType type) {
        if (operands.stream().allMatch(operand -> isNumber(operand.type()))) {
            SqlType common = common(operands);
            return new Expression.Call(function, alike(operands, common), common);
        }
        return new Expression.Call(function, operands, type);
    }

    /** Double precision unless an operand is numeric, as PostgreSQL resolves them. */
    private static Expression floating(Function function, List<Expression> operands) {
        boolean numeric = operands.stream().anyMatch(operand -> operand.type().kind() == SqlType.Kind.NUMERIC)
                && operands.stream().noneMatch(operand -> isFloat(operand.type()));
        SqlType type = numeric ? SqlType.NUMERIC : SqlType.DOUBLE;
        return new Expression.Call(function, alike(operands, type), type);
    }

    /** Of an integer double precision, but round and trunc with a scale, which only numeric has. */
    private static Expression rounding(Function function, List<Expression> operands) {
        Expression first = operands.get(0);
        boolean numeric = first.type().kind() == SqlType.Kind.NUMERIC || operands.size() > 1;
        SqlType type = numeric ? SqlType.NUMERIC : SqlType.DOUBLE;
        List<Expression> converted = new ArrayList<>(operands);
        converted.set(0, cast(first, type));
        return new Expression.Call(function, converted, type);
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

    private static Expression trim(RexCall call, SqlType type) {
        SqlTrimFunction.Flag flag = ((RexLiteral) call.getOperands().get(0)).getValueAs(SqlTrimFunction.Flag.class);
        Function function =
                switch (flag) {
                    case BOTH -> Function.TRIM_BOTH;
                    case LEADING -> Function.TRIM_LEFT;
                    case TRAILING -> Function.TRIM_RIGHT;
                };
        return new Expression.Call(
                function,
                List.of(
                        translate(call.getOperands().get(2)),
                        translate(call.getOperands().get(1))),
                type);
    }

    private static Expression extract(RexCall call, SqlType type) {
        TimeUnitRange unit = ((RexLiteral) call.getOperands().get(0)).getValueAs(TimeUnitRange.class);
        Expression text = new Expression.Literal(unit.name().toLowerCase(Locale.ROOT), SqlType.TEXT);
        Expression extracted = new Expression.Call(
                Function.EXTRACT, List.of(text, translate(call.getOperands().get(1))), SqlType.NUMERIC);
        return cast(extracted, type);
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

    private static Expression text(String value, SqlType type) {
        return new Expression.Literal(value, type.kind() == SqlType.Kind.VARCHAR ? SqlType.TEXT : type);
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
        return new Expression.Cast(new Expression.Literal(text, SqlType.TEXT), type);
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
        return text || unconstrained ? operand : new Expression.Cast(operand, type);
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
            return SqlType.of(first.kind()).equals(first) ? first : second;
        }
        return isString(first) ? second : first;
    }

    private static boolean isNumber(SqlType type) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER, BIGINT, NUMERIC, REAL, DOUBLE -> true;
            default -> false;
        };
    }

    private static boolean isFloat(SqlType type) {
        return type.kind() == SqlType.Kind.REAL || type.kind() == SqlType.Kind.DOUBLE;
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
