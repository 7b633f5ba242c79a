package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.row.SqlText;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Casts. Numbers are rounded and checked for range, text is cut to a declared length, everything has a text form and is
 * read back from it.
 */
final class Casts {
    private static final int MICRO_DIGITS = 6;
    /** 2000-01-01, from which PostgreSQL counts. */
    private static final long POSTGRES_EPOCH = 946_684_800L * Times.MICROS_PER_SECOND;

    private Casts() {}

    static Evaluator compile(SqlType from, SqlType to, Evaluator operand) {
        return Arithmetic.strict(operand, conversion(from, to));
    }

    /** A value of one type to one of another, neither of which is NULL; null where that becomes NULL. */
    static UnaryOperator<Object> conversion(SqlType from, SqlType to) {
        if (from.kind() == SqlType.Kind.CHAR && to.equals(SqlType.of(SqlType.Kind.CHAR))) {
            return value -> value;
        }
        if (isText(to)) {
            UnaryOperator<String> fit = cut(to);
            if (isText(from)) {
                return from.kind() == SqlType.Kind.CHAR
                        ? value -> fit.apply(Strings.withoutPadding((String) value))
                        : value -> fit.apply((String) value);
            }
            return from.kind() == SqlType.Kind.BOOLEAN
                    ? value -> fit.apply((Boolean) value ? "true" : "false")
                    : value -> fit.apply(SqlText.write(from, value));
        }
        if (isText(from)) {
            return TextInput.of(to);
        }
        if (from.kind() == SqlType.Kind.ARRAY && to.kind() == SqlType.Kind.ARRAY) {
            return elements(conversion(ArrayInput.baseOf(from), ArrayInput.baseOf(to)));
        }
        if (isJson(from) && isJson(to)) {
            return from.kind() == to.kind() ? value -> value : TextInput.of(to);
        }
        if (from.kind() == SqlType.Kind.JSONB) {
            return JsonScalars.conversion(to);
        }
        if (Arithmetic.isNumber(from.kind()) && Arithmetic.isNumber(to.kind())) {
            return numbers(from, to);
        }
        return others(from, to);
    }

    private static boolean isJson(SqlType type) {
        return type.kind() == SqlType.Kind.JSON || type.kind() == SqlType.Kind.JSONB;
    }

    /** The conversion of each element of an array of any number of dimensions. */
    private static UnaryOperator<Object> elements(UnaryOperator<Object> conversion) {
        return value -> {
            List<Object> converted = new ArrayList<>();
            for (Object element : (List<?>) value) {
                converted.add(
                        element instanceof List
                                ? elements(conversion).apply(element)
                                : element == null ? null : conversion.apply(element));
            }
            return Collections.unmodifiableList(converted);
        };
    }

    private static UnaryOperator<Object> others(SqlType from, SqlType to) {
        SqlType.Kind source = from.kind();
        int digits = to.precision();
        if (source == to.kind()) {
            return switch (source) {
                case TIME -> value -> roundedTime((Long) value, digits);
                case TIMESTAMP, TIMESTAMPTZ -> value -> roundedTimestamp((Long) value, digits);
                case INTERVAL -> value -> rounded((Interval) value, digits);
                default -> value -> value;
            };
        }
        boolean timestamp = source == SqlType.Kind.TIMESTAMP || source == SqlType.Kind.TIMESTAMPTZ;
        UnaryOperator<Object> conversion =
                switch (to.kind()) {
                    case BOOLEAN -> source == SqlType.Kind.INTEGER ? value -> (Integer) value != 0 : null;
                    case INTEGER -> source == SqlType.Kind.BOOLEAN ? value -> (Boolean) value ? 1 : 0 : null;
                    case DATE -> timestamp ? value -> Times.dateOf((Long) value) : null;
                    case TIMESTAMP, TIMESTAMPTZ ->
                        source == SqlType.Kind.DATE
                                ? value -> Times.timestampOf((Integer) value)
                                : timestamp ? value -> roundedTimestamp((Long) value, digits) : null;
                    case TIME ->
                        timestamp
                                ? value -> timeOf((Long) value, digits)
                                : source == SqlType.Kind.INTERVAL ? value -> timeOf((Interval) value, digits) : null;
                    case INTERVAL ->
                        source == SqlType.Kind.TIME ? value -> rounded(new Interval(0, 0, (Long) value), digits) : null;
                    default -> null;
                };
        if (conversion == null) {
            throw new IllegalStateException("no cast from " + from + " to " + to);
        }
        return conversion;
    }

    /** An infinite timestamp has no time of day, which is NULL. */
    private static Object timeOf(long micros, int digits) {
        return Times.isInfinite(micros) ? null : roundedTime(Math.floorMod(micros, Times.MICROS_PER_DAY), digits);
    }

    private static Object timeOf(Interval interval, int digits) {
        if (Times.isInfinite(interval)) {
            throw new EvaluationError("22008", "cannot convert infinite interval to time");
        }
        return roundedTime(Math.floorMod(interval.micros(), Times.MICROS_PER_DAY), digits);
    }

    static long roundedTime(long micros, int digits) {
        return rounded(micros, 0, digits);
    }

    static Interval rounded(Interval interval, int digits) {
        return digits < 0 || Times.isInfinite(interval)
                ? interval
                : new Interval(interval.months(), interval.days(), rounded(interval.micros(), 0, digits));
    }

