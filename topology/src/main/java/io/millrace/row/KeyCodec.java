package io.millrace.row;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * Keys as bytes whose unsigned order is PostgreSQL's {@code ORDER BY} (ascending, NULLS LAST, text by its UTF-8 bytes),
 * and whose equality is PostgreSQL's equality: {@code 1.0} and {@code 1.00} are one key, so are {@code -0.0} and
 * {@code 0.0}, {@code char(n)} with and without padding, and {@code 1 month} and {@code 30 days}; NULL is one key too.
 *
 * <p>Each component's encoding is self-delimiting: it is never a prefix of another value's. So the keys that begin with
 * given leading components are exactly those whose bytes begin with {@link #encodePrefix} of them.
 *
 * <p>The forms, where {@code FF} alone is NULL unless said otherwise:
 *
 * <ul>
 *   <li>whole numbers, dates and times: one byte for -8 to 230, else one byte for sign and length, then the bytes; all
 *       integer types have one form, so that keys of different widths meet;
 *   <li>numeric: class (-infinity, negative, zero, positive, infinity, NaN), decimal exponent, two decimal digits a byte
 *       from the first significant to the last, 0; negated bits for negative numbers;
 *   <li>real, double: IEEE bits made comparable; NULL is {@code FF FF}, above NaN;
 *   <li>text and its like: UTF-8 and a 0 byte, {@code 00} and {@code 01} within escaped by {@code 01}; bytea also escapes
 *       {@code FE} and {@code FF} by {@code FE};
 *   <li>enum: the label's number; a label that is not declared comes after all that are, by its text;
 *   <li>array: {@code 01} and an element each, 0, then the dimensions, which is what PostgreSQL compares in that order;
 *   <li>json, jsonb: as their text, in jsonb each number in one form of its value. PostgreSQL orders jsonb otherwise.
 * </ul>
 *
 * <p>Immutable and thread-safe; the hot path appends to a {@link ByteWriter} of its own.
 */
public final class KeyCodec {
    static final int NULL = 0xFF;

    private static final int SMALLEST_IN_ONE_BYTE = -8;
    private static final int LARGEST_IN_ONE_BYTE = 230;
    /** The leading byte of zero, in the middle of the one-byte numbers. */
    private static final int ZERO = 16;

    private static final int NEGATIVE_INFINITY = 0;
    private static final int NEGATIVE_NUMBER = 1;
    private static final int ZERO_NUMBER = 2;
    private static final int POSITIVE_NUMBER = 3;
    private static final int POSITIVE_INFINITY = 4;
    private static final int NOT_A_NUMBER = 5;

    private static final int TERMINATOR = 0;
    private static final int LOW_ESCAPE = 1;
    private static final int HIGH_ESCAPE = 0xFE;
    private static final int ELEMENT = 1;
    private static final int PRESENT = 1;

    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final int DAYS_PER_MONTH = 30;
    private static final int LONG_DIGITS = 18;
    private static final BigInteger HUNDRED = BigInteger.valueOf(100);

    private final SqlType[] types;

    private KeyCodec(SqlType[] types) {
        this.types = types;
    }

    /** The codec of keys with components of those types. */
    public static KeyCodec of(List<SqlType> types) {
        return new KeyCodec(types.toArray(SqlType[]::new));
    }

    /** How many components a key has. */
    public int size() {
        return types.length;
    }

    /** The key that a row's values at the given positions make. */
    public byte[] encode(Row row, int[] columns) {
        ByteWriter out = new ByteWriter(columns.length * 12);
        append(out, row, columns);
        return out.toByteArray();
    }

    /** The key of those values, one a component. */
    public byte[] encode(Object... values) {
        if (values.length != types.length) {
            throw new IllegalArgumentException(values.length + " values for a key of " + types.length);
        }
        return encodePrefix(values);
    }

    /** What every key begins with whose leading components are equal to those values. */
    public byte[] encodePrefix(Object... values) {
        ByteWriter out = new ByteWriter(values.length * 12);
        for (int i = 0; i < values.length; i++) {
            append(out, i, values[i]);
        }
        return out.toByteArray();
    }

    /** Appends the key, or its leading components, that a row's values at the given positions make. */
    public void append(ByteWriter out, Row row, int[] columns) {
        for (int i = 0; i < columns.length; i++) {
            write(out, types[i], row.get(columns[i]));
        }
    }

    /** Appends one component. */
    public void append(ByteWriter out, int component, Object value) {
        write(out, types[component], value);
    }

    /**
     * The values of a key. What equal values do not share is gone: a numeric comes without trailing zeros, an interval as
     * days and microseconds.
     */
    public Object[] decode(byte[] key) {
        return decode(new ByteReader(key));
    }

    /** The values of the key at the reader's position, which is left behind it. */
    public Object[] decode(ByteReader in) {
        Object[] values = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            values[i] = read(in, types[i]);
        }
        return values;
    }

    private static void write(ByteWriter out, SqlType type, Object value) {
        Kind kind = type.kind();
        if (value == null) {
            out.putByte(NULL);
            if (kind == Kind.REAL || kind == Kind.DOUBLE) {
                out.putByte(NULL);
            }
            return;
        }
        switch (kind) {
            case BOOLEAN -> out.putByte((Boolean) value ? 1 : 0);
            case SMALLINT, INTEGER, DATE -> writeWhole(out, (Integer) value);
            case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ -> writeWhole(out, (Long) value);
            case NUMERIC -> writeNumeric(out, value);
            case REAL -> writeFloat(out, (Float) value);
            case DOUBLE -> writeDouble(out, (Double) value);
            case TEXT, VARCHAR, JSON -> writeText(out, (String) value, ((String) value).length());
            case JSONB -> {
                String text = JsonText.comparable((String) value);
                writeText(out, text, text.length());
            }
            case CHAR -> writeText(out, (String) value, lengthWithoutPadding((String) value));
            case BYTEA -> writeBytes(out, (byte[]) value);
            case INTERVAL -> writeInterval(out, (Interval) value);
            case UUID -> {
                UUID uuid = (UUID) value;
                out.putByte(PRESENT);
                out.putLong(uuid.getMostSignificantBits());
                out.putLong(uuid.getLeastSignificantBits());
            }
            case ENUM -> {
                int ordinal = type.labels().indexOf(value);
                writeWhole(out, ordinal < 0 ? type.labels().size() : ordinal);
                if (ordinal < 0) {
                    writeText(out, (String) value, ((String) value).length());
                }
            }
            case ARRAY -> writeArray(out, type, (List<?>) value);
        }
    }

    private static Object read(ByteReader in, SqlType type) {
        Kind kind = type.kind();
        if (in.peek() == NULL && kind != Kind.REAL && kind != Kind.DOUBLE) {
            in.skip(1);
            return null;
        }
        return switch (kind) {
            case BOOLEAN -> in.readByte() != 0;
            case SMALLINT, INTEGER, DATE -> (int) readWhole(in);
            case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ -> readWhole(in);
            case NUMERIC -> readNumeric(in);
            case REAL -> readFloat(in);
            case DOUBLE -> readDouble(in);
            case TEXT, VARCHAR, JSON, JSONB -> readText(in);
            case CHAR -> padded(readText(in), type.precision());
            case BYTEA -> readBytes(in);
            case INTERVAL -> readInterval(in);
            case UUID -> {
                in.skip(1);
                yield new UUID(in.readLong(), in.readLong());
            }
            case ENUM -> {
                int ordinal = (int) readWhole(in);
                yield ordinal < type.labels().size() ? type.labels().get(ordinal) : readText(in);
            }
            case ARRAY -> readArray(in, type);
        };
    }

    /** Sign and length in the leading byte: 00-07 negative of eight to one bytes, 08-F6 the value, F7-FE positive. */
    private static void writeWhole(ByteWriter out, long value) {
        if (value >= SMALLEST_IN_ONE_BYTE && value <= LARGEST_IN_ONE_BYTE) {
            out.putByte(ZERO + (int) value);
            return;
        }
        int count = (71 - Long.numberOfLeadingZeros(value < 0 ? ~value : value)) / 8;
        out.putByte(value < 0 ? ZERO + SMALLEST_IN_ONE_BYTE - count : ZERO + LARGEST_IN_ONE_BYTE + count);
        out.putLowBytes(value, count);
    }

    private static long readWhole(ByteReader in) {
        int lead = in.readByte();
        if (lead < ZERO + SMALLEST_IN_ONE_BYTE) {
            int count = ZERO + SMALLEST_IN_ONE_BYTE - lead;
            long low = in.readLowBytes(count);
            return count == 8 ? low : low | -1L << (count * 8);
        }
        if (lead <= ZERO + LARGEST_IN_ONE_BYTE) {
            return (long) lead - ZERO;
        }
        return in.readLowBytes(lead - ZERO - LARGEST_IN_ONE_BYTE);
    }

    private static void writeNumeric(ByteWriter out, Object value) {
        if (value instanceof Double special) {
            out.putByte(special.isNaN() ? NOT_A_NUMBER : special > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY);
            return;
        }
        BigDecimal number = (BigDecimal) value;
        int sign = number.signum();
        if (sign == 0) {
            out.putByte(ZERO_NUMBER);
            return;
        }
        out.putByte(sign < 0 ? NEGATIVE_NUMBER : POSITIVE_NUMBER);
        int start = out.length();
        int precision = number.precision();
        writeWhole(out, (long) precision - number.scale());
        if (precision <= LONG_DIGITS) {
            writeDigits(out, Math.abs(number.unscaledValue().longValue()), precision);
        } else {
            writeDigits(out, number.unscaledValue().abs(), precision);
        }
        out.putByte(TERMINATOR);
        if (sign < 0) {
            byte[] bytes = out.array();
            for (int i = start; i < out.length(); i++) {
                bytes[i] = (byte) ~bytes[i];
            }
        }
    }

    /** Pairs of decimal digits from the most significant, each plus 1, without trailing zero pairs. */
    private static void writeDigits(ByteWriter out, long digits, int precision) {
        long rest = precision % 2 == 0 ? digits : digits * 10;
        int pairs = (precision + 1) / 2;
        while (rest % 100 == 0) {
            rest /= 100;
            pairs--;
        }
        int start = out.putZeros(pairs);
        for (int i = start + pairs - 1; i >= start; i--) {
            out.setByte(i, (int) (rest % 100) + 1);
            rest /= 100;
        }
    }

    private static void writeDigits(ByteWriter out, BigInteger digits, int precision) {
        String text = digits.toString();
        int start = out.length();
        for (int i = 0; i < precision; i += 2) {
            int low = i + 1 < precision ? text.charAt(i + 1) - '0' : 0;
            out.putByte((text.charAt(i) - '0') * 10 + low + 1);
        }
        int end = out.length();
        while (end > start && out.array()[end - 1] == 1) {
            end--;
        }
        out.truncate(end);
    }

    private static Object readNumeric(ByteReader in) {
        int numberClass = in.readByte();
        return switch (numberClass) {
            case NEGATIVE_INFINITY -> Double.NEGATIVE_INFINITY;
            case ZERO_NUMBER -> BigDecimal.ZERO;
            case POSITIVE_INFINITY -> Double.POSITIVE_INFINITY;
            case NOT_A_NUMBER -> Double.NaN;
            case NEGATIVE_NUMBER -> readFinite(inverted(in)).negate();
            case POSITIVE_NUMBER -> readFinite(in);
            default -> throw new IllegalArgumentException("not a numeric key: class " + numberClass);
        };
    }

    /** The rest of a negative number with its bits turned; moves the reader behind it. */
    private static ByteReader inverted(ByteReader in) {
        ByteWriter turned = new ByteWriter(24);
        int exponentLead = ~in.readByte() & 0xFF;
        turned.putByte(exponentLead);
        int exponentBytes = exponentLead < ZERO + SMALLEST_IN_ONE_BYTE
                ? ZERO + SMALLEST_IN_ONE_BYTE - exponentLead
                : Math.max(0, exponentLead - ZERO - LARGEST_IN_ONE_BYTE);
        for (int i = 0; i < exponentBytes; i++) {
            turned.putByte(~in.readByte());
        }
        int next;
        do {
            next = ~in.readByte() & 0xFF;
            turned.putByte(next);
        } while (next != TERMINATOR);
        return new ByteReader(turned.toByteArray());
    }

    private static BigDecimal readFinite(ByteReader in) {
        long exponent = readWhole(in);
        BigInteger unscaled = BigInteger.ZERO;
        int digits = 0;
        for (int next = in.readByte(); next != TERMINATOR; next = in.readByte()) {
            unscaled = unscaled.multiply(HUNDRED).add(BigInteger.valueOf(next - 1L));
            digits += 2;
        }
        BigDecimal number = new BigDecimal(unscaled, Math.toIntExact(digits - exponent)).stripTrailingZeros();
        return number.scale() < 0 ? number.setScale(0) : number;
    }

    private static void writeFloat(ByteWriter out, float value) {
        int bits = Float.floatToIntBits(value == 0 ? 0f : value);
        out.putInt(bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE);
    }

    private static Object readFloat(ByteReader in) {
        if (skipTwoByteNull(in)) {
            return null;
        }
        int bits = in.readInt();
        return Float.intBitsToFloat(bits < 0 ? bits ^ Integer.MIN_VALUE : ~bits);
    }

    private static void writeDouble(ByteWriter out, double value) {
        long bits = Double.doubleToLongBits(value == 0 ? 0d : value);
        out.putLong(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE);
    }

    private static Object readDouble(ByteReader in) {
        if (skipTwoByteNull(in)) {
            return null;
        }
        long bits = in.readLong();
        return Double.longBitsToDouble(bits < 0 ? bits ^ Long.MIN_VALUE : ~bits);
    }

    /** A number begins with FF FF in no case: the canonical NaN, the greatest, begins with FF C0 or FF F8. */
    private static boolean skipTwoByteNull(ByteReader in) {
        byte[] bytes = in.array();
        int at = in.position();
        if (in.remaining() >= 2 && (bytes[at] & bytes[at + 1]) == -1) {
            in.skip(2);
            return true;
        }
        return false;
    }

    private static int lengthWithoutPadding(String text) {
        int length = text.length();
        while (length > 0 && text.charAt(length - 1) == ' ') {
            length--;
        }
        return length;
    }

    /** Blank-padded as PostgreSQL pads, counting characters, not UTF-16 units. */
    private static String padded(String text, int length) {
        int missing = length - text.codePointCount(0, text.length());
        return missing > 0 ? text + " ".repeat(missing) : text;
    }

    private static void writeText(ByteWriter out, String text, int length) {
        for (int i = out.putPlainAscii(text, length); i < length; i++) {
            char c = text.charAt(i);
            if (c <= LOW_ESCAPE) {
                out.putByte(LOW_ESCAPE);
                out.putByte(c + 1);
            } else if (c < 0x80) {
                out.putByte(c);
            } else {
                writeEscaped(out, text.substring(i, length).getBytes(StandardCharsets.UTF_8));
                break;
            }
        }
        out.putByte(TERMINATOR);
    }

    private static void writeBytes(ByteWriter out, byte[] bytes) {
        writeEscaped(out, bytes);
        out.putByte(TERMINATOR);
    }

    /** UTF-8 never holds FE and FF, so that text passes here unchanged but for its two lowest characters. */
    private static void writeEscaped(ByteWriter out, byte[] bytes) {
        out.ensure(bytes.length + 1);
        for (byte signed : bytes) {
            int value = signed & 0xFF;
            if (value <= LOW_ESCAPE) {
                out.putByte(LOW_ESCAPE);
                out.putByte(value + 1);
            } else if (value >= HIGH_ESCAPE) {
                out.putByte(HIGH_ESCAPE);
                out.putByte(value);
            } else {
                out.putByte(value);
            }
        }
    }

    private static byte[] readBytes(ByteReader in) {
        ByteWriter out = new ByteWriter(32);
        for (int next = in.readByte(); next != TERMINATOR; next = in.readByte()) {
            if (next == LOW_ESCAPE) {
                out.putByte(in.readByte() - 1);
            } else if (next == HIGH_ESCAPE) {
                out.putByte(in.readByte());
            } else {
                out.putByte(next);
            }
        }
        return out.toByteArray();
    }

    private static String readText(ByteReader in) {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    /** Whole days, then the microseconds of the last: their sum is what PostgreSQL compares, in 128 bits. */
    private static void writeInterval(ByteWriter out, Interval interval) {
        long days = (long) interval.months() * DAYS_PER_MONTH
                + interval.days()
                + Math.floorDiv(interval.micros(), MICROS_PER_DAY);
        writeWhole(out, days);
        writeWhole(out, Math.floorMod(interval.micros(), MICROS_PER_DAY));
    }

    private static Interval readInterval(ByteReader in) {
        long days = readWhole(in);
        long micros = readWhole(in);
        if (days == (int) days) {
            return new Interval(0, (int) days, micros);
        }
        // Months hold what an int of days cannot; the infinities come out as PostgreSQL keeps them.
        long months = Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, days / DAYS_PER_MONTH));
        long restDays = Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, days - months * DAYS_PER_MONTH));
        long wholeDays = days - months * DAYS_PER_MONTH - restDays;
        return new Interval((int) months, (int) restDays, wholeDays * MICROS_PER_DAY + micros);
    }

    private static void writeArray(ByteWriter out, SqlType type, List<?> array) {
        writeElements(out, baseOf(type), array);
        out.putByte(TERMINATOR);
        int dimensions = 0;
        Object level = array;
        int countAt = out.putZeros(1);
        while (level instanceof List<?> list && !list.isEmpty()) {
            writeWhole(out, list.size());
            dimensions++;
            level = list.get(0);
        }
        out.setByte(countAt, dimensions);
    }

    /** The type of the elements of all dimensions: PostgreSQL's types do not tell how many dimensions a value has. */
    static SqlType baseOf(SqlType type) {
        SqlType base = type;
        while (base.kind() == Kind.ARRAY) {
            base = base.element();
        }
        return base;
    }

    private static void writeElements(ByteWriter out, SqlType base, List<?> array) {
        for (Object element : array) {
            if (element instanceof List<?> nested) {
                writeElements(out, base, nested);
            } else {
                out.putByte(ELEMENT);
                write(out, base, element);
            }
        }
    }

    private static List<Object> readArray(ByteReader in, SqlType type) {
        SqlType base = baseOf(type);
        List<Object> level = new ArrayList<>();
        while (in.readByte() == ELEMENT) {
            level.add(read(in, base));
        }
        int dimensions = in.readByte();
        int[] sizes = new int[dimensions];
        for (int i = 0; i < dimensions; i++) {
            sizes[i] = (int) readWhole(in);
        }
        for (int i = dimensions - 1; i > 0; i--) {
            List<Object> outer = new ArrayList<>();
            for (int from = 0; from < level.size(); from += sizes[i]) {
                outer.add(Collections.unmodifiableList(new ArrayList<>(level.subList(from, from + sizes[i]))));
            }
            level = outer;
        }
        return Collections.unmodifiableList(level);
    }
}
