package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Expression;
import io.millrace.plan.Function;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * regexp_match, regexp_replace and the others that find a regular expression in a text, and substring with a pattern. A
 * pattern that is a constant, as nearly all are, is read once.
 */
final class RegexFunctions {
    private static final String INVALID_PARAMETER = "22023";

    private final Function function;
    private final List<SqlType> types;
    private final Constant constant;

    /** A pattern and its options that are the same for every row. */
    private record Constant(String pattern, RegexOptions options, RegexMatcher matcher) {}

    private RegexFunctions(Function function, List<SqlType> types, Constant constant) {
        this.function = function;
        this.types = types;
        this.constant = constant;
    }

    static Evaluator compile(Expression.Call call, Evaluator[] operands) {
        List<SqlType> types = call.operands().stream().map(Expression::type).toList();
        RegexFunctions functions = new RegexFunctions(call.function(), types, constant(call, operands));
        return row -> {
            Object[] arguments = new Object[operands.length];
            boolean anyNull = false;
            for (int i = 0; i < operands.length; i++) {
                arguments[i] = operands[i].evaluate(row);
                anyNull |= arguments[i] == null;
            }
            return anyNull ? null : functions.value(arguments);
        };
    }

    /** The position of the options among the arguments of a call. */
    static int optionsOf(Function function, List<SqlType> types) {
        return switch (function) {
            case REGEXP_LIKE, REGEXP_MATCH, REGEXP_MATCHES, REGEXP_SPLIT_TO_ARRAY, REGEXP_SPLIT_TO_TABLE -> 2;
            case REGEXP_COUNT -> 3;
            case REGEXP_SUBSTR -> 4;
            case REGEXP_INSTR -> 5;
            case REGEXP_REPLACE -> types.size() == 4 && types.get(3).kind() != SqlType.Kind.INTEGER ? 3 : 5;
            default -> Integer.MAX_VALUE;
        };
    }

    private static Constant constant(Expression.Call call, Evaluator[] operands) {
        List<SqlType> types = call.operands().stream().map(Expression::type).toList();
        int options = optionsOf(call.function(), types);
        boolean constant = isConstant(call.operands().get(1))
                && (options >= operands.length || isConstant(call.operands().get(options)));
        if (!constant || call.operands().size() == 3 && call.function() == Function.SUBSTRING) {
            return null;
        }
        try {
            String pattern = (String) operands[1].evaluate(null);
            String letters = options < operands.length ? (String) operands[options].evaluate(null) : "";
            if (pattern == null || letters == null) {
                return null;
            }
            RegexOptions read = RegexOptions.of(letters);
            return new Constant(pattern, read, RegexMatcher.of(pattern, read));
        } catch (EvaluationError e) {
            // It is an error only of the rows that it is evaluated for.
            return null;
        }
    }

    static boolean isConstant(Expression expression) {
        return expression.columns().isEmpty() && !expression.readsNow();
    }

    private Object value(Object[] arguments) {
        return switch (function) {
            case SUBSTRING -> substring(arguments);
            case REGEXP_LIKE ->
                matches(arguments, options(arguments, "regexp_like")).find(0);
            case REGEXP_MATCH -> match(arguments);
            case REGEXP_MATCHES -> allMatches(arguments);
            case REGEXP_SPLIT_TO_ARRAY -> split(arguments, "regexp_split_to_array");
            case REGEXP_SPLIT_TO_TABLE -> split(arguments, "regexp_split_to_table");
            case REGEXP_COUNT -> count(arguments);
            case REGEXP_SUBSTR -> part(arguments);
            case REGEXP_INSTR -> place(arguments);
            case REGEXP_REPLACE -> replaced(arguments);
            default -> throw new IllegalStateException(function + " has no regular expression");
        };
    }

    private RegexOptions options(Object[] arguments) {
        int position = optionsOf(function, types);
        return position < arguments.length ? RegexOptions.of((String) arguments[position]) : RegexOptions.NONE;
    }

