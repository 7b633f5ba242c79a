package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.catalog.TimeUnit;
import io.millrace.plan.Expression;
import io.millrace.plan.Function;
import io.millrace.row.SqlText;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.IsoFields;
import java.util.Locale;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/** extract, date_part, date_trunc and AT TIME ZONE. A unit or zone that is a constant, as nearly all are, is read once. */
final class TimeFields {
    private static final long MICROS_PER_MINUTE = 60 * Times.MICROS_PER_SECOND;
    private static final long MICROS_PER_MILLI = 1000;
    private static final int JULIAN_OF_1970 = 2_440_588;
    private static final int DAYS_PER_WEEK = 7;
    private static final long SECONDS_PER_YEAR = 31_557_600;
    private static final long SECONDS_PER_DAY = 86_400;
    private static final long SECONDS_PER_MONTH = Times.DAYS_PER_MONTH * SECONDS_PER_DAY;
    private static final BigDecimal DAY = BigDecimal.valueOf(Times.MICROS_PER_DAY);

    private TimeFields() {}

    /** What a function does once its unit or zone is known. */
    @FunctionalInterface
    private interface Reader {
        UnaryOperator<Object> read(String name);
    }

    static Evaluator compile(Expression.Call call, Evaluator[] operands) {
        Kind kind = call.operands().get(1).type().kind();
        if (operands.length == 3) {
            return truncatedInZone(operands);
        }
        if (call.operands().get(0).type().kind() == Kind.INTERVAL) {
            BinaryOperator<Object> shift = inOffset(kind);
            return Arithmetic.strict(operands[0], operands[1], shift);
        }
        Reader reader = reader(call.function(), kind);
        if (call.operands().get(0) instanceof Expression.Literal literal && literal.value() != null) {
            return Arithmetic.strict(operands[1], readOrFail(reader, (String) literal.value()));
        }
        return Arithmetic.strict(operands[0], operands[1], (name, value) -> reader.read((String) name)
                .apply(value));
    }

    /** A bad name is an error only of a row with a value. */
    private static UnaryOperator<Object> readOrFail(Reader reader, String name) {
        try {
            return reader.read(name);
        } catch (EvaluationError e) {
            return any -> {
                throw e;
            };
        }
    }

    private static Reader reader(Function function, Kind kind) {
        return switch (function) {
            case EXTRACT -> name -> extraction(name, kind);
            case DATE_PART -> name -> part(name, kind);
            case DATE_TRUNC -> name -> truncation(name, kind);
            case TIMEZONE ->
                name -> {
                    UnaryOperator<Object> finite = readOrFail(zone -> inZone(TimeZones.zone(zone), kind), name);
                    return value -> Times.isInfinite((Long) value) ? value : finite.apply(value);
                };
            default -> throw new IllegalStateException(function + " has no unit");
        };
    }

    private static UnaryOperator<Object> inZone(ZoneId zone, Kind kind) {
        return kind == Kind.TIMESTAMPTZ
                ? value -> TimeZones.localTime(zone, (Long) value)
                : value -> TimeZones.instant(zone, (Long) value);
    }

    private static BinaryOperator<Object> inOffset(Kind kind) {
        return (zone, value) -> {
            Interval offset = (Interval) zone;
            if (Times.isInfinite(offset)) {
                throw unfitZone(offset, "must be finite");
            }
            if (offset.months() != 0 || offset.days() != 0) {
                throw unfitZone(offset, "must not include months or days");
            }
            // As an offset of a zone it is an integer of seconds.
            int seconds = (int) (offset.micros() / Times.MICROS_PER_SECOND);
            long micros = (kind == Kind.TIMESTAMPTZ ? seconds : -seconds) * Times.MICROS_PER_SECOND;
            return Times.plus((Long) value, new Interval(0, 0, micros));
        };
    }

    private static EvaluationError unfitZone(Interval offset, String problem) {
        String text = SqlText.write(SqlType.INTERVAL, offset);
        return new EvaluationError("22023", "interval time zone \"" + text + "\" " + problem);
    }

