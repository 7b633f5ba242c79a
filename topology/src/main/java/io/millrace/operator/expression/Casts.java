package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.row.SqlText;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.function.UnaryOperator;

/**
 * Casts. Numbers are rounded and checked for range, text is cut to a declared length, everything has a text form and is
 * read back from it.
 */
final class Casts {
    private Casts() {}

    static Evaluator compile(SqlType from, SqlType to, Evaluator operand) {
        return Arithmetic.strict(operand, conversion(from, to));
    }

    private static UnaryOperator<Object> conversion(SqlType from, SqlType to) {
        if (isText(to)) {
            return value -> cut(to, text(from, value));
        }
        if (isText(from) || to.kind() == SqlType.Kind.JSON || to.kind() == SqlType.Kind.JSONB) {
            return value -> parsed(to, SqlText.write(from, value));
        }
        if (Arithmetic.isNumber(from.kind()) && Arithmetic.isNumber(to.kind())) {
            return numbers(from, to);
        }
        return others(from, to);
    }

    private static UnaryOperator<Object> others(SqlType from, SqlType to) {
        SqlType.Kind source = from.kind();
        switch (to.kind()) {
            case BOOLEAN:
                return source == SqlType.Kind.INTEGER ? value -> (Integer) value != 0 : value -> value;
            case SMALLINT, INTEGER:
                return source == SqlType.Kind.BOOLEAN ? value -> (Boolean) value ? 1 : 0 : value -> value;
            case DATE:
                return source == SqlType.Kind.DATE ? value -> value : value -> dateOf((Long) value);
            case TIMESTAMP, TIMESTAMPTZ:
                return source == SqlType.Kind.DATE
                        ? value -> Times.timestampOf((Integer) value)
                        : value -> rounded((Long) value, to.precision());
            case TIME:
                return source == SqlType.Kind.TIME
                        ? value -> rounded((Long) value, to.precision())
                        : value -> Math.floorMod((Long) value, Times.MICROS_PER_DAY);
            default:
                return value -> value;
        }
    }

    private static Object dateOf(long micros) {
        if (Times.isInfinite(micros)) {
            return micros > 0 ? Integer.MAX_VALUE : Integer.MIN_VALUE;
        }
        return (int) Math.floorDiv(micros, Times.MICROS_PER_DAY);
    }

    private static Object rounded(long micros, int digits) {
        if (digits < 0 || digits >= 6 || Times.isInfinite(micros)) {
            return micros;
        }
        return BigDecimal.valueOf(micros, 6)
                .setScale(digits, RoundingMode.HALF_UP)
                .setScale(6, RoundingMode.UNNECESSARY)
                .unscaledValue()
                .longValueExact();
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
        try {
            return SqlText.fitNumeric(to, number);
        } catch (UserError e) {
            throw new EvaluationError("22003", "numeric field overflow");
        }
    }

    private static String text(SqlType from, Object value) {
        if (from.kind() == SqlType.Kind.BOOLEAN) {
            return (Boolean) value ? "true" : "false";
        }
        String text = SqlText.write(from, value);
        return from.kind() == SqlType.Kind.CHAR ? Strings.withoutPadding(text) : text;
    }

    /** An explicit cast cuts what is too long, whatever it is. */
    private static String cut(SqlType to, String text) {
        int length = to.precision();
        if (length < 0 || to.kind() == SqlType.Kind.TEXT) {
            return text;
        }
        int count = text.codePointCount(0, text.length());
        if (count > length) {
            return text.substring(0, text.offsetByCodePoints(0, length));
        }
        return to.kind() == SqlType.Kind.CHAR ? text + " ".repeat(length - count) : text;
    }

    private static Object parsed(SqlType to, String text) {
        try {
            return SqlText.parse(to, text);
        } catch (UserError e) {
            boolean range = text.strip().matches("[+-]?\\d+(\\.\\d*)?");
            throw new EvaluationError(range ? "22003" : "22P02", e.getMessage());
        }
    }

    private static boolean isText(SqlType type) {
        return switch (type.kind()) {
            case TEXT, VARCHAR, CHAR -> true;
            default -> false;
        };
    }
}