    /** The options of a function that means one match, or all, by itself. */
    private RegexOptions options(Object[] arguments, String name) {
        RegexOptions options = options(arguments);
        if (options.global()) {
            throw new EvaluationError(INVALID_PARAMETER, name + "() does not support the \"global\" option");
        }
        return options;
    }

    private RegexMatcher.Matches matches(Object[] arguments, RegexOptions options) {
        return matcher((String) arguments[1], options).in((String) arguments[0]);
    }

    private RegexMatcher matcher(String pattern, RegexOptions options) {
        boolean known = constant != null && constant.pattern.equals(pattern) && constant.options.equals(options);
        return known ? constant.matcher : RegexMatcher.of(pattern, options);
    }

    /** What the first parentheses capture, of a pattern without any the whole match. */
    private Object substring(Object[] arguments) {
        String pattern = arguments.length == 2
                ? (String) arguments[1]
                : SimilarPattern.translated((String) arguments[1], (String) arguments[2]);
        RegexMatcher matcher = matcher(pattern, RegexOptions.NONE);
        RegexMatcher.Matches matches = matcher.in((String) arguments[0]);
        return matches.find(0) ? matches.captured(Math.min(1, matcher.captures())) : null;
    }

    private Object match(Object[] arguments) {
        RegexMatcher matcher = matcher((String) arguments[1], options(arguments, "regexp_match"));
        RegexMatcher.Matches matches = matcher.in((String) arguments[0]);
        return matches.find(0) ? captures(matcher, matches) : null;
    }

    /** What each match captures, the first alone without the option g. */
    private Object allMatches(Object[] arguments) {
        RegexOptions options = options(arguments);
        RegexMatcher matcher = matcher((String) arguments[1], options);
        RegexMatcher.Matches matches = matcher.in((String) arguments[0]);
        List<Object> all = new ArrayList<>();
        for (int at = 0; matches.find(at); at = behind(matches)) {
            all.add(captures(matcher, matches));
            if (!options.global()) {
                break;
            }
        }
        return all;
    }

    private static Object captures(RegexMatcher matcher, RegexMatcher.Matches matches) {
        List<Object> captured = new ArrayList<>();
        for (int i = Math.min(1, matcher.captures()); i <= matcher.captures(); i++) {
            captured.add(matches.captured(i));
        }
        return Collections.unmodifiableList(captured);
    }

    /** Where the search goes on behind a match, which takes a character where the match has none. */
    private static int behind(RegexMatcher.Matches matches) {
        return matches.end(0) + (matches.start(0) == matches.end(0) ? 1 : 0);
    }

    /** The parts between matches, of which those count for none that are empty at an end of the text or behind another. */
    private Object split(Object[] arguments, String name) {
        RegexMatcher.Matches matches = matches(arguments, options(arguments, name));
        List<Object> parts = new ArrayList<>();
        int from = 0;
        int previous = 0;
        for (int at = 0; matches.find(at); at = behind(matches)) {
            if (matches.start(0) < matches.length() && matches.end(0) > previous) {
                parts.add(matches.part(from, matches.start(0)));
                from = matches.end(0);
            }
            previous = matches.end(0);
        }
        parts.add(matches.part(from, matches.length()));
        return Collections.unmodifiableList(parts);
    }

    private Object count(Object[] arguments) {
        int start = positive(arguments, 2, "start");
        RegexMatcher.Matches matches = matches(arguments, options(arguments, "regexp_count"));
        int count = 0;
        for (int at = start - 1; matches.find(at); at = behind(matches)) {
            count++;
        }
        return count;
    }

    /** An argument that must be positive, 1 where it is not given. */
    private static int positive(Object[] arguments, int position, String name) {
        int value = position < arguments.length ? (Integer) arguments[position] : 1;
        if (value <= 0) {
            throw invalid(name, value);
        }
        return value;
    }

    private static EvaluationError invalid(String parameter, int value) {
        return new EvaluationError(INVALID_PARAMETER, "invalid value for parameter \"" + parameter + "\": " + value);
    }

