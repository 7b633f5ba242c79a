package io.millrace.runtime.source;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.catalog.UserError;
import io.millrace.row.ByteReader;
import io.millrace.row.SqlText;
import io.millrace.runtime.source.SourceRecordError.Reason;
import io.millrace.schemas.ChangeEvents;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * Compiles a writer's schema of one column into the reading of the declared type's value. Takes the forms that our
 * Debezium configuration and our own views' topics write, and those that other writers of Avro use for the same type:
 * logical types, and the other time precisions.
 */
final class AvroValues {
    /** Stands for a value that Debezium left out, since it did not change and PostgreSQL keeps it apart (TOAST). */
    static final Object UNAVAILABLE = new Object();

    private static final byte[] PLACEHOLDER = ChangeEvents.unchangedBytes();

    private static final long MICROS_PER_MILLI = 1_000;
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long SECONDS_PER_DAY = 86_400;

    private static final String CONNECT_NAME = "connect.name";

    private AvroValues() {}

    /** Reads one value; null is SQL's NULL. */
    interface Reader {
        Object read(ByteReader in) throws SourceRecordError;
    }

    /**
     * The reading of a declared type's values from a writer's schema.
     *
     * @param column the column's name, for messages
     * @throws SourceRecordError when the types do not fit together
     */
    static Reader reader(Schema schema, SqlType type, String column) throws SourceRecordError {
        if (schema.getType() == Schema.Type.UNION) {
            return nullable(schema, type, column);
        }
        Reader reader = valueReader(schema, type, column);
        if (reader == null) {
            throw new SourceRecordError(
                    Reason.TYPE_MISMATCH,
                    "column " + column + " is declared " + type + ", but its values are written as "
                            + described(schema));
        }
        return reader;
    }

    private static Reader nullable(Schema union, SqlType type, String column) throws SourceRecordError {
        List<Schema> branches = union.getTypes();
        if (branches.size() == 2 && branches.get(0).getType() == Schema.Type.NULL) {
            Reader value = reader(branches.get(1), type, column);
            return in -> in.readZigzagCount() == 0 ? null : value.read(in);
        }
        Reader[] readers = new Reader[branches.size()];
        for (int i = 0; i < readers.length; i++) {
            boolean isNull = branches.get(i).getType() == Schema.Type.NULL;
            readers[i] = isNull ? in -> null : reader(branches.get(i), type, column);
        }
        return in -> {
            int branch = in.readZigzagCount();
            if (branch >= readers.length) {
                throw new IndexOutOfBoundsException("branch " + branch + " of a union of " + readers.length);
            }
            return readers[branch].read(in);
        };
    }

    private static String described(Schema schema) {
        String name = logicalName(schema);
        String type = schema.getType().getName();
        return name.isEmpty() ? type : type + " (" + name + ")";
    }

    /** Avro's logical type or Connect's semantic one; empty when there is neither. */
    private static String logicalName(Schema schema) {
        String connectName = schema.getProp(CONNECT_NAME);
        if (connectName != null) {
            return connectName;
        }
        return schema.getLogicalType() == null ? "" : schema.getLogicalType().getName();
    }

    private static Reader valueReader(Schema schema, SqlType type, String column) {
        return switch (schema.getType()) {
            case BOOLEAN -> type.kind() == Kind.BOOLEAN ? in -> in.readByte() != 0 : null;
            case INT, LONG -> wholeReader(schema, type, column);
            case FLOAT ->
                switch (type.kind()) {
                    case REAL -> in -> Float.intBitsToFloat(Integer.reverseBytes(in.readInt()));
                    case DOUBLE -> in -> (double) Float.intBitsToFloat(Integer.reverseBytes(in.readInt()));
                    default -> null;
                };
            case DOUBLE ->
                type.kind() == Kind.DOUBLE ? in -> Double.longBitsToDouble(Long.reverseBytes(in.readLong())) : null;
            case BYTES, FIXED -> bytesReader(schema, type);
            case STRING -> textReader(type, column);
            case ENUM -> labelReader(schema, type, column);
            case RECORD -> scaledDecimalReader(schema, type);
            case ARRAY -> arrayReader(schema, type, column);
            default -> null;
        };
    }

