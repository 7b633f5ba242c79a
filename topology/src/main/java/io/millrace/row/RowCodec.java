package io.millrace.row;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * Rows as bytes, exact to the last digit: equal rows have equal bytes, so that Z-sets may compare encoded rows. A bitmap
 * of the NULLs, then each other value: whole numbers as varints, so that small ones are short; text as its length and
 * UTF-8; numeric as its scale and its digits as one number; an enum as its label's number.
 *
 * <p>There is no version in the bytes. What is stored long-term lies in stores and topics whose names derive from the
 * plan; {@link #FORMAT} belongs into that name, so that two formats never meet and no record pays for it.
 *
 * <p>Immutable and thread-safe; the hot path appends to a {@link ByteWriter} of its own.
 */
public final class RowCodec {
    /** The number of this format and of those built on it: raised whenever bytes change their meaning. */
    public static final int FORMAT = 1;

    private static final int NOT_A_NUMBER = 0;
    private static final int POSITIVE_INFINITY = 1;
    private static final int NEGATIVE_INFINITY = 2;
    /** What precedes a finite number: this, plus twice the zigzag scale, plus 1 if its digits need more than a long. */
    private static final int FINITE = 3;

    private static final int LONG_DIGITS = 18;

    private final SqlType[] types;
    private final int bitmapBytes;

    private RowCodec(SqlType[] types) {
        this.types = types;
        this.bitmapBytes = (types.length + 7) / 8;
    }

    /** The codec of rows of columns of those types. */
    public static RowCodec of(List<SqlType> types) {
        return new RowCodec(types.toArray(SqlType[]::new));
    }

    /** How many columns a row has. */
    public int size() {
        return types.length;
    }

    public byte[] encode(Row row) {
        ByteWriter out = new ByteWriter(16 + types.length * 8);
        append(out, row);
        return out.toByteArray();
    }

    /** Appends a row. */
    public void append(ByteWriter out, Row row) {
        if (row.size() != types.length) {
            throw new IllegalArgumentException("a row of " + row.size() + " values for " + types.length + " columns");
        }
        int bitmap = out.putZeros(bitmapBytes);
        for (int i = 0; i < types.length; i++) {
            Object value = row.get(i);
            if (value == null) {
                int at = bitmap + (i >> 3);
                out.setByte(at, out.array()[at] | 1 << (i & 7));
            } else {
                writeValue(out, types[i], value);
            }
        }
    }

    public Row decode(byte[] bytes) {
        return decode(new ByteReader(bytes));
    }

    /** The row at the reader's position, which is left behind it. */
    public Row decode(ByteReader in) {
        Object[] values = new Object[types.length];
        int bitmap = in.position();
        in.skip(bitmapBytes);
        byte[] bytes = in.array();
        for (int i = 0; i < values.length; i++) {
            if ((bytes[bitmap + (i >> 3)] & 1 << (i & 7)) == 0) {
                values[i] = readValue(in, types[i]);
            }
        }
        return Row.of(values);
    }

    /** One column's value: passes over those before it and decodes no other. */
    public Object decodeColumn(byte[] bytes, int column) {
        ByteReader in = new ByteReader(bytes);
        in.skip(bitmapBytes);
        for (int i = 0; i < column; i++) {
            if ((bytes[i >> 3] & 1 << (i & 7)) == 0) {
                skipValue(in, types[i]);
            }
        }
        return (bytes[column >> 3] & 1 << (column & 7)) == 0 ? readValue(in, types[column]) : null;
    }

    SqlType type(int column) {
        return types[column];
    }

    static void writeValue(ByteWriter out, SqlType type, Object value) {
        switch (type.kind()) {
            case BOOLEAN -> out.putByte((Boolean) value ? 1 : 0);
            case SMALLINT, INTEGER, DATE -> out.putZigzag((Integer) value);
            case BIGINT, TIME -> out.putZigzag((Long) value);
            // A varint of microseconds since 1970 has eight bytes as well, and costs more.
            case TIMESTAMP, TIMESTAMPTZ -> out.putLong((Long) value);
            case NUMERIC -> writeNumeric(out, value);
            case REAL -> out.putInt(Float.floatToIntBits((Float) value));
            case DOUBLE -> out.putLong(Double.doubleToLongBits((Double) value));
            case TEXT, VARCHAR, CHAR, JSON, JSONB -> out.putText((String) value);
            case BYTEA -> {
                byte[] bytes = (byte[]) value;
                out.putVarint(bytes.length);
                out.putBytes(bytes);
            }
            case INTERVAL -> {
                Interval interval = (Interval) value;
                out.putZigzag(interval.months());
                out.putZigzag(interval.days());
                out.putZigzag(interval.micros());
            }
            case UUID -> {
                UUID uuid = (UUID) value;
                out.putLong(uuid.getMostSignificantBits());
                out.putLong(uuid.getLeastSignificantBits());
            }
            case ENUM -> {
                int ordinal = type.labels().indexOf(value);
                out.putVarint(ordinal + 1L);
                if (ordinal < 0) {
                    out.putText((String) value);
                }
            }
            case ARRAY -> writeArray(out, KeyCodec.baseOf(type), (List<?>) value);
        }
    }

    static Object readValue(ByteReader in, SqlType type) {
        return switch (type.kind()) {
            case BOOLEAN -> in.readByte() != 0;
            case SMALLINT, INTEGER, DATE -> (int) in.readZigzag();
            case BIGINT, TIME -> in.readZigzag();
            case TIMESTAMP, TIMESTAMPTZ -> in.readLong();
            case NUMERIC -> readNumeric(in);
            case REAL -> Float.intBitsToFloat(in.readInt());
            case DOUBLE -> Double.longBitsToDouble(in.readLong());
            case TEXT, VARCHAR, CHAR, JSON, JSONB -> in.readText();
            case BYTEA -> in.readBytes(in.readCount());
            case INTERVAL -> new Interval((int) in.readZigzag(), (int) in.readZigzag(), in.readZigzag());
            case UUID -> new UUID(in.readLong(), in.readLong());
            case ENUM -> {
                int number = in.readCount();
                yield number == 0 ? in.readText() : type.labels().get(number - 1);
            }
            case ARRAY -> readArray(in, KeyCodec.baseOf(type));
        };
    }

    private static void skipValue(ByteReader in, SqlType type) {
        switch (type.kind()) {
            case BOOLEAN -> in.skip(1);
            case SMALLINT, INTEGER, DATE, BIGINT, TIME -> in.readVarint();
            case TIMESTAMP, TIMESTAMPTZ, DOUBLE -> in.skip(8);
            case REAL -> in.skip(4);
            case UUID -> in.skip(16);
            case TEXT, VARCHAR, CHAR, JSON, JSONB, BYTEA -> in.skip(in.readCount());
            case NUMERIC, INTERVAL, ENUM, ARRAY -> readValue(in, type);
        }
    }

    private static void writeNumeric(ByteWriter out, Object value) {
        if (value instanceof Double special) {
            out.putVarint(special.isNaN() ? NOT_A_NUMBER : special > 0 ? POSITIVE_INFINITY : NEGATIVE_INFINITY);
            return;
        }
        BigDecimal number = (BigDecimal) value;
        long scale = number.scale();
        long zigzagScale = (scale << 1) ^ (scale >> 63);
        if (number.precision() <= LONG_DIGITS) {
            out.putVarint(FINITE + (zigzagScale << 1));
            out.putZigzag(number.unscaledValue().longValue());
        } else {
            byte[] digits = number.unscaledValue().toByteArray();
            out.putVarint(FINITE + (zigzagScale << 1 | 1));
            out.putVarint(digits.length);
            out.putBytes(digits);
        }
    }

    private static Object readNumeric(ByteReader in) {
        long head = in.readVarint();
        if (head < FINITE) {
            return head == NOT_A_NUMBER
                    ? Double.NaN
                    : head == POSITIVE_INFINITY ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
        }
        long zigzagScale = (head - FINITE) >>> 1;
        int scale = (int) ((zigzagScale >>> 1) ^ -(zigzagScale & 1));
        if (((head - FINITE) & 1) == 0) {
            return BigDecimal.valueOf(in.readZigzag(), scale);
        }
        return new BigDecimal(new BigInteger(in.readBytes(in.readCount())), scale);
    }

    /** Twice the count plus 1 if the elements are arrays; a bitmap of the NULLs; the other elements. */
    private static void writeArray(ByteWriter out, SqlType base, List<?> array) {
        boolean nested = !array.isEmpty() && array.get(0) instanceof List;
        out.putVarint((long) array.size() << 1 | (nested ? 1 : 0));
        int bitmap = out.putZeros((array.size() + 7) / 8);
        for (int i = 0; i < array.size(); i++) {
            Object element = array.get(i);
            if (element == null) {
                int at = bitmap + (i >> 3);
                out.setByte(at, out.array()[at] | 1 << (i & 7));
            } else if (nested) {
                writeArray(out, base, (List<?>) element);
            } else {
                writeValue(out, base, element);
            }
        }
    }

    private static List<Object> readArray(ByteReader in, SqlType base) {
        int head = in.readCount();
        int count = head >>> 1;
        boolean nested = (head & 1) == 1;
        int bitmap = in.position();
        in.skip((count + 7) / 8);
        byte[] bytes = in.array();
        List<Object> array = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            if ((bytes[bitmap + (i >> 3)] & 1 << (i & 7)) != 0) {
                array.add(null);
            } else {
                array.add(nested ? readArray(in, base) : readValue(in, base));
            }
        }
        return Collections.unmodifiableList(array);
    }
}
