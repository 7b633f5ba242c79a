package io.millrace.row;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.catalog.UserError;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values as PostgreSQL's text: written as its output functions write it (ISO dates, UTC, interval style postgres, shortest
 * floating point), and read back from it. Reading takes what writing gives and ISO 8601; it is not all that PostgreSQL takes.
 */
public final class SqlText {
    static final long MICROS_PER_SECOND = 1_000_000;
    static final long MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
    static final long MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE;
    static final long MICROS_PER_DAY = 24 * MICROS_PER_HOUR;

    private static final int DOUBLE_DIGITS = 15;
    private static final int FLOAT_DIGITS = 6;
    private static final BigDecimal TWO = BigDecimal.valueOf(2);
    private static final int MONTHS_PER_YEAR = 12;

    private static final Pattern DATE = Pattern.compile("(\\d{4,7})-(\\d\\d)-(\\d\\d)");
    private static final Pattern TIME = Pattern.compile("(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d{1,9}))?)?");
    private static final Pattern OFFSET = Pattern.compile("(Z|z|[+-]\\d\\d(?::?\\d\\d)?(?::?\\d\\d)?)$");
    private static final Pattern INTERVAL_PART =
            Pattern.compile("([+-]?\\d+) (year|mon|month|week|day|hour|min|minute|sec|second)s?");
    private static final Pattern INTERVAL_TIME =
            Pattern.compile("([+-]?)(\\d+):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d{1,9}))?)?");
    private static final Pattern ISO_INTERVAL =
            Pattern.compile("P(?:(-?\\d+)Y)?(?:(-?\\d+)M)?(?:(-?\\d+)W)?(?:(-?\\d+)D)?"
                    + "(?:T(?:(-?\\d+)H)?(?:(-?\\d+)M)?(?:(-?\\d+(?:\\.\\d{1,9})?)S)?)?");

    private SqlText() {}

    /** The text of a value that is not NULL. */
    public static String write(SqlType type, Object value) {
        if (value instanceof String text) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        append(out, type, value);
        return out.toString();
    }

    /** Appends the text of a value that is not NULL. */
    public static void append(StringBuilder out, SqlType type, Object value) {
        switch (type.kind()) {
            case BOOLEAN -> out.append((Boolean) value ? 't' : 'f');
            case SMALLINT, INTEGER, BIGINT, TEXT, VARCHAR, CHAR, JSON, JSONB, ENUM, UUID -> out.append(value);
            case NUMERIC -> {
                if (value instanceof BigDecimal number) {
                    out.append(number.toPlainString());
                } else {
                    out.append(value);
                }
            }
            case REAL -> appendFloat(out, (Float) value);
            case DOUBLE -> appendDouble(out, (Double) value);
            case BYTEA -> out.append("\\x").append(HexFormat.of().formatHex((byte[]) value));
            case DATE -> appendDate(out, (Integer) value);
            case TIME -> appendTime(out, (Long) value);
            case TIMESTAMP -> appendTimestamp(out, (Long) value, ' ', "");
            case TIMESTAMPTZ -> appendTimestamp(out, (Long) value, ' ', "+00");
            case INTERVAL -> appendInterval(out, (Interval) value);
            case ARRAY -> appendArray(out, KeyCodec.baseOf(type), (List<?>) value);
        }
    }