    static long roundedTimestamp(long micros, int digits) {
        return Times.isInfinite(micros) ? micros : Times.checkedTimestamp(rounded(micros, POSTGRES_EPOCH, digits));
    }

    /** Rounded to so many digits of a second, halves away from where the count begins. */
    private static long rounded(long micros, long zero, int digits) {
        if (digits < 0 || digits >= MICRO_DIGITS) {
            return micros;
        }
        BigDecimal fromZero = BigDecimal.valueOf(micros).subtract(BigDecimal.valueOf(zero));
        return fromZero.setScale(digits - MICRO_DIGITS, RoundingMode.HALF_UP).longValue() + zero;
    }

    private static UnaryOperator<Object> numbers(SqlType from, SqlType to) {
        return switch (to.kind()) {
            case SMALLINT -> value -> (int) integer(from, value, Short.MIN_VALUE, Short.MAX_VALUE, to);
            case INTEGER -> value -> (int) integer(from, value, Integer.MIN_VALUE, Integer.MAX_VALUE, to);
            case BIGINT -> value -> integer(from, value, Long.MIN_VALUE, Long.MAX_VALUE, to);
            case REAL -> value -> real(((Number) value).doubleValue(), ((Number) value).floatValue());
            case DOUBLE -> value -> ((Number) value).doubleValue();
            case NUMERIC -> value -> numeric(from, to, value);
            default -> throw new IllegalStateException(to + " is no number");
        };
    }

    private static Object real(double exact, float value) {
        if (Float.isInfinite(value) && !Double.isInfinite(exact)) {
            throw Floats.overflow();
        }
        if (value == 0 && exact != 0) {
            throw Floats.underflow();
        }
        return value;
    }

    private static long integer(SqlType from, Object value, long least, long greatest, SqlType to) {
        if (value instanceof Integer || value instanceof Long) {
            long number = ((Number) value).longValue();
            if (number < least || number > greatest) {
                throw EvaluationError.outOfRange(to.kind().sqlName());
            }
            return number;
        }
        if (value instanceof BigDecimal number) {
            BigDecimal whole = number.setScale(0, RoundingMode.HALF_UP);
            if (whole.compareTo(BigDecimal.valueOf(least)) < 0 || whole.compareTo(BigDecimal.valueOf(greatest)) > 0) {
                throw EvaluationError.outOfRange(to.kind().sqlName());
            }
            return whole.longValue();
        }
        double number = Math.rint(((Number) value).doubleValue());
        if (Double.isNaN(number) || number < least || number >= -(double) least) {
            if (from.kind() == SqlType.Kind.NUMERIC) {
                throw new EvaluationError(
                        "0A000",
                        "cannot convert " + special(number) + " to " + to.kind().sqlName());
            }
            throw EvaluationError.outOfRange(to.kind().sqlName());
        }
        return (long) number;
    }

    private static String special(double value) {
        return Double.isNaN(value) ? "NaN" : "infinity";
    }

    private static Object numeric(SqlType from, SqlType to, Object value) {
        BigDecimal number;
        if (value instanceof BigDecimal given) {
            number = given;
        } else if (value instanceof Integer || value instanceof Long) {
            number = BigDecimal.valueOf(((Number) value).longValue());
        } else {
            double floating = ((Number) value).doubleValue();
            if (Double.isNaN(floating)) {
                return floating;
            }
            if (Double.isInfinite(floating)) {
                if (to.precision() >= 0) {
                    throw new EvaluationError("22003", "numeric field overflow");
                }
                return floating;
            }
            // PostgreSQL goes through the text with as many digits as the type surely has.
            int digits = from.kind() == SqlType.Kind.REAL ? 6 : 15;
            number = new BigDecimal(floating).round(new java.math.MathContext(digits, RoundingMode.HALF_EVEN));
            BigDecimal stripped = number.stripTrailingZeros();
            number = stripped.scale() < 0 ? stripped.setScale(0) : stripped;
        }
        return fitted(to, number);
    }

    /** A numeric rounded to its type's scale, halves away from zero. */
    static Object fitted(SqlType type, Object value) {
        if (!(value instanceof BigDecimal number)) {
            if (type.precision() >= 0 && Double.isInfinite((Double) value)) {
                throw new EvaluationError("22003", "numeric field overflow");
            }
            return value;
        }
        try {
            return SqlText.fitNumeric(type, number);
        } catch (UserError e) {
            throw new EvaluationError("22003", "numeric field overflow");
        }
    }

    /** An explicit cast cuts what is too long, whatever it is, and pads a char(n) that is too short. */
    private static UnaryOperator<String> cut(SqlType to) {
        int length = to.precision();
        if (length < 0 || to.kind() == SqlType.Kind.TEXT) {
            return text -> text;
        }
        boolean padded = to.kind() == SqlType.Kind.CHAR;
        return text -> {
            int count = Strings.count(text);
            if (count > length) {
                return text.substring(0, text.offsetByCodePoints(0, length));
            }
            return padded ? text + " ".repeat(length - count) : text;
        };
    }

    private static boolean isText(SqlType type) {
        return switch (type.kind()) {
            case TEXT, VARCHAR, CHAR -> true;
            default -> false;
        };
    }
}
