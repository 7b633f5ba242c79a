package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.IntervalText;
import io.millrace.catalog.InvalidInterval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.catalog.WhiteSpace;
import io.millrace.row.SqlText;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values from text, in the syntax and with the errors of PostgreSQL's input functions. */
final class TextInput {
    private static final Pattern WHOLE = Pattern.compile(
            "([+-]?)(?:0[xX]((?:_?[0-9a-fA-F])+)|0[oO]((?:_?[0-7])+)|0[bB]((?:_?[01])+)|(\\d(?:_?\\d)*))");
    private static final Pattern DECIMAL =
            Pattern.compile("([+-]?)((?:\\d(?:_?\\d)*)?)(?:\\.((?:\\d(?:_?\\d)*)?))?(?:[eE]([+-]?\\d(?:_?\\d)*))?");
    private static final Pattern FLOATING = Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");
    private static final Pattern HEXADECIMAL_FLOATING =
            Pattern.compile("[+-]?0[xX](?:[0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)(?:[pP][+-]?\\d+)?");
    private static final Pattern UUID_TEXT = Pattern.compile("(?:[0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}");
    /** Beyond this no exponent makes a number that the format holds. */
    private static final int MAX_EXPONENT = 200_000;

    private static final int OCTAL_DIGITS = 3;

    private TextInput() {}

    /** Text to a value of that type, none of which is text. */
    static UnaryOperator<Object> of(SqlType type) {
        return switch (type.kind()) {
            case BOOLEAN -> text -> bool((String) text);
            case SMALLINT -> text -> (int) whole((String) text, Short.MIN_VALUE, Short.MAX_VALUE, type);
            case INTEGER -> text -> (int) whole((String) text, Integer.MIN_VALUE, Integer.MAX_VALUE, type);
            case BIGINT -> text -> whole((String) text, Long.MIN_VALUE, Long.MAX_VALUE, type);
            case NUMERIC -> text -> Casts.fitted(type, numeric((String) text));
            case REAL -> text -> real((String) text);
            case DOUBLE -> text -> floating((String) text);
            case BYTEA -> text -> bytes((String) text);
            case UUID -> text -> uuid((String) text);
            case ENUM -> text -> label(type, (String) text);
            case JSON, JSONB -> text -> json(type, (String) text);
            case DATE -> text -> TimeInput.date((String) text);
            case TIME -> text -> Casts.roundedTime(TimeInput.time((String) text), type.precision());
            case TIMESTAMP, TIMESTAMPTZ ->
                text -> Casts.roundedTimestamp(TimeInput.timestamp(type.kind(), (String) text), type.precision());
            case INTERVAL -> text -> Casts.rounded(interval((String) text), type.precision());
            case ARRAY -> {
                UnaryOperator<Object> element = Casts.conversion(SqlType.TEXT, ArrayInput.baseOf(type));
                yield text -> ArrayInput.parse((String) text, element);
            }
            case TEXT, VARCHAR, CHAR -> throw new IllegalArgumentException(type + " is text already");
        };
    }

    static EvaluationError invalid(String type, String text) {
        return new EvaluationError("22P02", "invalid input syntax for type " + type + ": \"" + text + "\"");
    }

    private static Interval interval(String text) {
        try {
            return IntervalText.parse(text);
        } catch (InvalidInterval e) {
            throw new EvaluationError(e.sqlState(), e.getMessage());
        }
    }

    private static Boolean bool(String given) {
        String text = WhiteSpace.trimmed(given).toLowerCase(Locale.ROOT);
        if (!text.isEmpty()) {
            if ("true".startsWith(text) || "yes".startsWith(text) || text.equals("on") || text.equals("1")) {
                return true;
            }
            boolean off = "off".startsWith(text) && text.length() > 1;
            if ("false".startsWith(text) || "no".startsWith(text) || off || text.equals("0")) {
                return false;
            }
        }
        throw invalid("boolean", given);
    }

