package io.millrace.connectors.replica;

import io.millrace.schemas.ChangeEvents;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.DataException;

/**
 * Writes a field's values as PostgreSQL reads them. Text is the one form that every type has, and that loses nothing; the
 * session that reads it has the settings of {@link PostgresDialect}.
 */
enum ValueText {
    PLAIN,
    DATE,
    TIME,
    TIMESTAMP,
    INSTANT,
    NUMERIC,
    BYTES;

    private static final byte[] UNCHANGED = ChangeEvents.unchangedBytes();
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long SECONDS_PER_DAY = 86_400;
    private static final String INFINITY = "infinity";
    private static final String NEGATIVE_INFINITY = "-infinity";

    /** How values of that schema are written. */
    static ValueText of(Schema schema) {
        if (schema.type() == Schema.Type.BYTES) {
            return BYTES;
        }
        String type = schema.parameters() == null ? null : schema.parameters().get(ColumnType.TYPE_PARAMETER);
        if ("NUMERIC".equals(type)) {
            return NUMERIC;
        }
        return switch (schema.name() == null ? "" : schema.name()) {
            case "io.debezium.time.Date" -> DATE;
            case "io.debezium.time.MicroTime" -> TIME;
            case "io.debezium.time.MicroTimestamp" -> TIMESTAMP;
            case "io.debezium.time.ZonedTimestamp" -> INSTANT;
            default -> PLAIN;
        };
    }

    /** Whether the value is the mark of one that an update left unchanged and the source's log lacks. */
    static boolean isUnchanged(Object value) {
        return value instanceof String text
                ? text.equals(ChangeEvents.UNCHANGED)
                : value instanceof byte[] || value instanceof ByteBuffer
                        ? Arrays.equals(bytes(value), UNCHANGED)
                        : false;
    }

    /** The text of a value; null for NULL. */
    String write(Object value) {
        if (value == null) {
            return null;
        }
        return switch (this) {
            case PLAIN -> value.toString();
            case DATE -> date(number(value));
            case TIME -> time(number(value));
            case TIMESTAMP -> timestamp(number(value));
            case INSTANT -> instant(value.toString());
            case NUMERIC -> numeric(value.toString());
            case BYTES -> "\\x" + HexFormat.of().formatHex(bytes(value));
        };
    }

    private static long number(Object value) {
        if (value instanceof Number number) {
            return number.longValue();
        }
        throw new DataException("a number was expected, not " + value.getClass().getName());
    }

    private static byte[] bytes(Object value) {
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        if (value instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return bytes;
        }
        throw new DataException("bytes were expected, not " + value.getClass().getName());
    }

    private static String date(long days) {
        if (days == Integer.MAX_VALUE || days == Integer.MIN_VALUE) {
            return days > 0 ? INFINITY : NEGATIVE_INFINITY;
        }
        LocalDate date = LocalDate.ofEpochDay(days);
        return day(new StringBuilder(16), date).append(era(date)).toString();
    }

    private static String time(long micros) {
        return time(new StringBuilder(16), micros).toString();
    }

    private static StringBuilder time(StringBuilder out, long micros) {
        long seconds = micros / MICROS_PER_SECOND;
        digits(out, seconds / 3600, 2).append(':');
        digits(out, seconds / 60 % 60, 2).append(':');
        digits(out, seconds % 60, 2).append('.');
        return digits(out, micros % MICROS_PER_SECOND, 6);
    }

    private static String timestamp(long micros) {
        if (micros == Long.MAX_VALUE || micros == Long.MIN_VALUE) {
            return micros > 0 ? INFINITY : NEGATIVE_INFINITY;
        }
        long microsPerDay = SECONDS_PER_DAY * MICROS_PER_SECOND;
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, microsPerDay));
        StringBuilder out = day(new StringBuilder(32), date).append(' ');
        return time(out, Math.floorMod(micros, microsPerDay)).append(era(date)).toString();
    }

    /** PostgreSQL reads ISO 8601, but for years before the first and after 9999. */
    private static String instant(String text) {
        int sign = text.isEmpty() ? ' ' : text.charAt(0);
        if (sign == '+') {
            return text.substring(1);
        }
        int endOfYear = text.indexOf('-', 1);
        if (sign == '-' && endOfYear > 0) {
            try {
                return year(1 + Long.parseLong(text.substring(1, endOfYear))) + text.substring(endOfYear) + " BC";
            } catch (NumberFormatException e) {
                // Its message has the value.
                throw new DataException("a time was expected, with a year of digits");
            }
        }
        return text.startsWith("0000-") ? year(1) + text.substring(4) + " BC" : text;
    }

    private static String numeric(String text) {
        return switch (text) {
            case "POSITIVE_INFINITY" -> "Infinity";
            case "NEGATIVE_INFINITY" -> "-Infinity";
            default -> text;
        };
    }

    private static StringBuilder day(StringBuilder out, LocalDate date) {
        int year = date.getYear();
        digits(out, year > 0 ? year : 1L - year, 4).append('-');
        digits(out, date.getMonthValue(), 2).append('-');
        return digits(out, date.getDayOfMonth(), 2);
    }

    private static String era(LocalDate date) {
        return date.getYear() > 0 ? "" : " BC";
    }

    private static String year(long year) {
        return digits(new StringBuilder(8), year, 4).toString();
    }

    /** A number that is not negative, with at least so many digits. Every row has some: String.format takes too long. */
    private static StringBuilder digits(StringBuilder out, long number, int width) {
        long least = 10;
        int digits = 1;
        while (number >= least && digits < width) {
            least *= 10;
            digits++;
        }
        out.append("000000", digits, width);
        return out.append(number);
    }
}