    /**
     * The value that a text stands for, held to the type's declared length, precision and scale.
     *
     * @throws UserError when it stands for none, with PostgreSQL's message
     */
    public static Object parse(SqlType type, String text) {
        try {
            return parseUnchecked(type, text);
        } catch (DateTimeException | IllegalArgumentException | ArithmeticException e) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "invalid input syntax for type " + type + ": \"" + abbreviated(text) + "\"",
                    null);
        }
    }

    private static String abbreviated(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }

    private static Object parseUnchecked(SqlType type, String text) {
        return switch (type.kind()) {
            case BOOLEAN -> parseBoolean(text.strip());
            case SMALLINT -> (int) Short.parseShort(text.strip());
            case INTEGER -> Integer.parseInt(text.strip());
            case BIGINT -> Long.parseLong(text.strip());
            case NUMERIC -> parseNumeric(type, text.strip());
            case REAL -> parseFloat(text.strip());
            case DOUBLE -> parseDouble(text.strip());
            case TEXT, VARCHAR, CHAR -> fitText(type, text);
            case JSON -> JsonText.checked(text);
            case JSONB -> JsonText.canonical(text);
            case BYTEA -> parseBytes(text);
            case DATE -> parseDate(text.strip());
            case TIME -> parseTime(text.strip());
            case TIMESTAMP -> parseTimestamp(text.strip(), false);
            case TIMESTAMPTZ -> parseTimestamp(text.strip(), true);
            case INTERVAL -> parseInterval(text.strip());
            case UUID -> parseUuid(text.strip());
            case ENUM -> parseLabel(type, text);
            case ARRAY -> new ArrayParser(KeyCodec.baseOf(type), text).parse();
        };
    }

    // ---- writing

    private static void appendDouble(StringBuilder out, double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            out.append(value);
        } else if (value == 0) {
            out.append(1 / value < 0 ? "-0" : "0");
        } else {
            double magnitude = Math.abs(value);
            BigDecimal shortest = shortest(
                    new BigDecimal(magnitude),
                    new BigDecimal(magnitude - Math.nextDown(magnitude)),
                    new BigDecimal(Math.ulp(magnitude)),
                    magnitude < Double.MIN_NORMAL ? 1 : DOUBLE_DIGITS);
            appendShortest(out, value < 0 ? shortest.negate() : shortest, DOUBLE_DIGITS);
        }
    }

    private static void appendFloat(StringBuilder out, float value) {
        if (Float.isNaN(value) || Float.isInfinite(value)) {
            out.append(value);
        } else if (value == 0) {
            out.append(1 / value < 0 ? "-0" : "0");
        } else {
            float magnitude = Math.abs(value);
            BigDecimal shortest = shortest(
                    new BigDecimal(magnitude),
                    new BigDecimal(magnitude - Math.nextDown(magnitude)),
                    new BigDecimal(Math.ulp(magnitude)),
                    magnitude < Float.MIN_NORMAL ? 1 : FLOAT_DIGITS);
            appendShortest(out, value < 0 ? shortest.negate() : shortest, FLOAT_DIGITS);
        }
    }

    /**
     * The nearest of the shortest decimals that lie closer to a number than to its neighbours. A decimal just in the
     * middle, which reading would round to this number as well, does not count, as it does not in PostgreSQL.
     */
    private static BigDecimal shortest(BigDecimal exact, BigDecimal gapBelow, BigDecimal gapAbove, int leastDigits) {
        int digits = leastDigits;
        while (true) {
            BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            BigDecimal twice = rounded.subtract(exact).multiply(TWO);
            if (twice.compareTo(gapAbove) < 0 && twice.negate().compareTo(gapBelow) < 0) {
                return rounded;
            }
            digits++;
        }
    }

    /** As %g with the digits that are there: an exponent below -4 and from the type's count of sure digits on. */
    private static void appendShortest(StringBuilder out, BigDecimal value, int sureDigits) {
        BigDecimal shortest = value.stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < sureDigits) {
            out.append(shortest.toPlainString());
            return;
        }
        String digits = shortest.unscaledValue().abs().toString();
        if (shortest.signum() < 0) {
            out.append('-');
        }
        out.append(digits.charAt(0));
        if (digits.length() > 1) {
            out.append('.').append(digits, 1, digits.length());
        }
        out.append('e').append(exponent < 0 ? '-' : '+');
        appendPadded(out, Math.abs(exponent), 2);
    }

    static void appendDate(StringBuilder out, int days) {
        if (days == Integer.MAX_VALUE || days == Integer.MIN_VALUE) {
            out.append(days > 0 ? "infinity" : "-infinity");
            return;
        }
        LocalDate date = LocalDate.ofEpochDay(days);
        appendDay(out, date);
        if (date.getYear() <= 0) {
            out.append(" BC");
        }
    }

    private static void appendDay(StringBuilder out, LocalDate date) {
        appendPadded(out, date.getYear() > 0 ? date.getYear() : 1 - date.getYear(), 4);
        out.append('-');
        appendPadded(out, date.getMonthValue(), 2);
        out.append('-');
        appendPadded(out, date.getDayOfMonth(), 2);
    }

    private static void appendTime(StringBuilder out, long micros) {
        appendPadded(out, micros / MICROS_PER_HOUR, 2);
        out.append(':');
        appendPadded(out, micros / MICROS_PER_MINUTE % 60, 2);
        out.append(':');
        appendPadded(out, micros / MICROS_PER_SECOND % 60, 2);
        long fraction = micros % MICROS_PER_SECOND;
        if (fraction != 0) {
            out.append('.');
            appendPadded(out, fraction, 6);
            while (out.charAt(out.length() - 1) == '0') {
                out.setLength(out.length() - 1);
            }
        }
    }

    /** A timestamp with the given separator of date and time and the given offset behind. */
    static void appendTimestamp(StringBuilder out, long micros, char separator, String offset) {
        if (micros == Long.MAX_VALUE || micros == Long.MIN_VALUE) {
            out.append(micros > 0 ? "infinity" : "-infinity");
            return;
        }
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, MICROS_PER_DAY));
        appendDay(out, date);
        out.append(separator);
        appendTime(out, Math.floorMod(micros, MICROS_PER_DAY));
        out.append(offset);
        if (date.getYear() <= 0) {
            out.append(" BC");
        }
    }

    /** An interval as Debezium writes it: {@code P1Y2M3DT4H5M6.789012S}, each part with its own sign. */
    public static String isoInterval(Interval interval) {
        if (interval.months() == Integer.MAX_VALUE && interval.micros() == Long.MAX_VALUE) {
            return "infinity";
        }
        if (interval.months() == Integer.MIN_VALUE && interval.micros() == Long.MIN_VALUE) {
            return "-infinity";
        }
        long micros = interval.micros();
        long fraction = micros % MICROS_PER_SECOND;
        StringBuilder text = new StringBuilder(32)
                .append('P')
                .append(interval.months() / MONTHS_PER_YEAR)
                .append('Y')
                .append(interval.months() % MONTHS_PER_YEAR)
                .append('M')
                .append(interval.days())
                .append("DT")
                .append(micros / MICROS_PER_HOUR)
                .append('H')
                .append(micros % MICROS_PER_HOUR / MICROS_PER_MINUTE)
                .append('M');
        if (micros < 0 && micros % MICROS_PER_MINUTE > -MICROS_PER_SECOND && fraction != 0) {
            text.append('-');
        }
        text.append(micros % MICROS_PER_MINUTE / MICROS_PER_SECOND);
        if (fraction != 0) {
            String digits =
                    Long.toString(MICROS_PER_SECOND + Math.abs(fraction)).substring(1);
            text.append('.').append(digits.replaceAll("0+$", ""));
        }
        return text.append('S').toString();
    }

    /** {@code 2024-02-29T21:59:59.123456Z}, for years from 1 to 9999. */
    public static String isoInstant(long micros) {
        StringBuilder out = new StringBuilder(27);
        appendTimestamp(out, micros, 'T', "Z");
        return out.toString();
    }

    private static void appendInterval(StringBuilder out, Interval interval) {
        if (interval.equals(INFINITE) || interval.equals(NEGATIVE_INFINITE)) {
            out.append(interval.months() > 0 ? "infinity" : "-infinity");
            return;
        }
        int start = out.length();
        boolean negative = appendPart(out, start, false, interval.months() / MONTHS_PER_YEAR, "year");
        negative = appendPart(out, start, negative, interval.months() % MONTHS_PER_YEAR, "mon");
        negative = appendPart(out, start, negative, interval.days(), "day");
        long micros = interval.micros();
        if (micros != 0 || out.length() == start) {
            if (out.length() > start) {
                out.append(' ');
            }
            if (micros < 0) {
                out.append('-');
            } else if (negative) {
                out.append('+');
            }
            appendHours(out, micros);
        }
    }

    /** Hours and smaller without sign; the least long has no positive. */
    private static void appendHours(StringBuilder out, long micros) {
        appendPadded(out, Math.abs(micros / MICROS_PER_HOUR), 2);
        StringBuilder rest = new StringBuilder();
        appendTime(rest, Math.abs(micros % MICROS_PER_HOUR));
        out.append(rest, 2, rest.length());
    }

    /** Appends a part other than 0; returns whether the last part so far is negative, since then a positive one needs its sign. */
    private static boolean appendPart(StringBuilder out, int start, boolean negative, int value, String unit) {
        if (value == 0) {
            return negative;
        }
        if (out.length() > start) {
            out.append(' ');
        }
        if (negative && value > 0) {
            out.append('+');
        }
        out.append(value).append(' ').append(unit);
        if (value != 1) {
            out.append('s');
        }
        return value < 0;
    }

    private static void appendArray(StringBuilder out, SqlType base, List<?> array) {
        out.append('{');
        for (int i = 0; i < array.size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            Object element = array.get(i);
            if (element == null) {
                out.append("NULL");
            } else if (element instanceof List<?> nested) {
                appendArray(out, base, nested);
            } else {
                appendElement(out, write(base, element));
            }
        }
        out.append('}');
    }

    private static void appendElement(StringBuilder out, String text) {
        boolean quoted = text.isEmpty() || text.equalsIgnoreCase("NULL");
        for (int i = 0; i < text.length() && !quoted; i++) {
            char c = text.charAt(i);
            quoted = c == '"' || c == '\\' || c == '{' || c == '}' || c == ',' || isSpace(c);
        }
        if (!quoted) {
            out.append(text);
            return;
        }
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\');
            }
            out.append(c);
        }
        out.append('"');
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    private static void appendPadded(StringBuilder out, long value, int digits) {
        long limit = 10;
        for (int i = 1; i < digits; i++) {
            if (value < limit) {
                out.append('0');
            }
            limit *= 10;
        }
        out.append(value);
    }

    // ---- reading

    private static final Interval INFINITE = new Interval(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE);
    private static final Interval NEGATIVE_INFINITE =
            new Interval(Integer.MIN_VALUE, Integer.MIN_VALUE, Long.MIN_VALUE);

    private static Boolean parseBoolean(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "t", "true", "yes", "y", "on", "1" -> true;
            case "f", "false", "no", "n", "off", "0" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static Object parseNumeric(SqlType type, String text) {
        Double special = special(text);
        if (special != null) {
            if (type.precision() >= 0 && !special.isNaN()) {
                throw overflow(type);
            }
            return special;
        }
        return fitNumeric(type, new BigDecimal(text));
    }

    /**
     * A number rounded to its type's scale, half away from zero, and without a negative scale, which PostgreSQL has not.
     *
     * @throws UserError when it has more digits before the point than the type
     */
    public static BigDecimal fitNumeric(SqlType type, BigDecimal number) {
        if (type.precision() < 0) {
            return number.scale() < 0 ? number.setScale(0) : number;
        }
        BigDecimal rounded = number.setScale(type.scale(), RoundingMode.HALF_UP);
        if (rounded.precision() > type.precision() && rounded.signum() != 0) {
            throw overflow(type);
        }
        return rounded.scale() < 0 ? rounded.setScale(0) : rounded;
    }

    private static UserError overflow(SqlType type) {
        return UserError.of(UserError.Category.USAGE, "numeric field overflow: the type is " + type, null);
    }

    private static Double special(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "nan" -> Double.NaN;
            case "infinity", "+infinity", "inf", "+inf" -> Double.POSITIVE_INFINITY;
            case "-infinity", "-inf" -> Double.NEGATIVE_INFINITY;
            default -> null;
        };
    }

    private static Double parseDouble(String text) {
        Double special = special(text);
        if (special != null) {
            return special;
        }
        // Through BigDecimal, since Double.parseDouble also takes "1d" and hexadecimal.
        double value = Double.parseDouble(new BigDecimal(text).toString());
        if (Double.isInfinite(value)) {
            throw new IllegalArgumentException(text);
        }
        return value == 0 && text.startsWith("-") ? -0d : value;
    }

    private static Float parseFloat(String text) {
        Double special = special(text);
        if (special != null) {
            return special.floatValue();
        }
        float value = Float.parseFloat(new BigDecimal(text).toString());
        if (Float.isInfinite(value)) {
            throw new IllegalArgumentException(text);
        }
        return value == 0 && text.startsWith("-") ? -0f : value;
    }

    /**
     * A text held to its type: one that is too long loses blanks at its end only, char(n) is padded.
     *
     * @throws UserError when it does not fit
     */
    public static String fitText(SqlType type, String text) {
        int length = type.precision();
        if (type.kind() == Kind.TEXT || length < 0) {
            return text;
        }
        int count = text.codePointCount(0, text.length());
        if (count > length) {
            int end = text.offsetByCodePoints(0, length);
            if (!text.substring(end).isBlank()) {
                throw UserError.of(UserError.Category.USAGE, "value too long for type " + type, null);
            }
            return text.substring(0, end);
        }
        return type.kind() == Kind.CHAR ? text + " ".repeat(length - count) : text;
    }

    private static byte[] parseBytes(String text) {
        if (!text.startsWith("\\x")) {
            throw new IllegalArgumentException(text);
        }
        return HexFormat.of().parseHex(text.substring(2));
    }

    private static Integer parseDate(String text) {
        if (text.equalsIgnoreCase("infinity")) {
            return Integer.MAX_VALUE;
        }
        if (text.equalsIgnoreCase("-infinity")) {
            return Integer.MIN_VALUE;
        }
        boolean beforeChrist = text.endsWith(" BC");
        return Math.toIntExact(parseDay(beforeChrist ? text.substring(0, text.length() - 3) : text, beforeChrist));
    }

    private static long parseDay(String text, boolean beforeChrist) {
        Matcher matcher = matched(DATE, text);
        int year = Integer.parseInt(matcher.group(1));
        if (year == 0) {
            throw new IllegalArgumentException(text);
        }
        return LocalDate.of(
                        beforeChrist ? 1 - year : year,
                        Integer.parseInt(matcher.group(2)),
                        Integer.parseInt(matcher.group(3)))
                .toEpochDay();
    }

    private static Matcher matched(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(text);
        }
        return matcher;
    }

    private static Long parseTime(String text) {
        Matcher matcher = matched(TIME, text);
        long hours = Long.parseLong(matcher.group(1));
        long minutes = Long.parseLong(matcher.group(2));
        long seconds = matcher.group(3) == null ? 0 : Long.parseLong(matcher.group(3));
        long micros = hours * MICROS_PER_HOUR
                + minutes * MICROS_PER_MINUTE
                + seconds * MICROS_PER_SECOND
                + micros(matcher.group(4));
        if (minutes > 59 || seconds > 59 || micros > MICROS_PER_DAY) {
            throw new IllegalArgumentException(text);
        }
        return micros;
    }

    /** A fraction of a second in microseconds, rounded. */
    private static long micros(String fraction) {
        if (fraction == null) {
            return 0;
        }
        return new BigDecimal("0." + fraction)
                .movePointRight(6)
                .setScale(0, RoundingMode.HALF_EVEN)
                .longValueExact();
    }

    private static Long parseTimestamp(String text, boolean zoned) {
        if (text.equalsIgnoreCase("infinity")) {
            return Long.MAX_VALUE;
        }
        if (text.equalsIgnoreCase("-infinity")) {
            return Long.MIN_VALUE;
        }
        boolean beforeChrist = text.endsWith(" BC");
        String rest = beforeChrist ? text.substring(0, text.length() - 3) : text;
        int separator = Math.max(rest.indexOf(' '), Math.max(rest.indexOf('T'), rest.indexOf('t')));
        if (separator < 0) {
            return Math.multiplyExact(parseDay(rest, beforeChrist), MICROS_PER_DAY);
        }
        long day = parseDay(rest.substring(0, separator), beforeChrist);
        String time = rest.substring(separator + 1).strip();
        long offsetSeconds = 0;
        Matcher offset = OFFSET.matcher(time);
        if (offset.find()) {
            // A timestamp without time zone ignores one, as PostgreSQL does.
            offsetSeconds = zoned ? offsetSeconds(offset.group(1)) : 0;
            time = time.substring(0, offset.start()).strip();
        }
        return Math.addExact(Math.multiplyExact(day, MICROS_PER_DAY), parseTime(time))
                - offsetSeconds * MICROS_PER_SECOND;
    }

    private static long offsetSeconds(String offset) {
        if (offset.equalsIgnoreCase("Z")) {
            return 0;
        }
        String digits = offset.substring(1).replace(":", "");
        long seconds = Long.parseLong(digits.substring(0, 2)) * 3600;
        if (digits.length() >= 4) {
            seconds += Long.parseLong(digits.substring(2, 4)) * 60;
        }
        if (digits.length() >= 6) {
            seconds += Long.parseLong(digits.substring(4, 6));
        }
        return offset.charAt(0) == '-' ? -seconds : seconds;
    }

    private static Interval parseInterval(String text) {
        if (text.equalsIgnoreCase("infinity")) {
            return INFINITE;
        }
        if (text.equalsIgnoreCase("-infinity")) {
            return NEGATIVE_INFINITE;
        }
        if (text.startsWith("P")) {
            return parseIsoInterval(text);
        }
        if (text.isEmpty()) {
            throw new IllegalArgumentException(text);
        }
        long months = 0;
        long days = 0;
        long micros = 0;
        int at = 0;
        Matcher part = INTERVAL_PART.matcher(text);
        Matcher time = INTERVAL_TIME.matcher(text);
        while (at < text.length()) {
            if (text.charAt(at) == ' ') {
                at++;
            } else if (part.region(at, text.length()).lookingAt()) {
                long count = Long.parseLong(part.group(1));
                switch (part.group(2)) {
                    case "year" -> months += count * MONTHS_PER_YEAR;
                    case "mon", "month" -> months += count;
                    case "week" -> days += count * 7;
                    case "day" -> days += count;
                    case "hour" -> micros += count * MICROS_PER_HOUR;
                    case "min", "minute" -> micros += count * MICROS_PER_MINUTE;
                    default -> micros += count * MICROS_PER_SECOND;
                }
                at = part.end();
            } else if (time.region(at, text.length()).lookingAt()) {
                boolean negative = time.group(1).equals("-");
                long seconds = time.group(4) == null ? 0 : Long.parseLong(time.group(4));
                long sum = Math.multiplyExact(Long.parseLong(time.group(2)), MICROS_PER_HOUR)
                        + Long.parseLong(time.group(3)) * MICROS_PER_MINUTE
                        + seconds * MICROS_PER_SECOND
                        + micros(time.group(5));
                micros = Math.addExact(micros, negative ? -sum : sum);
                at = time.end();
            } else {
                throw new IllegalArgumentException(text);
            }
        }
        return new Interval(Math.toIntExact(months), Math.toIntExact(days), micros);
    }

    private static Interval parseIsoInterval(String text) {
        Matcher matcher = matched(ISO_INTERVAL, text);
        long months = number(matcher.group(1)) * MONTHS_PER_YEAR + number(matcher.group(2));
        long days = number(matcher.group(3)) * 7 + number(matcher.group(4));
        BigDecimal seconds = matcher.group(7) == null ? BigDecimal.ZERO : new BigDecimal(matcher.group(7));
        long micros = Math.addExact(
                Math.addExact(
                        Math.multiplyExact(number(matcher.group(5)), MICROS_PER_HOUR),
                        Math.multiplyExact(number(matcher.group(6)), MICROS_PER_MINUTE)),
                seconds.movePointRight(6).setScale(0, RoundingMode.HALF_EVEN).longValueExact());
        return new Interval(Math.toIntExact(months), Math.toIntExact(days), micros);
    }

    private static long number(String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private static UUID parseUuid(String text) {
        // UUID.fromString also takes shortened groups.
        if (text.length() != 36) {
            throw new IllegalArgumentException(text);
        }
        return UUID.fromString(text);
    }

    private static String parseLabel(SqlType type, String text) {
        if (!type.labels().contains(text)) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "invalid input value for enum " + type + ": \"" + abbreviated(text) + "\"",
                    null);
        }
        return text;
    }

    /** Reads {@code {1,NULL,"a b",{2}}}. */
    private static final class ArrayParser {
        private final SqlType base;
        private final String text;
        private int at;

        ArrayParser(SqlType base, String text) {
            this.base = base;
            this.text = text.strip();
        }

        List<Object> parse() {
            if (text.startsWith("[")) {
                // Bounds other than from 1: kept by PostgreSQL, of no meaning to a view.
                at = text.indexOf('=') + 1;
            }
            List<Object> array = parseArray();
            if (at != text.length()) {
                throw new IllegalArgumentException(text);
            }
            return array;
        }

        private char next() {
            if (at == text.length()) {
                throw new IllegalArgumentException(text);
            }
            return text.charAt(at++);
        }

        private List<Object> parseArray() {
            if (next() != '{') {
                throw new IllegalArgumentException(text);
            }
            List<Object> array = new ArrayList<>();
            if (at < text.length() && text.charAt(at) == '}') {
                at++;
                return List.of();
            }
            while (true) {
                array.add(parseElement());
                char separator = next();
                if (separator == '}') {
                    return Collections.unmodifiableList(array);
                }
                if (separator != ',') {
                    throw new IllegalArgumentException(text);
                }
            }
        }

        private Object parseElement() {
            if (at < text.length() && text.charAt(at) == '{') {
                return parseArray();
            }
            StringBuilder element = new StringBuilder();
            if (at < text.length() && text.charAt(at) == '"') {
                at++;
                for (char c = next(); c != '"'; c = next()) {
                    element.append(c == '\\' ? next() : c);
                }
                return SqlText.parse(base, element.toString());
            }
            while (at < text.length() && text.charAt(at) != ',' && text.charAt(at) != '}') {
                char c = next();
                element.append(c == '\\' ? next() : c);
            }
            String bare = element.toString().strip();
            return bare.equalsIgnoreCase("NULL") ? null : SqlText.parse(base, bare);
        }
    }
}