    private static int notNegative(Object[] arguments, int position, String name) {
        int value = position < arguments.length ? (Integer) arguments[position] : 0;
        if (value < 0) {
            throw invalid(name, value);
        }
        return value;
    }

    /** Whether there is a match of that number from a place on. */
    private static boolean find(RegexMatcher.Matches matches, int start, int number) {
        int at = start - 1;
        for (int i = 1; i < number; i++) {
            if (!matches.find(at)) {
                return false;
            }
            at = behind(matches);
        }
        return matches.find(at);
    }

    private Object part(Object[] arguments) {
        int start = positive(arguments, 2, "start");
        int number = positive(arguments, 3, "n");
        int capture = notNegative(arguments, 5, "subexpr");
        RegexMatcher matcher = matcher((String) arguments[1], options(arguments, "regexp_substr"));
        RegexMatcher.Matches matches = matcher.in((String) arguments[0]);
        return isCapture(matcher, capture) && find(matches, start, number)
                ? matches.captured(Math.min(capture, matcher.captures()))
                : null;
    }

    /** The whole match counts for the first parentheses of a pattern without any. */
    private static boolean isCapture(RegexMatcher matcher, int number) {
        return number <= Math.max(1, matcher.captures());
    }

    private Object place(Object[] arguments) {
        int start = positive(arguments, 2, "start");
        int number = positive(arguments, 3, "n");
        int end = notNegative(arguments, 4, "endoption");
        if (end > 1) {
            throw invalid("endoption", end);
        }
        int capture = notNegative(arguments, 6, "subexpr");
        RegexMatcher matcher = matcher((String) arguments[1], options(arguments, "regexp_instr"));
        RegexMatcher.Matches matches = matcher.in((String) arguments[0]);
        if (!isCapture(matcher, capture) || !find(matches, start, number)) {
            return 0;
        }
        int captured = Math.min(capture, matcher.captures());
        return 1 + (end == 1 ? matches.end(captured) : matches.start(captured));
    }

    private Object replaced(Object[] arguments) {
        boolean fromPlace = arguments.length > 3 && types.get(3).kind() == SqlType.Kind.INTEGER;
        int start = fromPlace ? positive(arguments, 3, "start") : 1;
        int number = fromPlace && arguments.length > 4 ? notNegative(arguments, 4, "n") : -1;
        RegexOptions options = options(arguments);
        int wanted = number >= 0 ? number : options.global() ? 0 : 1;
        RegexMatcher.Matches matches = matches(arguments, options);
        String replacement = (String) arguments[2];
        StringBuilder out = new StringBuilder();
        int copied = 0;
        int count = 0;
        for (int at = start - 1; matches.find(at); at = behind(matches)) {
            count++;
            if (wanted > 0 && count < wanted) {
                continue;
            }
            out.append(matches.part(copied, matches.start(0)));
            append(replacement, matches, out);
            copied = matches.end(0);
            if (wanted > 0) {
                break;
            }
            if (out.length() > Strings.MAX_MADE_LENGTH) {
                throw new EvaluationError("54000", "requested length too large");
            }
        }
        return out.append(matches.part(copied, matches.length())).toString();
    }

    /** A replacement, in which {@code \1} stands for what is captured, {@code \&} for the match, {@code \\} for a backslash. */
    private static void append(String replacement, RegexMatcher.Matches matches, StringBuilder out) {
        for (int i = 0; i < replacement.length(); i++) {
            char c = replacement.charAt(i);
            char next = c == '\\' && i + 1 < replacement.length() ? replacement.charAt(i + 1) : 0;
            boolean digit = next >= '1' && next <= '9';
            if (digit || next == '&') {
                int capture = digit ? next - '0' : 0;
                String captured = capture < matches.captures() ? matches.captured(capture) : null;
                out.append(captured == null ? "" : captured);
                i++;
            } else if (next == '\\') {
                out.append(c);
                i++;
            } else {
                out.append(c);
            }
        }
    }
}
