package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import java.time.LocalDate;
import java.time.Month;
import java.time.Year;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;

/** Dates made of numbers, the bins of a stride, ages in years and months, and intervals in the units people use. */
final class Calendar {
    private static final double MICROS = Times.MICROS_PER_SECOND;
    /** 2000-01-01, from which PostgreSQL counts. */
    private static final long POSTGRES_EPOCH_SECONDS = 946_684_800L;

    private static final int FIRST_YEAR = -4712;
    private static final int LAST_YEAR = 5_874_897;

    private Calendar() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        return switch (function) {
            case AGE ->
                Arithmetic.strict(operands[0], operands[1], (later, earlier) -> age((Long) later, (Long) earlier));
            case DATE_BIN -> bin(operands);
            case ISFINITE -> Arithmetic.strict(operands[0], Calendar::isFinite);
            case JUSTIFY_DAYS -> Arithmetic.strict(operands[0], interval -> justifiedDays((Interval) interval));
            case JUSTIFY_HOURS -> Arithmetic.strict(operands[0], interval -> justifiedHours((Interval) interval));
            case JUSTIFY_INTERVAL -> Arithmetic.strict(operands[0], interval -> justified((Interval) interval));
            case DATE_ADD, DATE_SUBTRACT -> moved(operands, function == Function.DATE_SUBTRACT);
            case MAKE_DATE -> date(operands);
            case TO_TIMESTAMP -> Arithmetic.strict(operands[0], seconds -> timestamp((Double) seconds));
            default -> throw new IllegalStateException(function + " of " + types);
        };
    }

    private static Object isFinite(Object value) {
        if (value instanceof Interval interval) {
            return !Times.isInfinite(interval);
        }
        return value instanceof Long micros ? !Times.isInfinite(micros) : !Times.isInfinite((Integer) value);
    }

    private static Object timestamp(double seconds) {
        if (Double.isNaN(seconds)) {
            throw new EvaluationError("22008", "timestamp cannot be NaN");
        }
        if (Double.isInfinite(seconds)) {
            return seconds > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
        double micros = Math.rint((seconds - POSTGRES_EPOCH_SECONDS) * MICROS);
        double fromUnix = micros + POSTGRES_EPOCH_SECONDS * MICROS;
        if (fromUnix >= Long.MAX_VALUE || fromUnix <= Long.MIN_VALUE) {
            throw outOfRange(seconds);
        }
        long moved = (long) micros + POSTGRES_EPOCH_SECONDS * Times.MICROS_PER_SECOND;
        try {
            return Times.checkedTimestamp(moved);
        } catch (EvaluationError e) {
            throw outOfRange(seconds);
        }
    }

    private static EvaluationError outOfRange(double seconds) {
        String written = String.format(Locale.ROOT, "%.5e", seconds).replaceAll("\\.?0*e", "e");
        return new EvaluationError("22008", "timestamp out of range: \"" + written + "\"");
    }

    /** Months and days pass by the calendar of the zone, the time by the clock everywhere. */
    private static Evaluator moved(Evaluator[] operands, boolean back) {
        return row -> {
            Object time = operands[0].evaluate(row);
            Object given = operands[1].evaluate(row);
            Object zone = operands.length > 2 ? operands[2].evaluate(row) : "UTC";
            if (time == null || given == null || zone == null) {
                return null;
            }
            Interval interval = back ? Times.negated((Interval) given) : (Interval) given;
            ZoneId id = TimeZones.zone((String) zone);
            boolean plain = operands.length == 2 || Times.isInfinite(interval) || Times.isInfinite((Long) time);
            return plain ? Times.plus((Long) time, interval) : moved((Long) time, interval, id);
        };
    }

    private static long moved(long time, Interval interval, ZoneId zone) {
        long moved = time;
        if (interval.months() != 0) {
            long local = TimeZones.localTime(zone, moved);
            moved = TimeZones.instant(zone, Times.plus(local, new Interval(interval.months(), 0, 0)));
        }
        if (interval.days() != 0) {
            long local = TimeZones.localTime(zone, moved);
            moved = TimeZones.instant(zone, Times.plus(local, new Interval(0, interval.days(), 0)));
        }
        return Times.plus(moved, new Interval(0, 0, interval.micros()));
    }

    private static Evaluator date(Evaluator[] operands) {
        return row -> {
            Integer year = (Integer) operands[0].evaluate(row);
            Integer month = (Integer) operands[1].evaluate(row);
            Integer day = (Integer) operands[2].evaluate(row);
            return year == null || month == null || day == null ? null : date(year, month, day);
        };
    }

    /** A negative year is one before Christ, and there is no year 0. */
    static int date(int year, int month, int day) {
        int astronomical = year < 0 ? year + 1 : year;
        boolean yearExists = year != 0 && year != Integer.MIN_VALUE;
        boolean monthExists = yearExists && month >= 1 && month <= Times.MONTHS_PER_YEAR;
        boolean exists = monthExists && day >= 1 && day <= Month.of(month).length(Year.isLeap(astronomical));
        if (!exists) {
            throw unknownDate("date field value out of range", year, month, day);
        }
        if (astronomical > LAST_YEAR || astronomical < FIRST_YEAR) {
            throw unknownDate("date out of range", year, month, day);
        }
        return Times.checkedDate(LocalDate.of(astronomical, month, day).toEpochDay());
    }

    private static EvaluationError unknownDate(String message, int year, int month, int day) {
        return new EvaluationError("22008", String.format(Locale.ROOT, "%s: %d-%02d-%02d", message, year, month, day));
    }

    private static Evaluator bin(Evaluator[] operands) {
        return row -> {
            Object stride = operands[0].evaluate(row);
            Object time = operands[1].evaluate(row);
            Object origin = operands[2].evaluate(row);
            return stride == null || time == null || origin == null
                    ? null
                    : bin((Interval) stride, (Long) time, (Long) origin);
        };
    }

    /** The last instant not after the time that lies whole strides from the origin. */
    private static Object bin(Interval stride, long time, long origin) {
        if (Times.isInfinite(time)) {
            return time;
        }
        if (Times.isInfinite(origin)) {
            throw new EvaluationError("22008", "origin out of range");
        }
        if (Times.isInfinite(stride)) {
            throw new EvaluationError("22008", "timestamps cannot be binned into infinite intervals");
        }
        if (stride.months() != 0) {
            throw new EvaluationError("0A000", "timestamps cannot be binned into intervals containing months or years");
        }
        try {
            long micros = Math.addExact(Math.multiplyExact(stride.days(), Times.MICROS_PER_DAY), stride.micros());
            if (micros <= 0) {
                throw new EvaluationError("22008", "stride must be greater than zero");
            }
            long past = Math.floorMod(Math.subtractExact(time, origin), micros);
            return Times.checkedTimestamp(Math.subtractExact(time, past));
        } catch (ArithmeticException e) {
            throw Times.outOfRange("interval");
        }
    }

    /** Whole days out of the hours, months out of the days, all of one sign. */
    private static Object justified(Interval interval) {
        if (Times.isInfinite(interval)) {
            return interval;
        }
        long months = interval.months();
        long days = interval.days();
        long micros = interval.micros();
        // Days go into months before hours go into days where all have one sign, so that nothing overflows.
        if (days > 0 && micros > 0 || days < 0 && micros < 0) {
            months += days / Times.DAYS_PER_MONTH;
            days %= Times.DAYS_PER_MONTH;
        }
        days += micros / Times.MICROS_PER_DAY;
        micros %= Times.MICROS_PER_DAY;
        months += days / Times.DAYS_PER_MONTH;
        days %= Times.DAYS_PER_MONTH;
        if (months > 0 && (days < 0 || days == 0 && micros < 0)) {
            days += Times.DAYS_PER_MONTH;
            months--;
        } else if (months < 0 && (days > 0 || days == 0 && micros > 0)) {
            days -= Times.DAYS_PER_MONTH;
            months++;
        }
        if (days > 0 && micros < 0) {
            micros += Times.MICROS_PER_DAY;
            days--;
        } else if (days < 0 && micros > 0) {
            micros -= Times.MICROS_PER_DAY;
            days++;
        }
        return Times.checked(months, days, micros);
    }

    private static Object justifiedDays(Interval interval) {
        if (Times.isInfinite(interval)) {
            return interval;
        }
        long months = (long) interval.months() + interval.days() / Times.DAYS_PER_MONTH;
        long days = interval.days() % Times.DAYS_PER_MONTH;
        if (months > 0 && days < 0) {
            days += Times.DAYS_PER_MONTH;
            months--;
        } else if (months < 0 && days > 0) {
            days -= Times.DAYS_PER_MONTH;
            months++;
        }
        return Times.checked(months, days, interval.micros());
    }

    private static Object justifiedHours(Interval interval) {
        if (Times.isInfinite(interval)) {
            return interval;
        }
        long days = interval.days() + interval.micros() / Times.MICROS_PER_DAY;
        long micros = interval.micros() % Times.MICROS_PER_DAY;
        if (days > 0 && micros < 0) {
            micros += Times.MICROS_PER_DAY;
            days--;
        } else if (days < 0 && micros > 0) {
            micros -= Times.MICROS_PER_DAY;
            days++;
        }
        return Times.checked(interval.months(), days, micros);
    }

    /** Years, months and days as on a calendar; what is missing is borrowed from the earlier date's month. */
    private static Object age(long first, long second) {
        if (Times.isInfinite(first) || Times.isInfinite(second)) {
            return Times.between(first, second);
        }
        boolean negative = first < second;
        long later = Math.max(first, second);
        long earlier = Math.min(first, second);
        LocalDate to = LocalDate.ofEpochDay(Math.floorDiv(later, Times.MICROS_PER_DAY));
        LocalDate from = LocalDate.ofEpochDay(Math.floorDiv(earlier, Times.MICROS_PER_DAY));
        long micros = Math.floorMod(later, Times.MICROS_PER_DAY) - Math.floorMod(earlier, Times.MICROS_PER_DAY);
        long days = (long) to.getDayOfMonth() - from.getDayOfMonth();
        long months = (to.getYear() - from.getYear()) * (long) Times.MONTHS_PER_YEAR
                + to.getMonthValue()
                - from.getMonthValue();
        if (micros < 0) {
            micros += Times.MICROS_PER_DAY;
            days--;
        }
        while (days < 0) {
            days += from.lengthOfMonth();
            months--;
        }
        return negative ? Times.checked(-months, -days, -micros) : Times.checked(months, days, micros);
    }
}