    private static EvaluationError unrecognized(String unit, Kind kind) {
        return new EvaluationError("22023", "unit \"" + unit + "\" not recognized for type " + kind.sqlName());
    }

    private static EvaluationError unsupported(String unit, Kind kind) {
        return new EvaluationError("0A000", "unit \"" + unit + "\" not supported for type " + kind.sqlName());
    }

    private static TimeUnit unit(String lower, Kind kind) {
        TimeUnit unit = TimeUnit.named(lower);
        if (unit == null) {
            throw unrecognized(lower, kind);
        }
        return unit;
    }

    // ---- extract

    private static UnaryOperator<Object> extraction(String given, Kind kind) {
        String name = given.toLowerCase(Locale.ROOT);
        TimeUnit unit = unit(name, kind);
        return switch (kind) {
            case DATE -> ofDate(unit, name);
            case TIME -> ofTime(unit, name);
            case TIMESTAMP, TIMESTAMPTZ -> ofTimestamp(unit, name, kind);
            case INTERVAL -> ofInterval(unit, name);
            default -> throw new IllegalStateException("no fields of " + kind);
        };
    }

    private static UnaryOperator<Object> ofDate(TimeUnit unit, String name) {
        return switch (unit) {
            case MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR, TIMEZONE, TIMEZONE_HOUR, TIMEZONE_MINUTE ->
                throw unsupported(name, Kind.DATE);
            case EPOCH ->
                value -> {
                    int date = (Integer) value;
                    return Times.isInfinite(date)
                            ? (Object) infinity(date)
                            : BigDecimal.valueOf(date * SECONDS_PER_DAY);
                };
            case JULIAN ->
                value -> {
                    int date = (Integer) value;
                    return Times.isInfinite(date)
                            ? (Object) infinity(date)
                            : BigDecimal.valueOf((long) date + JULIAN_OF_1970);
                };
            default ->
                value -> {
                    int date = (Integer) value;
                    return Times.isInfinite(date)
                            ? ofInfinity(unit, date)
                            : BigDecimal.valueOf(calendarField(unit, LocalDate.ofEpochDay(date)));
                };
        };
    }

    private static Double infinity(long sign) {
        return sign > 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }

    /** A field that grows with time is infinite, one that goes round is unknown. */
    private static Object ofInfinity(TimeUnit unit, long sign) {
        return switch (unit) {
            case YEAR, DECADE, CENTURY, MILLENNIUM, ISOYEAR, JULIAN, EPOCH -> infinity(sign);
            default -> null;
        };
    }

    private static long calendarField(TimeUnit unit, LocalDate date) {
        long year = date.getYear();
        return switch (unit) {
            case DAY -> date.getDayOfMonth();
            case WEEK -> date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
            case MONTH -> date.getMonthValue();
            case QUARTER -> (date.getMonthValue() - 1) / 3 + 1;
            // There is no year 0 in a calendar, nor a decade: those before Christ count from 1 down.
            case YEAR -> year > 0 ? year : year - 1;
            case DECADE -> Math.floorDiv(year, 10);
            case CENTURY -> era(year, 100);
            case MILLENNIUM -> era(year, 1000);
            case ISOYEAR -> {
                long isoYear = date.get(IsoFields.WEEK_BASED_YEAR);
                yield isoYear > 0 ? isoYear : isoYear - 1;
            }
            case DAY_OF_WEEK -> date.getDayOfWeek().getValue() % DAYS_PER_WEEK;
            case ISO_DAY_OF_WEEK -> date.getDayOfWeek().getValue();
            case DAY_OF_YEAR -> date.getDayOfYear();
            default -> throw new IllegalStateException(unit + " is no field of a date");
        };
    }

    /** Centuries and millennia begin with the year 1, and none is the 0th. */
    private static long era(long year, long length) {
        return year > 0 ? (year + length - 1) / length : -((length - year) / length);
    }

    private static UnaryOperator<Object> ofTime(TimeUnit unit, String name) {
        return switch (unit) {
            case MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR -> value -> clockField(unit, (Long) value);
            case EPOCH -> value -> BigDecimal.valueOf((Long) value, 6);
            default -> throw unsupported(name, Kind.TIME);
        };
    }

