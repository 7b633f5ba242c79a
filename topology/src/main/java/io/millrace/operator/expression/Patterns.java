package io.millrace.operator.expression;

import io.millrace.plan.Expression;
import io.millrace.plan.Function;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/** LIKE, ILIKE and regular expressions. A pattern that is a constant, as nearly all are, is read once. */
final class Patterns {
    private static final String BACKSLASH = "\\";

    private Patterns() {}

    /** How a pattern is read. */
    @FunctionalInterface
    private interface Reader {
        Predicate<String> read(String pattern, String escape);
    }

    /** Whether a comparison of that symbol is one with a pattern. */
    static boolean isComparison(String symbol) {
        return symbol.endsWith("LIKE") || symbol.contains("~");
    }

    /** The comparison of that symbol of a text with a pattern. */
    static BiPredicate<Object, Object> comparison(String symbol) {
        boolean negated = symbol.startsWith("NOT ") || symbol.startsWith("!");
        Reader reader = reader(
                switch (symbol.replaceFirst("^(NOT |!)", "")) {
                    case "LIKE" -> Function.LIKE;
                    case "ILIKE" -> Function.ILIKE;
                    case "~" -> Function.REGEX_MATCH;
                    case "~*" -> Function.REGEX_MATCH_INSENSITIVE;
                    default -> throw new IllegalStateException(symbol + " compares with no pattern");
                });
        return (text, pattern) -> reader.read((String) pattern, BACKSLASH).test((String) text) != negated;
    }

    static Evaluator compile(Expression.Call call, Evaluator[] operands) {
        Reader reader = reader(call.function());
        Evaluator text = operands[0];
        Evaluator pattern = operands[1];
        Evaluator escape = operands.length > 2 ? operands[2] : row -> BACKSLASH;
        boolean constant = call.operands().stream().skip(1).allMatch(RegexFunctions::isConstant);
        if (constant) {
            return ofConstant(reader, text, pattern, escape);
        }
        return row -> {
            Object given = text.evaluate(row);
            Object wanted = pattern.evaluate(row);
            Object escaping = escape.evaluate(row);
            return given == null || wanted == null || escaping == null
                    ? null
                    : (Object) reader.read((String) wanted, (String) escaping).test((String) given);
        };
    }

    private static Evaluator ofConstant(Reader reader, Evaluator text, Evaluator given, Evaluator escaping) {
        Object pattern;
        Object escape;
        try {
            pattern = given.evaluate(null);
            escape = escaping.evaluate(null);
        } catch (EvaluationError e) {
            return Arithmetic.strict(text, any -> {
                throw e;
            });
        }
        if (pattern == null || escape == null) {
            return row -> {
                // It might fail.
                text.evaluate(row);
                return null;
            };
        }
        Predicate<String> matcher = readOrFail(reader, (String) pattern, (String) escape);
        return Arithmetic.strict(text, value -> matcher.test((String) value));
    }

    /** A bad pattern is an error only of the row that is matched against it. */
    private static Predicate<String> readOrFail(Reader reader, String pattern, String escape) {
        try {
            return reader.read(pattern, escape);
        } catch (EvaluationError e) {
            return any -> {
                throw e;
            };
        }
    }

    private static Reader reader(Function function) {
        return switch (function) {
            case LIKE -> (pattern, escape) -> LikePattern.of(pattern, escape, false)::matches;
            case ILIKE -> (pattern, escape) -> LikePattern.of(pattern, escape, true)::matches;
            case REGEX_MATCH -> (pattern, escape) -> RegularExpression.of(pattern, RegexOptions.NONE)::find;
            case REGEX_MATCH_INSENSITIVE ->
                (pattern, escape) -> RegularExpression.of(pattern, RegexOptions.IGNORING_CASE)::find;
            default -> throw new IllegalStateException(function + " has no pattern");
        };
    }
}
