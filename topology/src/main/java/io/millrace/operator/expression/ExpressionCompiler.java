package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import io.millrace.plan.Function;
import io.millrace.row.Row;
import java.util.ArrayList;
import java.util.List;

/** Compiles expressions. */
public final class ExpressionCompiler {
    private ExpressionCompiler() {}

    /** The expression, ready to be evaluated. */
    public static Evaluator compile(Expression expression) {
        if (expression instanceof Expression.Column column) {
            int index = column.index();
            return row -> row.get(index);
        } else if (expression instanceof Expression.Literal literal) {
            Object value = literal.value();
            return row -> value;
        } else if (expression instanceof Expression.Cast cast) {
            Evaluator compiled = Casts.compile(cast.operand().type(), cast.type(), compile(cast.operand()));
            return cast.operand() instanceof Expression.Literal ? constant(compiled) : compiled;
        } else if (expression instanceof Expression.Case branches) {
            return branches(branches);
        } else if (expression instanceof Expression.Call call) {
            return call(call);
        }
        throw new IllegalStateException("unknown expression " + expression);
    }

    /** Its one value; what has none fails for each row, as PostgreSQL would. */
    private static Evaluator constant(Evaluator evaluator) {
        try {
            Object value = evaluator.evaluate(Row.of());
            return row -> value;
        } catch (EvaluationError e) {
            return evaluator;
        }
    }

    private static Evaluator branches(Expression.Case branches) {
        Evaluator[] conditions = compileAll(branches.conditions());
        Evaluator[] results = compileAll(branches.results());
        Evaluator otherwise = compile(branches.otherwise());
        return row -> {
            for (int i = 0; i < conditions.length; i++) {
                if (Boolean.TRUE.equals(conditions[i].evaluate(row))) {
                    return results[i].evaluate(row);
                }
            }
            return otherwise.evaluate(row);
        };
    }