    private static BigDecimal clockField(TimeUnit unit, long micros) {
        return switch (unit) {
            case MICROSECOND -> BigDecimal.valueOf(micros % MICROS_PER_MINUTE);
            case MILLISECOND -> BigDecimal.valueOf(micros % MICROS_PER_MINUTE, 3);
            case SECOND -> BigDecimal.valueOf(micros % MICROS_PER_MINUTE, 6);
            case MINUTE -> BigDecimal.valueOf(micros / MICROS_PER_MINUTE % 60);
            case HOUR -> BigDecimal.valueOf(micros / Times.MICROS_PER_HOUR);
            default -> throw new IllegalStateException(unit + " is no field of a clock");
        };
    }

    private static UnaryOperator<Object> ofTimestamp(TimeUnit unit, String name, Kind kind) {
        UnaryOperator<Object> finite =
                switch (unit) {
                    case MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR ->
                        value -> clockField(unit, Math.floorMod((Long) value, Times.MICROS_PER_DAY));
                    case EPOCH -> value -> BigDecimal.valueOf((Long) value, 6);
                    case JULIAN -> value -> julian((Long) value);
                    case TIMEZONE, TIMEZONE_HOUR, TIMEZONE_MINUTE ->
                        value -> {
                            if (kind == Kind.TIMESTAMP) {
                                throw unsupported(name, kind);
                            }
                            return BigDecimal.ZERO;
                        };
                    default -> value -> BigDecimal.valueOf(calendarField(unit, dateOf((Long) value)));
                };
        return value -> Times.isInfinite((Long) value) ? ofInfinity(unit, (Long) value) : finite.apply(value);
    }

    private static LocalDate dateOf(long micros) {
        return LocalDate.ofEpochDay(Math.floorDiv(micros, Times.MICROS_PER_DAY));
    }

    private static BigDecimal julian(long micros) {
        BigDecimal day = BigDecimal.valueOf(Math.floorDiv(micros, Times.MICROS_PER_DAY) + JULIAN_OF_1970);
        return day.add(Decimals.divide(BigDecimal.valueOf(Math.floorMod(micros, Times.MICROS_PER_DAY)), DAY));
    }

    private static UnaryOperator<Object> ofInterval(TimeUnit unit, String name) {
        UnaryOperator<Object> finite =
                switch (unit) {
                    case MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR ->
                        value -> clockField(unit, ((Interval) value).micros());
                    case EPOCH -> value -> epoch((Interval) value);
                    case DAY, WEEK, MONTH, QUARTER, YEAR, DECADE, CENTURY, MILLENNIUM ->
                        value -> BigDecimal.valueOf(intervalField(unit, (Interval) value));
                    default -> throw unsupported(name, Kind.INTERVAL);
                };
        boolean grows =
                switch (unit) {
                    case HOUR, DAY, YEAR, DECADE, CENTURY, MILLENNIUM, EPOCH -> true;
                    default -> false;
                };
        return value -> {
            Interval interval = (Interval) value;
            if (Times.isInfinite(interval)) {
                return grows ? infinity(interval.months()) : null;
            }
            return finite.apply(value);
        };
    }

    private static long intervalField(TimeUnit unit, Interval interval) {
        int months = interval.months();
        int month = months % Times.MONTHS_PER_YEAR;
        int years = months / Times.MONTHS_PER_YEAR;
        return switch (unit) {
            case DAY -> interval.days();
            case WEEK -> interval.days() / DAYS_PER_WEEK;
            case MONTH -> month;
            case QUARTER -> months >= 0 ? month / 3 + 1 : -(-month / 3 + 1);
            case YEAR -> years;
            case DECADE -> years / 10;
            case CENTURY -> years / 100;
            case MILLENNIUM -> years / 1000;
            default -> throw new IllegalStateException(unit + " is no field of an interval");
        };
    }

