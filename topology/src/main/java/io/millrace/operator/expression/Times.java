package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.List;
import java.util.Locale;
import java.util.function.BinaryOperator;

/** Dates, times and intervals; the session's time zone is UTC. */
final class Times {
    static final long MICROS_PER_SECOND = 1_000_000L;
    static final long MICROS_PER_DAY = 86_400L * MICROS_PER_SECOND;
    private static final int NANOS_PER_MICRO = 1000;

    private Times() {}

    static Interval negated(Interval interval) {
        return new Interval(-interval.months(), -interval.days(), -interval.micros());
    }

    static BinaryOperator<Object> arithmetic(Function function, SqlType.Kind left, SqlType.Kind right) {
        boolean minus = function == Function.MINUS;
        if (minus && left == SqlType.Kind.DATE && right == SqlType.Kind.DATE) {
            return (a, b) -> (Integer) a - (Integer) b;
        }
        if (minus && isTimestamp(left) && left == right) {
            return (a, b) -> {
                long micros = (Long) a - (Long) b;
                return new Interval(0, (int) (micros / MICROS_PER_DAY), micros % MICROS_PER_DAY);
            };
        }
        if (left == SqlType.Kind.DATE && isInteger(right)) {
            int sign = minus ? -1 : 1;
            return (a, b) -> isInfinite((Integer) a) ? a : (Object) ((Integer) a + sign * ((Number) b).intValue());
        }
        if (isInteger(left) && right == SqlType.Kind.DATE && function == Function.PLUS) {
            return (a, b) -> isInfinite((Integer) b) ? b : (Object) ((Integer) b + ((Number) a).intValue());
        }
        if (right == SqlType.Kind.INTERVAL && left != SqlType.Kind.INTERVAL) {
            int sign = minus ? -1 : 1;
            return (a, b) -> plus(left, a, (Interval) b, sign);
        }
        if (left == SqlType.Kind.INTERVAL && right == SqlType.Kind.INTERVAL) {
            int sign = minus ? -1 : 1;
            return (a, b) -> sum((Interval) a, (Interval) b, sign);
        }
        if (left == SqlType.Kind.INTERVAL && function == Function.PLUS) {
            return (a, b) -> plus(right, b, (Interval) a, 1);
        }
        throw new IllegalStateException("no " + function + " of " + left + " and " + right);
    }

    private static Interval sum(Interval a, Interval b, int sign) {
        return new Interval(a.months() + sign * b.months(), a.days() + sign * b.days(), a.micros() + sign * b.micros());
    }

