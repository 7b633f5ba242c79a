package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import io.millrace.row.SqlText;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Functions of text. Characters are code points. */
final class Strings {
    private Strings() {}

    /** A function of operands of which none is NULL. */
    @FunctionalInterface
    private interface Operation {
        Object apply(Object[] values);
    }

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        if (function == Function.CONCAT || function == Function.CONCAT_WS) {
            return concatenation(function, types, operands);
        }
        if (function == Function.LIKE || function == Function.ILIKE) {
            return like(function == Function.ILIKE, operands);
        }
        Operation operation = operation(function, types);
        return row -> {
            Object[] values = new Object[operands.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = operands[i].evaluate(row);
                if (values[i] == null) {
                    return null;
                }
            }
            return operation.apply(values);
        };
    }

    private static Operation operation(Function function, List<SqlType> types) {
        return switch (function) {
            case CONCATENATE -> values -> text(types, values, 0) + text(types, values, 1);
            case REGEX_MATCH ->
                values -> regex(string(values, 1), 0).matcher(string(values, 0)).find();
            case REGEX_MATCH_INSENSITIVE ->
                values -> regex(string(values, 1), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
                        .matcher(string(values, 0))
                        .find();
            case LOWER -> values -> string(values, 0).toLowerCase(Locale.ROOT);
            case UPPER -> values -> string(values, 0).toUpperCase(Locale.ROOT);
            case LENGTH -> length(types.get(0));
            case OCTET_LENGTH ->
                values -> values[0] instanceof byte[] bytes
                        ? bytes.length
                        : string(values, 0).getBytes(StandardCharsets.UTF_8).length;
            case SUBSTRING -> Strings::substring;
            case TRIM_BOTH -> values -> trim(values, true, true);
            case TRIM_LEFT -> values -> trim(values, true, false);
            case TRIM_RIGHT -> values -> trim(values, false, true);
            case REPLACE ->
                values -> string(values, 1).isEmpty()
                        ? string(values, 0)
                        : string(values, 0).replace(string(values, 1), string(values, 2));
            case STRPOS ->
                values -> {
                    int index = string(values, 0).indexOf(string(values, 1));
                    return index < 0 ? 0 : string(values, 0).codePointCount(0, index) + 1;
                };
            case LEFT -> values -> part(string(values, 0), 0, end(values));
            case RIGHT ->
                values -> {
                    int count = ((Number) values[1]).intValue();
                    int length = count(string(values, 0));
                    return part(
                            string(values, 0),
                            count >= 0 ? Math.max(length - count, 0) : Math.min(-count, length),
                            length);
                };
            case SPLIT_PART -> Strings::splitPart;
            case STARTS_WITH -> values -> string(values, 0).startsWith(string(values, 1));
            case REVERSE ->
                values -> new StringBuilder(string(values, 0)).reverse().toString();
            case REPEAT -> values -> string(values, 0).repeat(Math.max(((Number) values[1]).intValue(), 0));
            case LPAD -> values -> pad(values, true);
            case RPAD -> values -> pad(values, false);
            case INITCAP -> values -> initcap(string(values, 0));
            case MD5 -> values -> md5(values[0]);
            default -> throw new IllegalStateException(function + " is no function of text");
        };
    }

    private static Operation length(SqlType type) {
        return switch (type.kind()) {
            case BYTEA -> values -> ((byte[]) values[0]).length;
            case CHAR -> values -> count(string(values, 0).stripTrailing());
            default -> values -> count(string(values, 0));
        };
    }

    private static Evaluator concatenation(Function function, List<SqlType> types, Evaluator[] operands) {
        boolean separated = function == Function.CONCAT_WS;
        return row -> {
            StringBuilder joined = new StringBuilder();
            Object separator = separated ? operands[0].evaluate(row) : "";
            if (separator == null) {
                return null;
            }
            boolean first = true;
            for (int i = separated ? 1 : 0; i < operands.length; i++) {
                Object value = operands[i].evaluate(row);
                if (value != null) {
                    joined.append(first ? "" : separator).append(SqlText.write(types.get(i), value));
                    first = false;
                }
            }
            return joined.toString();
        };
    }

    private static Evaluator like(boolean ignoreCase, Evaluator[] operands) {
        return row -> {
            Object text = operands[0].evaluate(row);
            Object pattern = operands[1].evaluate(row);
            Object escape = operands.length > 2 ? operands[2].evaluate(row) : "\\";
            if (text == null || pattern == null || escape == null) {
                return null;
            }
            String given = ignoreCase ? ((String) text).toLowerCase(Locale.ROOT) : (String) text;
            String wanted = ignoreCase ? ((String) pattern).toLowerCase(Locale.ROOT) : (String) pattern;
            String escaping = (String) escape;
            return matches(given, 0, wanted, 0, escaping.isEmpty() ? -1 : escaping.codePointAt(0));
        };
    }

    /** Whether the pattern, in which % stands for any text and _ for a character, matches the text from there on. */
    private static boolean matches(String text, int from, String pattern, int patternFrom, int escape) {
        int at = from;
        int p = patternFrom;
        while (p < pattern.length()) {
            int wanted = pattern.codePointAt(p);
            if (wanted == '%' && wanted != escape) {
                return matchesAnywhere(text, at, pattern, p + 1, escape);
            }
            p += Character.charCount(wanted);
            boolean any = wanted == '_' && wanted != escape;
            if (wanted == escape) {
                if (p >= pattern.length()) {
                    throw new EvaluationError("22025", "LIKE pattern must not end with escape character");
                }
                wanted = pattern.codePointAt(p);
                p += Character.charCount(wanted);
            }
            if (at >= text.length() || (!any && text.codePointAt(at) != wanted)) {
                return false;
            }
            at += Character.charCount(text.codePointAt(at));
        }
        return at == text.length();
    }

    private static boolean matchesAnywhere(String text, int from, String pattern, int patternFrom, int escape) {
        for (int at = from; at <= text.length(); at++) {
            boolean inPair = at > 0 && at < text.length() && Character.isLowSurrogate(text.charAt(at));
            if (!inPair && matches(text, at, pattern, patternFrom, escape)) {
                return true;
            }
        }
        return false;
    }

    private static Pattern regex(String pattern, int flags) {
        try {
            return Pattern.compile(pattern, flags);
        } catch (PatternSyntaxException e) {
            throw new EvaluationError("2201B", "invalid regular expression: " + e.getDescription());
        }
    }

    private static Object substring(Object[] values) {
        String text = string(values, 0);
        long start = ((Number) values[1]).longValue() - 1;
        long end = Integer.MAX_VALUE;
        if (values.length > 2) {
            long length = ((Number) values[2]).longValue();
            if (length < 0) {
                throw new EvaluationError("22011", "negative substring length not allowed");
            }
            end = start + length;
        }
        int length = count(text);
        int from = (int) Math.min(Math.max(start, 0), length);
        return part(text, from, (int) Math.min(Math.max(end, from), length));
    }

    private static int end(Object[] values) {
        int count = ((Number) values[1]).intValue();
        int length = count(string(values, 0));
        return count >= 0 ? Math.min(count, length) : Math.max(length + count, 0);
    }

    private static Object splitPart(Object[] values) {
        String text = string(values, 0);
        String delimiter = string(values, 1);
        int wanted = ((Number) values[2]).intValue();
        if (wanted == 0) {
            throw new EvaluationError("22023", "field position must not be zero");
        }
        String[] parts = delimiter.isEmpty() ? new String[] {text} : text.split(Pattern.quote(delimiter), -1);
        int index = wanted > 0 ? wanted - 1 : parts.length + wanted;
        return index >= 0 && index < parts.length ? parts[index] : "";
    }

    private static String trim(Object[] values, boolean left, boolean right) {
        String text = string(values, 0);
        String characters = values.length > 1 ? string(values, 1) : " ";
        int from = 0;
        int to = text.length();
        while (left && from < to && characters.indexOf(text.codePointAt(from)) >= 0) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && characters.indexOf(text.codePointBefore(to)) >= 0) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static String pad(Object[] values, boolean left) {
        String text = string(values, 0);
        int length = Math.max(((Number) values[1]).intValue(), 0);
        String fill = values.length > 2 ? string(values, 2) : " ";
        int missing = length - count(text);
        if (missing <= 0 || fill.isEmpty()) {
            return missing <= 0 ? part(text, 0, length) : text;
        }
        String padding = part(fill.repeat(missing / count(fill) + 1), 0, missing);
        return left ? padding + text : text + padding;
    }

    private static String initcap(String text) {
        StringBuilder capitalized = new StringBuilder(text.length());
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            capitalized.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inWord = Character.isLetterOrDigit(c);
        }
        return capitalized.toString();
    }

    private static String md5(Object value) {
        byte[] bytes = value instanceof byte[] given ? given : ((String) value).getBytes(StandardCharsets.UTF_8);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    private static String text(List<SqlType> types, Object[] values, int index) {
        return SqlText.write(types.get(index), values[index]);
    }

    private static String string(Object[] values, int index) {
        return (String) values[index];
    }

    private static int count(String text) {
        return text.codePointCount(0, text.length());
    }

    private static String part(String text, int from, int to) {
        if (from >= to) {
            return "";
        }
        int start = text.offsetByCodePoints(0, from);
        return text.substring(start, text.offsetByCodePoints(start, to - from));
    }
}