    private static Reader wholeReader(Schema schema, SqlType type, String column) {
        String name = logicalName(schema);
        boolean plain = name.isEmpty();
        return switch (type.kind()) {
            case SMALLINT -> plain ? in -> checkedInt(in, Short.MIN_VALUE, Short.MAX_VALUE, type, column) : null;
            case INTEGER -> plain ? in -> checkedInt(in, Integer.MIN_VALUE, Integer.MAX_VALUE, type, column) : null;
            case BIGINT -> plain ? ByteReader::readZigzag : null;
            case NUMERIC -> plain ? in -> BigDecimal.valueOf(in.readZigzag()) : null;
            case DATE ->
                switch (name) {
                    case "io.debezium.time.Date", "org.apache.kafka.connect.data.Date", "date" ->
                        in -> checkedInt(in, Integer.MIN_VALUE, Integer.MAX_VALUE, type, column);
                    default -> null;
                };
            case TIME -> timeReader(name);
            case TIMESTAMP, TIMESTAMPTZ -> timestampReader(name);
            case INTERVAL ->
                name.equals("io.debezium.time.MicroDuration") ? in -> new Interval(0, 0, in.readZigzag()) : null;
            default -> null;
        };
    }

    private static Integer checkedInt(ByteReader in, int least, int greatest, SqlType type, String column)
            throws SourceRecordError {
        long value = in.readZigzag();
        if (value < least || value > greatest) {
            throw new SourceRecordError(
                    Reason.INVALID_VALUE, "column " + column + ": " + value + " is out of range for type " + type);
        }
        return (int) value;
    }

    private static Reader timeReader(String name) {
        return switch (name) {
            case "io.debezium.time.MicroTime", "time-micros" -> ByteReader::readZigzag;
            case "io.debezium.time.Time", "org.apache.kafka.connect.data.Time", "time-millis" ->
                in -> in.readZigzag() * MICROS_PER_MILLI;
            case "io.debezium.time.NanoTime" -> in -> in.readZigzag() / NANOS_PER_MICRO;
            default -> null;
        };
    }

    private static Reader timestampReader(String name) {
        return switch (name) {
            case "io.debezium.time.MicroTimestamp", "timestamp-micros", "local-timestamp-micros" ->
                ByteReader::readZigzag;
            case "io.debezium.time.Timestamp",
                    "org.apache.kafka.connect.data.Timestamp",
                    "timestamp-millis",
                    "local-timestamp-millis" -> in -> Math.multiplyExact(in.readZigzag(), MICROS_PER_MILLI);
            case "io.debezium.time.NanoTimestamp", "timestamp-nanos", "local-timestamp-nanos" ->
                in -> Math.floorDiv(in.readZigzag(), NANOS_PER_MICRO);
            default -> null;
        };
    }

    private static Reader bytesReader(Schema schema, SqlType type) {
        int fixedSize = schema.getType() == Schema.Type.FIXED ? schema.getFixedSize() : -1;
        if (type.kind() == Kind.BYTEA) {
            return in -> {
                int count = fixedSize >= 0 ? fixedSize : in.readZigzagCount();
                if (isPlaceholder(in, count)) {
                    in.skip(count);
                    return UNAVAILABLE;
                }
                return in.readBytes(count);
            };
        }
        if (type.kind() == Kind.NUMERIC && schema.getLogicalType() instanceof LogicalTypes.Decimal decimal) {
            int scale = decimal.getScale();
            return in -> new BigDecimal(
                    new BigInteger(in.readBytes(fixedSize >= 0 ? fixedSize : in.readZigzagCount())), scale);
        }
        return null;
    }