    private static BigDecimal epoch(Interval interval) {
        long seconds = interval.months() / Times.MONTHS_PER_YEAR * SECONDS_PER_YEAR
                + interval.months() % Times.MONTHS_PER_YEAR * SECONDS_PER_MONTH
                + interval.days() * SECONDS_PER_DAY;
        return BigDecimal.valueOf(seconds)
                .add(BigDecimal.valueOf(interval.micros(), 6))
                .setScale(6, RoundingMode.UNNECESSARY);
    }

    // ---- date_part

    /** The field as double precision, with the same roundings on the way as PostgreSQL's. */
    private static UnaryOperator<Object> part(String given, Kind kind) {
        if (kind == Kind.DATE) {
            UnaryOperator<Object> ofTimestamp = readOrFail(name -> part(name, Kind.TIMESTAMP), given);
            return value -> ofTimestamp.apply(Times.timestampOf((Integer) value));
        }
        TimeUnit unit = unit(given.toLowerCase(Locale.ROOT), kind);
        UnaryOperator<Object> extraction = extraction(given, kind);
        boolean ofInterval = kind == Kind.INTERVAL;
        return value -> {
            Object extracted = extraction.apply(value);
            if (!(extracted instanceof BigDecimal number)) {
                return extracted;
            }
            return switch (unit) {
                case MILLISECOND, SECOND ->
                    clockPart(
                            unit,
                            ofInterval
                                    ? ((Interval) value).micros()
                                    : Math.floorMod((Long) value, Times.MICROS_PER_DAY));
                case EPOCH ->
                    ofInterval ? epochPart((Interval) value) : (Long) value / (double) Times.MICROS_PER_SECOND;
                case JULIAN -> julianPart((Long) value);
                default -> number.doubleValue();
            };
        };
    }

    private static double clockPart(TimeUnit unit, long micros) {
        long ofMinute = micros % MICROS_PER_MINUTE;
        long seconds = ofMinute / Times.MICROS_PER_SECOND;
        double fraction = ofMinute % Times.MICROS_PER_SECOND;
        return unit == TimeUnit.SECOND
                ? seconds + fraction / Times.MICROS_PER_SECOND
                : seconds * 1000.0 + fraction / MICROS_PER_MILLI;
    }

    private static double epochPart(Interval interval) {
        double seconds = interval.micros() / (double) Times.MICROS_PER_SECOND;
        int years = interval.months() / Times.MONTHS_PER_YEAR;
        seconds += (double) SECONDS_PER_YEAR * years;
        seconds += (double) SECONDS_PER_MONTH * (interval.months() % Times.MONTHS_PER_YEAR);
        return seconds + (double) SECONDS_PER_DAY * interval.days();
    }

    private static double julianPart(long micros) {
        long ofDay = Math.floorMod(micros, Times.MICROS_PER_DAY);
        long wholeSeconds = ofDay / Times.MICROS_PER_SECOND;
        double seconds = wholeSeconds + ofDay % Times.MICROS_PER_SECOND / (double) Times.MICROS_PER_SECOND;
        return Math.floorDiv(micros, Times.MICROS_PER_DAY) + JULIAN_OF_1970 + seconds / SECONDS_PER_DAY;
    }

    // ---- date_trunc

    private static UnaryOperator<Object> truncation(String given, Kind kind) {
        if (kind == Kind.DATE) {
            // Of the types that a date can be taken for, PostgreSQL prefers this one.
            UnaryOperator<Object> ofTimestamp = readOrFail(name -> truncation(name, Kind.TIMESTAMPTZ), given);
            return value -> ofTimestamp.apply(Times.timestampOf((Integer) value));
        }
        TimeUnit unit = truncatingUnit(given.toLowerCase(Locale.ROOT), kind);
        return kind == Kind.INTERVAL
                ? value -> truncated(unit, (Interval) value)
                : value -> truncated(unit, (Long) value);
    }

    private static TimeUnit truncatingUnit(String name, Kind kind) {
        TimeUnit unit = unit(name, kind);
        return switch (unit) {
            case ISOYEAR, DAY_OF_WEEK, ISO_DAY_OF_WEEK, DAY_OF_YEAR, JULIAN, EPOCH -> throw unrecognized(name, kind);
            case TIMEZONE, TIMEZONE_HOUR, TIMEZONE_MINUTE -> throw unsupported(name, kind);
            case WEEK -> {
                if (kind == Kind.INTERVAL) {
                    throw unsupported(name, kind);
                }
                yield unit;
            }
            default -> unit;
        };
    }