    private static long whole(String given, long least, long greatest, SqlType type) {
        String name = type.kind().sqlName();
        Matcher matcher = WHOLE.matcher(WhiteSpace.trimmed(given));
        if (!matcher.matches()) {
            throw invalid(name, given);
        }
        BigInteger number = magnitude(matcher);
        if (matcher.group(1).equals("-")) {
            number = number.negate();
        }
        if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(greatest)) > 0) {
            throw new EvaluationError("22003", "value \"" + given + "\" is out of range for type " + name);
        }
        return number.longValue();
    }

    private static BigInteger magnitude(Matcher matcher) {
        int[] radixes = {16, 8, 2, 10};
        for (int i = 0; i < radixes.length; i++) {
            String digits = matcher.group(i + 2);
            if (digits != null) {
                return new BigInteger(digits.replace("_", ""), radixes[i]);
            }
        }
        throw new IllegalStateException("one of the groups matches");
    }

    /** NaN and the infinities; null for any other text. */
    private static Double special(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "nan" -> Double.NaN;
            case "infinity", "+infinity", "inf", "+inf" -> Double.POSITIVE_INFINITY;
            case "-infinity", "-inf" -> Double.NEGATIVE_INFINITY;
            default -> null;
        };
    }

    private static Object numeric(String given) {
        String text = WhiteSpace.trimmed(given);
        Double special = special(text);
        if (special != null) {
            return special;
        }
        Matcher whole = WHOLE.matcher(text);
        if (whole.matches()) {
            BigInteger magnitude = magnitude(whole);
            return Decimals.checked(new BigDecimal(whole.group(1).equals("-") ? magnitude.negate() : magnitude));
        }
        Matcher matcher = DECIMAL.matcher(text);
        boolean digits = matcher.matches() && (!matcher.group(2).isEmpty() || isPresent(matcher.group(3)));
        if (!digits) {
            throw invalid("numeric", given);
        }
        String fraction = matcher.group(3) == null ? "" : matcher.group(3).replace("_", "");
        BigInteger unscaled = new BigInteger(matcher.group(1) + matcher.group(2).replace("_", "") + fraction);
        long exponent = exponent(matcher.group(4));
        if (exponent < -MAX_EXPONENT || exponent > MAX_EXPONENT) {
            throw Decimals.overflow();
        }
        BigDecimal number = new BigDecimal(unscaled, (int) (fraction.length() - exponent));
        if (number.scale() > Decimals.MAX_STORED_SCALE) {
            throw Decimals.overflow();
        }
        return Decimals.checked(number.scale() < 0 ? number.setScale(0) : number);
    }

    private static boolean isPresent(String group) {
        return group != null && !group.isEmpty();
    }

    private static long exponent(String digits) {
        if (digits == null) {
            return 0;
        }
        BigInteger exponent = new BigInteger(digits.replace("_", ""));
        return exponent.bitLength() > 31 ? exponent.signum() * (long) Integer.MAX_VALUE : exponent.longValue();
    }

    private static Object floating(String given) {
        String text = WhiteSpace.trimmed(given);
        Double special = special(text);
        if (special != null) {
            return special;
        }
        double value = Double.parseDouble(forJava(text, given, "double precision"));
        if (Double.isInfinite(value) || (value == 0 && !isZero(text))) {
            throw outOfRange(text, "double precision");
        }
        return value;
    }

    private static Object real(String given) {
        String text = WhiteSpace.trimmed(given);
        Double special = special(text);
        if (special != null) {
            return special.floatValue();
        }
        float value = Float.parseFloat(forJava(text, given, "real"));
        if (Float.isInfinite(value) || (value == 0 && !isZero(text))) {
            throw outOfRange(text, "real");
        }
        return value;
    }

    private static String forJava(String text, String given, String type) {
        if (FLOATING.matcher(text).matches()) {
            return text;
        }
        if (HEXADECIMAL_FLOATING.matcher(text).matches()) {
            return text.toLowerCase(Locale.ROOT).indexOf('p') < 0 ? text + "p0" : text;
        }
        throw invalid(type, given);
    }

    private static boolean isZero(String text) {
        boolean hexadecimal = text.indexOf('x') >= 0 || text.indexOf('X') >= 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean exponent = hexadecimal ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
            if (exponent) {
                return true;
            }
            if (c != '0' && Character.digit(c, hexadecimal ? 16 : 10) >= 0) {
                return false;
            }
        }
        return true;
    }

    private static EvaluationError outOfRange(String text, String type) {
        return new EvaluationError("22003", "\"" + text + "\" is out of range for type " + type);
    }

    private static byte[] bytes(String text) {
        return text.startsWith("\\x") ? hexadecimal(text, 2) : escaped(text);
    }

    /** The bytes of pairs of hexadecimal digits from there on. */
    static byte[] hexadecimal(String text, int from) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() / 2);
        int high = -1;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean between = high < 0 && (c == ' ' || c == '\n' || c == '\t' || c == '\r');
            if (between) {
                continue;
            }
            int digit = digit(text, i);
            if (high < 0) {
                high = digit;
            } else {
                out.write(high << 4 | digit);
                high = -1;
            }
        }
        if (high >= 0) {
            throw new EvaluationError("22023", "invalid hexadecimal data: odd number of digits");
        }
        return out.toByteArray();
    }

    private static int digit(String text, int index) {
        int codePoint = text.codePointAt(index);
        int digit = codePoint < 0x80 ? Character.digit(codePoint, 16) : -1;
        if (digit < 0) {
            throw new EvaluationError("22023", "invalid hexadecimal digit: \"" + Character.toString(codePoint) + "\"");
        }
        return digit;
    }

    /** The old format: a byte a character, a backslash doubled, and others as a backslash and three octal digits. */
    static byte[] escaped(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int at = 0;
        while (at < bytes.length) {
            if (bytes[at] != '\\') {
                out.write(bytes[at]);
                at++;
            } else if (at + 1 < bytes.length && bytes[at + 1] == '\\') {
                out.write('\\');
                at += 2;
            } else {
                out.write(octal(bytes, at + 1));
                at += 1 + OCTAL_DIGITS;
            }
        }
        return out.toByteArray();
    }

    private static int octal(byte[] bytes, int from) {
        int value = 0;
        for (int i = from; i < from + OCTAL_DIGITS; i++) {
            if (i >= bytes.length || bytes[i] < '0' || bytes[i] > '7') {
                throw new EvaluationError("22P02", "invalid input syntax for type bytea");
            }
            value = value * 8 + bytes[i] - '0';
        }
        if (value > 0xFF) {
            throw new EvaluationError("22P02", "invalid input syntax for type bytea");
        }
        return value;
    }

    private static UUID uuid(String given) {
        boolean braces = given.startsWith("{") && given.endsWith("}");
        String text = braces ? given.substring(1, given.length() - 1) : given;
        if (!UUID_TEXT.matcher(text).matches()) {
            throw invalid("uuid", given);
        }
        String digits = text.replace("-", "");
        return new UUID(Long.parseUnsignedLong(digits, 0, 16, 16), Long.parseUnsignedLong(digits, 16, 32, 16));
    }

    private static String label(SqlType type, String text) {
        if (!type.labels().contains(text)) {
            throw new EvaluationError("22P02", "invalid input value for enum " + type.name() + ": \"" + text + "\"");
        }
        return text;
    }

    private static Object json(SqlType type, String text) {
        try {
            return SqlText.parse(type, text);
        } catch (UserError e) {
            throw new EvaluationError("22P02", "invalid input syntax for type json");
        }
    }
}