    private static boolean isPlaceholder(ByteReader in, int count) {
        return count == PLACEHOLDER.length && in.startsWith(PLACEHOLDER);
    }

    private static Reader textReader(SqlType type, String column) {
        return switch (type.kind()) {
            // An enum's labels are taken as they come: the source may have more by now than are declared.
            case TEXT, VARCHAR, JSON, JSONB, ENUM ->
                in -> {
                    int count = in.readZigzagCount();
                    if (isPlaceholder(in, count)) {
                        in.skip(count);
                        return UNAVAILABLE;
                    }
                    return in.readText(count);
                };
            case CHAR -> parsing(column, text -> SqlText.fitText(type, text));
            case NUMERIC -> parsing(column, text -> numeric(type, text));
            case TIMESTAMPTZ ->
                in -> {
                    int count = in.readZigzagCount();
                    long plain = plainInstant(in, count);
                    if (plain != Long.MIN_VALUE) {
                        in.skip(count);
                        return plain;
                    }
                    return parsed(column, in.readText(count), text -> instant(type, text));
                };
            case UUID -> parsing(column, UUID::fromString);
            case ARRAY -> {
                SqlType parsedAs = arrayOfText(type);
                yield parsing(column, text -> SqlText.parse(parsedAs, text));
            }
            case REAL, DOUBLE, DATE, TIME, TIMESTAMP, INTERVAL, BYTEA ->
                parsing(column, text -> SqlText.parse(type, text));
            case BOOLEAN, SMALLINT, INTEGER, BIGINT -> null;
        };
    }

    /** An array of enum as an array of text, since labels are taken as they come. */
    private static SqlType arrayOfText(SqlType type) {
        if (type.kind() == Kind.ARRAY) {
            return SqlType.array(arrayOfText(type.element()));
        }
        return type.kind() == Kind.ENUM ? SqlType.TEXT : type;
    }

    /** What a text means. */
    private interface Meaning {
        Object of(String text);
    }

    private static Reader parsing(String column, Meaning meaning) {
        return in -> {
            int count = in.readZigzagCount();
            if (isPlaceholder(in, count)) {
                in.skip(count);
                return UNAVAILABLE;
            }
            return parsed(column, in.readText(count), meaning);
        };
    }

    private static Object parsed(String column, String text, Meaning meaning) throws SourceRecordError {
        try {
            return meaning.of(text);
        } catch (UserError | IllegalArgumentException | ArithmeticException | DateTimeException e) {
            throw new SourceRecordError(Reason.INVALID_VALUE, "column " + column + ": " + e.getMessage(), e);
        }
    }

    private static Object numeric(SqlType type, String text) {
        if (!text.isEmpty() && text.charAt(text.length() - 1) > '9') {
            // The names that Debezium gives to PostgreSQL's three, besides PostgreSQL's own.
            return switch (text) {
                case "NAN" -> Double.NaN;
                case "POSITIVE_INFINITY" -> Double.POSITIVE_INFINITY;
                case "NEGATIVE_INFINITY" -> Double.NEGATIVE_INFINITY;
                default -> SqlText.parse(type, text);
            };
        }
        BigDecimal number = new BigDecimal(text);
        // Not rounded to the declared scale: what the source holds counts.
        return number.scale() < 0 ? number.setScale(0) : number;
    }

    private static Object instant(SqlType type, String text) {
        if (text.endsWith("Z")) {
            Instant instant = Instant.parse(text);
            return Math.addExact(
                    Math.multiplyExact(instant.getEpochSecond(), MICROS_PER_SECOND),
                    instant.getLong(ChronoField.MICRO_OF_SECOND));
        }
        return SqlText.parse(type, text);
    }