    private static long truncated(TimeUnit unit, long micros) {
        if (Times.isInfinite(micros)) {
            return micros;
        }
        long clockMicros = clockMicros(unit);
        if (clockMicros > 0) {
            return micros - Math.floorMod(micros, clockMicros);
        }
        return Times.timestamp(start(unit, dateOf(micros)).toEpochDay(), 0);
    }

    /** How long a unit is that is no longer than a day; 0 for others. */
    private static long clockMicros(TimeUnit unit) {
        return switch (unit) {
            case MICROSECOND -> 1;
            case MILLISECOND -> MICROS_PER_MILLI;
            case SECOND -> Times.MICROS_PER_SECOND;
            case MINUTE -> MICROS_PER_MINUTE;
            case HOUR -> Times.MICROS_PER_HOUR;
            case DAY -> Times.MICROS_PER_DAY;
            default -> 0;
        };
    }

    private static LocalDate start(TimeUnit unit, LocalDate date) {
        int year = date.getYear();
        return switch (unit) {
            case WEEK -> date.minusDays(date.getDayOfWeek().getValue() - 1L);
            case MONTH -> date.withDayOfMonth(1);
            case QUARTER -> LocalDate.of(year, (date.getMonthValue() - 1) / 3 * 3 + 1, 1);
            case YEAR -> LocalDate.of(year, 1, 1);
            case DECADE -> LocalDate.of(Math.floorDiv(year, 10) * 10, 1, 1);
            case CENTURY -> LocalDate.of(Math.floorDiv(year - 1, 100) * 100 + 1, 1, 1);
            case MILLENNIUM -> LocalDate.of(Math.floorDiv(year - 1, 1000) * 1000 + 1, 1, 1);
            default -> throw new IllegalStateException("no dates are cut to " + unit);
        };
    }

    private static Interval truncated(TimeUnit unit, Interval interval) {
        if (Times.isInfinite(interval)) {
            return interval;
        }
        int months = interval.months();
        long clockMicros = clockMicros(unit);
        if (clockMicros > 0 && unit != TimeUnit.DAY) {
            return new Interval(months, interval.days(), interval.micros() / clockMicros * clockMicros);
        }
        return switch (unit) {
            case DAY -> new Interval(months, interval.days(), 0);
            case MONTH -> new Interval(months, 0, 0);
            case QUARTER -> new Interval(months / 3 * 3, 0, 0);
            default -> {
                int whole = Times.MONTHS_PER_YEAR * years(unit);
                yield new Interval(months / whole * whole, 0, 0);
            }
        };
    }

    private static int years(TimeUnit unit) {
        return switch (unit) {
            case YEAR -> 1;
            case DECADE -> 10;
            case CENTURY -> 100;
            case MILLENNIUM -> 1000;
            default -> throw new IllegalStateException(unit + " is no number of years");
        };
    }

    /** date_trunc(unit, timestamp with time zone, zone). */
    private static Evaluator truncatedInZone(Evaluator[] operands) {
        return row -> {
            Object name = operands[0].evaluate(row);
            Object value = operands[1].evaluate(row);
            Object zoneName = operands[2].evaluate(row);
            if (name == null || value == null || zoneName == null) {
                return null;
            }
            ZoneId zone = TimeZones.zone((String) zoneName);
            TimeUnit unit = truncatingUnit(((String) name).toLowerCase(Locale.ROOT), Kind.TIMESTAMPTZ);
            long micros = (Long) value;
            if (Times.isInfinite(micros)) {
                return micros;
            }
            long there = TimeZones.localTime(zone, micros);
            long truncated = truncated(unit, there);
            // An hour begins in the offset in which it is; a day may have begun in another.
            return clockMicros(unit) > 0 && unit != TimeUnit.DAY
                    ? (Object) (truncated - there + micros)
                    : TimeZones.instant(zone, truncated);
        };
    }
}