    private static Object plus(SqlType.Kind kind, Object value, Interval interval, int sign) {
        if (kind == SqlType.Kind.TIME) {
            return Math.floorMod((Long) value + sign * interval.micros(), MICROS_PER_DAY);
        }
        long micros = kind == SqlType.Kind.DATE ? timestampOf((Integer) value) : (Long) value;
        if (isInfinite(micros)) {
            return micros;
        }
        LocalDateTime moved =
                dateTime(micros).plusMonths((long) sign * interval.months()).plusDays((long) sign * interval.days());
        return micros(moved) + sign * interval.micros();
    }

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        SqlType.Kind kind = types.get(1).kind();
        return row -> {
            Object first = operands[0].evaluate(row);
            Object second = operands[1].evaluate(row);
            if (first == null || second == null) {
                return null;
            }
            String unit = ((String) first).toLowerCase(Locale.ROOT);
            return switch (function) {
                case DATE_TRUNC -> truncate(unit, kind, second);
                case EXTRACT -> extract(unit, kind, second);
                case DATE_PART -> extract(unit, kind, second).doubleValue();
                case TIMEZONE -> inZone((String) first, kind, (Long) second);
                default -> throw new IllegalStateException(function + " is no function of time");
            };
        };
    }

    private static Object inZone(String zone, SqlType.Kind kind, long micros) {
        if (isInfinite(micros)) {
            return micros;
        }
        ZoneId id = ZoneId.of(zone);
        if (kind == SqlType.Kind.TIMESTAMPTZ) {
            Instant instant = dateTime(micros).toInstant(ZoneOffset.UTC);
            return micros(LocalDateTime.ofInstant(instant, id));
        }
        Instant instant = dateTime(micros).atZone(id).toInstant();
        return micros(LocalDateTime.ofInstant(instant, ZoneOffset.UTC));
    }

    private static Object truncate(String unit, SqlType.Kind kind, Object value) {
        long micros = kind == SqlType.Kind.DATE ? timestampOf((Integer) value) : (Long) value;
        if (isInfinite(micros)) {
            return micros;
        }
        LocalDateTime time = dateTime(micros);
        LocalDate date = time.toLocalDate();
        LocalDateTime start =
                switch (unit) {
                    case "microseconds", "microsecond" -> time;
                    case "milliseconds", "millisecond" -> time.truncatedTo(ChronoUnit.MILLIS);
                    case "second", "seconds" -> time.truncatedTo(ChronoUnit.SECONDS);
                    case "minute", "minutes" -> time.truncatedTo(ChronoUnit.MINUTES);
                    case "hour", "hours" -> time.truncatedTo(ChronoUnit.HOURS);
                    case "day", "days" -> date.atStartOfDay();
                    case "week", "weeks" -> date.with(DayOfWeek.MONDAY).atStartOfDay();
                    case "month", "months" -> date.withDayOfMonth(1).atStartOfDay();
                    case "quarter" ->
                        date.withMonth((date.getMonthValue() - 1) / 3 * 3 + 1)
                                .withDayOfMonth(1)
                                .atStartOfDay();
                    case "year", "years" -> date.withDayOfYear(1).atStartOfDay();
                    case "decade" ->
                        date.withDayOfYear(1)
                                .withYear(Math.floorDiv(date.getYear(), 10) * 10)
                                .atStartOfDay();
                    case "century" ->
                        date.withDayOfYear(1)
                                .withYear(Math.floorDiv(date.getYear() - 1, 100) * 100 + 1)
                                .atStartOfDay();
                    default -> throw new EvaluationError("22023", "unit \"" + unit + "\" not recognized");
                };
        return micros(start);
    }

    private static BigDecimal extract(String unit, SqlType.Kind kind, Object value) {
        if (kind == SqlType.Kind.INTERVAL) {
            return ofInterval(unit, (Interval) value);
        }
        long micros =
                switch (kind) {
                    case DATE -> timestampOf((Integer) value);
                    default -> (Long) value;
                };
        LocalDateTime time = dateTime(micros);
        LocalDate date = time.toLocalDate();
        long secondMicros = time.getSecond() * MICROS_PER_SECOND + time.getNano() / NANOS_PER_MICRO;
        return switch (unit) {
            case "year" -> BigDecimal.valueOf(date.getYear() > 0 ? date.getYear() : date.getYear() - 1);
            case "month" -> BigDecimal.valueOf(date.getMonthValue());
            case "day" -> BigDecimal.valueOf(date.getDayOfMonth());
            case "hour" -> BigDecimal.valueOf(time.getHour());
            case "minute" -> BigDecimal.valueOf(time.getMinute());
            case "second" -> BigDecimal.valueOf(secondMicros, 6);
            case "millisecond", "milliseconds" -> BigDecimal.valueOf(secondMicros, 3);
            case "microsecond", "microseconds" -> BigDecimal.valueOf(secondMicros);
            case "dow" -> BigDecimal.valueOf(date.getDayOfWeek().getValue() % 7);
            case "isodow" -> BigDecimal.valueOf(date.getDayOfWeek().getValue());
            case "doy" -> BigDecimal.valueOf(date.getDayOfYear());
            case "week" -> BigDecimal.valueOf(date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case "isoyear" -> BigDecimal.valueOf(date.get(IsoFields.WEEK_BASED_YEAR));
            case "quarter" -> BigDecimal.valueOf((date.getMonthValue() - 1) / 3 + 1);
            case "decade" -> BigDecimal.valueOf(Math.floorDiv(date.getYear(), 10));
            case "century" -> BigDecimal.valueOf(Math.floorDiv(date.getYear() - 1, 100) + 1);
            case "epoch" ->
                kind == SqlType.Kind.DATE
                        ? BigDecimal.valueOf(micros / MICROS_PER_SECOND)
                        : BigDecimal.valueOf(micros, 6);
            default -> throw new EvaluationError("22023", "unit \"" + unit + "\" not recognized");
        };
    }

    private static BigDecimal ofInterval(String unit, Interval interval) {
        long micros = interval.micros();
        long seconds = micros % (60 * MICROS_PER_SECOND);
        return switch (unit) {
            case "year" -> BigDecimal.valueOf(interval.months() / 12);
            case "month" -> BigDecimal.valueOf(interval.months() % 12);
            case "day" -> BigDecimal.valueOf(interval.days());
            case "hour" -> BigDecimal.valueOf(micros / (3600 * MICROS_PER_SECOND));
            case "minute" -> BigDecimal.valueOf(micros / (60 * MICROS_PER_SECOND) % 60);
            case "second" -> BigDecimal.valueOf(seconds, 6);
            case "epoch" -> {
                long yearSeconds = 31_557_600L;
                long whole = interval.months() / 12 * yearSeconds
                        + interval.months() % 12 * 30L * 86_400
                        + interval.days() * 86_400L;
                yield BigDecimal.valueOf(whole)
                        .add(BigDecimal.valueOf(micros, 6))
                        .setScale(6, RoundingMode.UNNECESSARY);
            }
            default -> throw new EvaluationError("22023", "unit \"" + unit + "\" not recognized for type interval");
        };
    }

    static long timestampOf(int days) {
        return days == Integer.MAX_VALUE
                ? Long.MAX_VALUE
                : days == Integer.MIN_VALUE ? Long.MIN_VALUE : days * MICROS_PER_DAY;
    }

    static boolean isInfinite(long micros) {
        return micros == Long.MAX_VALUE || micros == Long.MIN_VALUE;
    }

    private static boolean isInfinite(Integer days) {
        return days == Integer.MAX_VALUE || days == Integer.MIN_VALUE;
    }

    private static boolean isTimestamp(SqlType.Kind kind) {
        return kind == SqlType.Kind.TIMESTAMP || kind == SqlType.Kind.TIMESTAMPTZ;
    }

    private static boolean isInteger(SqlType.Kind kind) {
        return kind == SqlType.Kind.SMALLINT || kind == SqlType.Kind.INTEGER || kind == SqlType.Kind.BIGINT;
    }

    private static LocalDateTime dateTime(long micros) {
        long seconds = Math.floorDiv(micros, MICROS_PER_SECOND);
        int nanos = (int) Math.floorMod(micros, MICROS_PER_SECOND) * NANOS_PER_MICRO;
        return LocalDateTime.ofEpochSecond(seconds, nanos, ZoneOffset.UTC);
    }

    private static long micros(LocalDateTime time) {
        return time.toEpochSecond(ZoneOffset.UTC) * MICROS_PER_SECOND + time.get(ChronoField.MICRO_OF_SECOND);
    }
}