    /**
     * The microseconds of {@code 2024-02-29T21:59:59[.1-6 digits]Z}, read from the bytes, which stay: nearly every
     * timestamptz looks so, and this takes a tenth of the general way. Long.MIN_VALUE when it looks otherwise.
     */
    private static long plainInstant(ByteReader in, int count) {
        boolean plain = count >= 20
                && count <= 27
                && count <= in.remaining()
                && in.peek(4) == '-'
                && in.peek(7) == '-'
                && in.peek(10) == 'T'
                && in.peek(13) == ':'
                && in.peek(16) == ':'
                && in.peek(count - 1) == 'Z'
                && (count == 20 || in.peek(19) == '.');
        if (!plain) {
            return Long.MIN_VALUE;
        }
        int year = digits(in, 0, 4);
        int month = digits(in, 5, 2);
        int day = digits(in, 8, 2);
        int hour = digits(in, 11, 2);
        int minute = digits(in, 14, 2);
        int second = digits(in, 17, 2);
        int fractionDigits = Math.max(0, count - 21);
        int fraction = digits(in, 20, fractionDigits);
        boolean valid = (year | hour | minute | second | fraction) >= 0
                && month >= 1
                && month <= 12
                && day >= 1
                && hour <= 23
                && minute <= 59
                && second <= 59
                && (day <= 28 || day <= YearMonth.of(year, month).lengthOfMonth());
        if (!valid) {
            return Long.MIN_VALUE;
        }
        for (int i = fractionDigits; i < 6; i++) {
            fraction *= 10;
        }
        long seconds =
                LocalDate.of(year, month, day).toEpochDay() * SECONDS_PER_DAY + hour * 3600L + minute * 60L + second;
        return seconds * MICROS_PER_SECOND + fraction;
    }

    /** Decimal digits ahead as a number; negative when there is another character among them. */
    private static int digits(ByteReader in, int ahead, int count) {
        int value = 0;
        for (int i = ahead; i < ahead + count; i++) {
            int digit = in.peek(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static Reader labelReader(Schema schema, SqlType type, String column) {
        if (type.kind() != Kind.ENUM && type.kind() != Kind.TEXT && type.kind() != Kind.VARCHAR) {
            return null;
        }
        List<String> symbols = schema.getEnumSymbols();
        return in -> {
            int symbol = in.readZigzagCount();
            if (symbol >= symbols.size()) {
                throw new SourceRecordError(
                        Reason.MALFORMED, "column " + column + " has symbol " + symbol + " of " + symbols);
            }
            return symbols.get(symbol);
        };
    }

    /** Debezium's decimal.handling.mode=precise for numeric without a scale: {@code scale} and {@code value}. */
    private static Reader scaledDecimalReader(Schema schema, SqlType type) {
        boolean scaled = type.kind() == Kind.NUMERIC
                && logicalName(schema).equals("io.debezium.data.VariableScaleDecimal")
                && schema.getFields().size() == 2
                && schema.getFields().get(0).schema().getType() == Schema.Type.INT
                && schema.getFields().get(1).schema().getType() == Schema.Type.BYTES;
        if (!scaled) {
            return null;
        }
        return in -> {
            int scale = (int) in.readZigzag();
            return new BigDecimal(new BigInteger(in.readBytes(in.readZigzagCount())), scale);
        };
    }

    private static Reader arrayReader(Schema schema, SqlType type, String column) {
        if (type.kind() != Kind.ARRAY) {
            return null;
        }
        Reader element;
        try {
            element = reader(schema.getElementType(), type.element(), column);
        } catch (SourceRecordError mismatch) {
            return null;
        }
        return in -> {
            List<Object> array = new ArrayList<>();
            for (long count = in.readZigzag(); count != 0; count = in.readZigzag()) {
                if (count < 0) {
                    count = -count;
                    in.readZigzag();
                }
                for (long i = 0; i < count; i++) {
                    array.add(element.read(in));
                }
            }
            return Collections.unmodifiableList(array);
        };
    }
}