    private static Evaluator call(Expression.Call call) {
        Evaluator[] operands = compileAll(call.operands());
        List<SqlType> types = new ArrayList<>();
        call.operands().forEach(operand -> types.add(operand.type()));
        Function function = call.function();
        return switch (function) {
            case AND -> Logic.and(operands);
            case OR -> Logic.or(operands);
            case NOT -> Logic.not(operands[0]);
            case IS_NULL -> row -> operands[0].evaluate(row) == null;
            case IS_NOT_NULL -> row -> operands[0].evaluate(row) != null;
            case IS_TRUE -> row -> Boolean.TRUE.equals(operands[0].evaluate(row));
            case IS_NOT_TRUE -> row -> !Boolean.TRUE.equals(operands[0].evaluate(row));
            case IS_FALSE -> row -> Boolean.FALSE.equals(operands[0].evaluate(row));
            case IS_NOT_FALSE -> row -> !Boolean.FALSE.equals(operands[0].evaluate(row));
            case EQUALS, NOT_EQUALS, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL ->
                Comparisons.compile(function, types, operands[0], operands[1]);
            case IS_DISTINCT_FROM -> Comparisons.distinct(types, operands[0], operands[1], true);
            case IS_NOT_DISTINCT_FROM -> Comparisons.distinct(types, operands[0], operands[1], false);
            case COALESCE -> Logic.coalesce(operands);
            case NULLIF -> Comparisons.nullIf(types, operands[0], operands[1]);
            case GREATEST -> Comparisons.extreme(types.get(0), operands, 1);
            case LEAST -> Comparisons.extreme(types.get(0), operands, -1);
            case PLUS, MINUS, TIMES, DIVIDE, MODULO, NEGATE -> Arithmetic.compile(function, types, operands);
            case ABS, SIGN, ROUND, TRUNC, FLOOR, CEIL, SQRT, POWER, EXP, LN ->
                Numbers.compile(function, types, operands);
            case LIKE, ILIKE, REGEX_MATCH, REGEX_MATCH_INSENSITIVE -> Patterns.compile(call, operands);
            case REGEXP_COUNT,
                    REGEXP_INSTR,
                    REGEXP_LIKE,
                    REGEXP_MATCH,
                    REGEXP_MATCHES,
                    REGEXP_REPLACE,
                    REGEXP_SPLIT_TO_ARRAY,
                    REGEXP_SPLIT_TO_TABLE,
                    REGEXP_SUBSTR -> RegexFunctions.compile(call, operands);
            case TO_CHAR, TO_DATE, TO_NUMBER -> Templates.compile(call, operands);
            case SIMILAR_TO_ESCAPE -> similarPattern(operands);
            case SUBSTRING ->
                types.get(1).kind() == SqlType.Kind.INTEGER
                        ? Strings.compile(function, types, operands)
                        : RegexFunctions.compile(call, operands);
            case CONCATENATE, CONCAT, CONCAT_WS -> Concatenations.compile(function, types, operands);
            case LOWER,
                    UPPER,
                    LENGTH,
                    OCTET_LENGTH,
                    BIT_LENGTH,
                    TRIM_BOTH,
                    TRIM_LEFT,
                    TRIM_RIGHT,
                    REPLACE,
                    STRPOS,
                    LEFT,
                    RIGHT,
                    SPLIT_PART,
                    STARTS_WITH,
                    REVERSE,
                    REPEAT,
                    LPAD,
                    RPAD,
                    INITCAP,
                    MD5 -> Strings.compile(function, types, operands);
            case SIN, COS, TAN, COT, ASIN, ACOS, ATAN, ATAN2, DEGREES, RADIANS, PI, CBRT ->
                Trigonometry.compile(function, operands);
            case DIV, GCD, LCM -> Divisors.compile(function, types, operands);
            case FORMAT -> Format.compile(types, operands);
            case ASCII,
                    CHR,
                    TO_BIN,
                    TO_HEX,
                    TO_OCT,
                    TRANSLATE,
                    OVERLAY,
                    QUOTE_IDENT,
                    QUOTE_LITERAL,
                    QUOTE_NULLABLE,
                    ENCODE,
                    DECODE,
                    CONVERT_FROM,
                    CONVERT_TO,
                    CRC32,
                    CRC32C,
                    NORMALIZE,
                    UNISTR,
                    SHA224,
                    SHA256,
                    SHA384,
                    SHA512 -> Encodings.compile(function, operands);
            case FACTORIAL, LOG, MIN_SCALE, SCALE, TRIM_SCALE, WIDTH_BUCKET ->
                NumericFunctions.compile(function, types, operands);
            case MAKE_INTERVAL, MAKE_TIME, MAKE_TIMESTAMP, MAKE_TIMESTAMPTZ -> MadeTimes.compile(function, operands);
            case PERIODS_OVERLAP -> Periods.compile(types, operands);
            case NUM_NULLS -> count(operands, true);
            case NUM_NONNULLS -> count(operands, false);
            case JSONB_DELETE_PATH, JSONB_INSERT, JSONB_PRETTY, JSONB_SET -> JsonPlaces.compile(function, operands);
            case ARRAY_DIMS, ARRAY_FILL, ARRAY_POSITIONS, ARRAY_REVERSE, ARRAY_SORT, SLICE, TRIM_ARRAY ->
                ArrayShapes.compile(function, types, operands);
            case TO_TIMESTAMP ->
                types.size() == 1 ? Calendar.compile(function, types, operands) : Templates.compile(call, operands);
            case AGE,
                    DATE_ADD,
                    DATE_BIN,
                    DATE_SUBTRACT,
                    ISFINITE,
                    JUSTIFY_DAYS,
                    JUSTIFY_HOURS,
                    JUSTIFY_INTERVAL,
                    MAKE_DATE -> Calendar.compile(function, types, operands);
            case ROW_OBJECT, ARRAY_TO_JSON, JSONB_OBJECT, JSON_STRIP_NULLS ->
                JsonRows.compile(function, types, operands);
            case CONTAINS -> containment(types, operands[0], operands[1]);
            case CONTAINED_IN -> containment(List.of(types.get(1), types.get(0)), operands[1], operands[0]);
            case BIT_AND, BIT_OR, BIT_XOR, SHIFT_LEFT, SHIFT_RIGHT -> Bits.compile(function, types, operands);
            case JSON_GET,
                    JSON_GET_TEXT,
                    JSON_PATH,
                    JSON_PATH_TEXT,
                    JSON_EXTRACT_PATH,
                    JSON_EXTRACT_PATH_TEXT,
                    HAS_KEY,
                    HAS_ANY_KEY,
                    HAS_ALL_KEYS,
                    JSON_ARRAY_LENGTH,
                    JSON_TYPEOF,
                    JSON_BUILD_ARRAY,
                    JSON_BUILD_OBJECT,
                    JSONB_BUILD_ARRAY,
                    JSONB_BUILD_OBJECT,
                    JSONB_STRIP_NULLS,
                    TO_JSON,
                    TO_JSONB -> JsonFunctions.compile(function, types, operands);
            case ARRAY,
                    SUBSCRIPT,
                    ANY,
                    ALL,
                    OVERLAPS,
                    ARRAY_LENGTH,
                    ARRAY_LOWER,
                    ARRAY_NDIMS,
                    CARDINALITY,
                    ARRAY_POSITION,
                    ARRAY_REMOVE,
                    ARRAY_REPLACE,
                    ARRAY_TO_STRING,
                    STRING_TO_ARRAY -> ArrayFunctions.compile(function, types, operands);
            case DATE_TRUNC, EXTRACT, DATE_PART, TIMEZONE -> TimeFields.compile(call, operands);
            case NOW ->
                throw new IllegalStateException("the present time is a column of what a temporal filter evaluates");
        };
    }

    /** How many of the operands are NULL, or are not. */
    private static Evaluator count(Evaluator[] operands, boolean nulls) {
        return row -> {
            int count = 0;
            for (Evaluator operand : operands) {
                count += (operand.evaluate(row) == null) == nulls ? 1 : 0;
            }
            return count;
        };
    }

    private static Evaluator similarPattern(Evaluator[] operands) {
        return operands.length == 1
                ? Arithmetic.strict(operands[0], pattern -> SimilarPattern.translated((String) pattern, "\\"))
                : Arithmetic.strict(
                        operands[0],
                        operands[1],
                        (pattern, escape) -> SimilarPattern.translated((String) pattern, (String) escape));
    }

    private static Evaluator containment(List<SqlType> types, Evaluator whole, Evaluator part) {
        return Arithmetic.strict(
                whole,
                part,
                types.get(0).kind() == SqlType.Kind.JSONB ? JsonFunctions::contains : ArrayFunctions.contains(types));
    }

    private static Evaluator[] compileAll(List<Expression> expressions) {
        return expressions.stream().map(ExpressionCompiler::compile).toArray(Evaluator[]::new);
    }
}
