package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Functions of text and bytea. Characters are code points; upper and lower case are Unicode's simple mappings, character by
 * character, as in PostgreSQL's collation C.UTF-8.
 */
final class Strings {
    /** Of a text made by repeat or pad: PostgreSQL's limit is a gigabyte, which a view's record never holds. */
    static final int MAX_MADE_LENGTH = 64 << 20;

    private Strings() {}

    /** A function of three operands of which none is NULL. */
    @FunctionalInterface
    private interface Ternary {
        Object apply(Object first, Object second, Object third);
    }

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] given) {
        Evaluator[] operands = function == Function.OCTET_LENGTH ? given : withoutPadding(types, given);
        SqlType.Kind kind = types.get(0).kind();
        return switch (function) {
            case LOWER -> Arithmetic.strict(operands[0], value -> mapped((String) value, Character::toLowerCase));
            case UPPER -> Arithmetic.strict(operands[0], value -> mapped((String) value, Character::toUpperCase));
            case INITCAP -> Arithmetic.strict(operands[0], value -> initcap((String) value));
            case LENGTH -> Arithmetic.strict(operands[0], length(kind));
            case OCTET_LENGTH -> Arithmetic.strict(operands[0], octetLength(kind));
            case BIT_LENGTH ->
                Arithmetic.strict(
                        operands[0],
                        value -> Byte.SIZE * (Integer) octetLength(kind).apply(value));
            case REVERSE -> Arithmetic.strict(operands[0], reversal(kind));
            case MD5 -> Arithmetic.strict(operands[0], md5(kind));
            case TRIM_BOTH -> trim(operands, true, true);
            case TRIM_LEFT -> trim(operands, true, false);
            case TRIM_RIGHT -> trim(operands, false, true);
            case STRPOS ->
                Arithmetic.strict(operands[0], operands[1], (text, part) -> position((String) text, (String) part));
            case STARTS_WITH ->
                Arithmetic.strict(
                        operands[0], operands[1], (text, start) -> ((String) text).startsWith((String) start));
            case LEFT ->
                Arithmetic.strict(operands[0], operands[1], (text, count) -> left((String) text, whole(count)));
            case RIGHT ->
                Arithmetic.strict(operands[0], operands[1], (text, count) -> right((String) text, whole(count)));
            case REPEAT ->
                Arithmetic.strict(operands[0], operands[1], (text, count) -> repeated((String) text, whole(count)));
            case SUBSTRING -> substring(kind, operands);
            case REPLACE ->
                strict(
                        operands,
                        (text, from, to) ->
                                ((String) from).isEmpty() ? text : ((String) text).replace((String) from, (String) to));
            case SPLIT_PART ->
                strict(
                        operands,
                        (text, delimiter, index) -> splitPart((String) text, (String) delimiter, (int) whole(index)));
            case LPAD -> pad(operands, true);
            case RPAD -> pad(operands, false);
            default -> throw new IllegalStateException(function + " is no function of text");
        };
    }

    private static Evaluator strict(Evaluator[] operands, Ternary operation) {
        Evaluator first = operands[0];
        Evaluator second = operands[1];
        Evaluator third = operands[2];
        return row -> {
            Object a = first.evaluate(row);
            Object b = second.evaluate(row);
            Object c = third.evaluate(row);
            return a == null || b == null || c == null ? null : operation.apply(a, b, c);
        };
    }

    /** A char(n) becomes text by losing the blanks at its end. */
    private static Evaluator[] withoutPadding(List<SqlType> types, Evaluator[] operands) {
        Evaluator[] unpadded = operands.clone();
        for (int i = 0; i < unpadded.length; i++) {
            if (types.get(i).kind() == SqlType.Kind.CHAR) {
                unpadded[i] = Arithmetic.strict(operands[i], value -> withoutPadding((String) value));
            }
        }
        return unpadded;
    }

    static String withoutPadding(String text) {
        int length = text.length();
        while (length > 0 && text.charAt(length - 1) == ' ') {
            length--;
        }
        return text.substring(0, length);
    }

    private static long whole(Object value) {
        return ((Number) value).longValue();
    }

    /** A mapping of code points that is known where it is written, so that it costs no boxing. */
    @FunctionalInterface
    interface CodePointMapping {
        int apply(int codePoint);
    }

    static String mapped(String text, CodePointMapping mapping) {
        int length = text.length();
        for (int i = 0; i < length; ) {
            int codePoint = text.codePointAt(i);
            if (mapping.apply(codePoint) != codePoint) {
                StringBuilder changed = new StringBuilder(length).append(text, 0, i);
                while (i < length) {
                    int next = text.codePointAt(i);
                    changed.appendCodePoint(mapping.apply(next));
                    i += Character.charCount(next);
                }
                return changed.toString();
            }
            i += Character.charCount(codePoint);
        }
        return text;
    }

    private static String initcap(String text) {
        StringBuilder capitalized = new StringBuilder(text.length());
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            capitalized.appendCodePoint(inWord ? Character.toLowerCase(codePoint) : Character.toUpperCase(codePoint));
            inWord = CharacterClass.isAlphanumeric(codePoint);
            i += Character.charCount(codePoint);
        }
        return capitalized.toString();
    }

    private static UnaryOperator<Object> length(SqlType.Kind kind) {
        return kind == SqlType.Kind.BYTEA ? value -> ((byte[]) value).length : value -> count((String) value);
    }

    private static UnaryOperator<Object> octetLength(SqlType.Kind kind) {
        return kind == SqlType.Kind.BYTEA ? value -> ((byte[]) value).length : value -> utf8Length((String) value);
    }

    private static int utf8Length(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // A pair's halves make two of its four bytes each.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }

    private static UnaryOperator<Object> reversal(SqlType.Kind kind) {
        if (kind != SqlType.Kind.BYTEA) {
            return value -> new StringBuilder((String) value).reverse().toString();
        }
        return value -> {
            byte[] bytes = (byte[]) value;
            byte[] reversed = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                reversed[i] = bytes[bytes.length - 1 - i];
            }
            return reversed;
        };
    }

    private static UnaryOperator<Object> md5(SqlType.Kind kind) {
        return kind == SqlType.Kind.BYTEA
                ? value -> md5((byte[]) value)
                : value -> md5(((String) value).getBytes(StandardCharsets.UTF_8));
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    private static int position(String text, String part) {
        int index = text.indexOf(part);
        return index < 0 ? 0 : text.codePointCount(0, index) + 1;
    }

    private static String left(String text, long count) {
        return part(text, 0, count >= 0 ? count : count(text) + count);
    }

    private static String right(String text, long count) {
        if (count == Integer.MIN_VALUE) {
            // Its negative is no integer, and PostgreSQL takes it for nothing to leave out.
            return text;
        }
        long length = count(text);
        return part(text, count >= 0 ? length - count : -count, length);
    }

    private static Evaluator substring(SqlType.Kind kind, Evaluator[] operands) {
        if (operands.length == 2) {
            return Arithmetic.strict(
                    operands[0],
                    operands[1],
                    kind == SqlType.Kind.BYTEA
                            ? (bytes, start) -> part((byte[]) bytes, whole(start) - 1, Integer.MAX_VALUE)
                            : (text, start) -> part((String) text, whole(start) - 1, Integer.MAX_VALUE));
        }
        return strict(
                operands,
                kind == SqlType.Kind.BYTEA
                        ? (bytes, start, length) ->
                                part((byte[]) bytes, whole(start) - 1, end(whole(start), whole(length)))
                        : (text, start, length) ->
                                part((String) text, whole(start) - 1, end(whole(start), whole(length))));
    }

    private static long end(long start, long length) {
        if (length < 0) {
            throw new EvaluationError("22011", "negative substring length not allowed");
        }
        return start - 1 + length;
    }

    /** The characters from one place to another, of which what lies outside the text counts for nothing. */
    private static String part(String text, long from, long to) {
        int start = index(text, 0, from);
        return text.substring(start, index(text, start, to - Math.max(from, 0)));
    }

    /** The index so many characters behind another, at most the text's end. */
    private static int index(String text, int from, long count) {
        int index = from;
        int length = text.length();
        for (long left = count; left > 0 && index < length; left--) {
            index += Character.charCount(text.codePointAt(index));
        }
        return index;
    }

    private static byte[] part(byte[] bytes, long from, long to) {
        int start = (int) Math.min(Math.max(from, 0), bytes.length);
        return Arrays.copyOfRange(bytes, start, (int) Math.max(start, Math.min(to, bytes.length)));
    }

    private static Evaluator trim(Evaluator[] operands, boolean left, boolean right) {
        if (operands.length == 1) {
            return Arithmetic.strict(operands[0], text -> trimmed((String) text, " ", left, right));
        }
        return Arithmetic.strict(
                operands[0],
                operands[1],
                (text, characters) -> trimmed((String) text, (String) characters, left, right));
    }

    private static String trimmed(String text, String characters, boolean left, boolean right) {
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

    private static String splitPart(String text, String delimiter, int index) {
        if (index == 0) {
            throw new EvaluationError("22023", "field position must not be zero");
        }
        if (delimiter.isEmpty()) {
            return Math.abs((long) index) == 1 ? text : "";
        }
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, from)) {
            parts.add(text.substring(from, at));
            from = at + delimiter.length();
        }
        parts.add(text.substring(from));
        long wanted = index > 0 ? index - 1L : parts.size() + (long) index;
        return wanted >= 0 && wanted < parts.size() ? parts.get((int) wanted) : "";
    }

    private static String repeated(String text, long count) {
        if (count <= 0 || text.isEmpty()) {
            return "";
        }
        checkLength(text.length() * count);
        return text.repeat((int) count);
    }

    private static Evaluator pad(Evaluator[] operands, boolean left) {
        if (operands.length == 2) {
            return Arithmetic.strict(
                    operands[0], operands[1], (text, length) -> padded((String) text, whole(length), " ", left));
        }
        return strict(operands, (text, length, fill) -> padded((String) text, whole(length), (String) fill, left));
    }

    private static String padded(String text, long length, String fill, boolean left) {
        long missing = Math.max(length, 0) - count(text);
        if (missing <= 0 || fill.isEmpty()) {
            return part(text, 0, length);
        }
        checkLength(length);
        String padding = part(fill.repeat((int) missing / count(fill) + 1), 0, missing);
        return left ? padding + text : text + padding;
    }

    private static void checkLength(long length) {
        if (length > MAX_MADE_LENGTH) {
            throw new EvaluationError("54000", "requested length too large");
        }
    }

    static int count(String text) {
        return text.codePointCount(0, text.length());
    }
}
