package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.plan.Function;
import java.time.LocalDate;
import java.util.function.BinaryOperator;

/**
 * Arithmetic of dates, times and intervals; the session's time zone is UTC. Ranges are PostgreSQL's, but that a timestamp ends
 * in the year 294247, where microseconds since 1970 do, and not 30 years later.
 */
final class Times {
    static final long MICROS_PER_SECOND = 1_000_000L;
    static final long MICROS_PER_HOUR = 3600 * MICROS_PER_SECOND;
    static final long MICROS_PER_DAY = 86_400L * MICROS_PER_SECOND;
    static final int DAYS_PER_MONTH = 30;
    static final int MONTHS_PER_YEAR = 12;

    /** 4714-11-24 BC, day 0 of Julian dates. */
    private static final long FIRST_DAY = -2_440_588;
    /** 5874897-12-31. */
    private static final long LAST_DAY = 2_145_042_905;

    private static final long FIRST_MICROS = FIRST_DAY * MICROS_PER_DAY;
    private static final double SECONDS_PER_DAY = 86_400;

    private Times() {}

    static EvaluationError outOfRange(String type) {
        return new EvaluationError("22008", type + " out of range");
    }

    static boolean isInfinite(long micros) {
        return micros == Long.MAX_VALUE || micros == Long.MIN_VALUE;
    }

    static boolean isInfinite(int days) {
        return days == Integer.MAX_VALUE || days == Integer.MIN_VALUE;
    }

    static boolean isInfinite(Interval interval) {
        return interval.isInfinite();
    }

    static Interval infinite(boolean negative) {
        return negative ? Interval.NEGATIVE_INFINITE : Interval.INFINITE;
    }

    static int checkedDate(long days) {
        if (days < FIRST_DAY || days > LAST_DAY) {
            throw outOfRange("date");
        }
        return (int) days;
    }

    static long checkedTimestamp(long micros) {
        if (micros < FIRST_MICROS || micros == Long.MAX_VALUE) {
            throw outOfRange("timestamp");
        }
        return micros;
    }

    /** The instant that begins a day so many microseconds from its midnight. */
    static long timestamp(long days, long microsOfDay) {
        try {
            return checkedTimestamp(Math.addExact(Math.multiplyExact(days, MICROS_PER_DAY), microsOfDay));
        } catch (ArithmeticException e) {
            throw outOfRange("timestamp");
        }
    }

    static long timestampOf(int days) {
        if (isInfinite(days)) {
            return days > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
        if (days >= Long.MAX_VALUE / MICROS_PER_DAY) {
            throw new EvaluationError("22008", "date out of range for timestamp");
        }
        return days * MICROS_PER_DAY;
    }

    static int dateOf(long micros) {
        if (isInfinite(micros)) {
            return micros > 0 ? Integer.MAX_VALUE : Integer.MIN_VALUE;
        }
        return (int) Math.floorDiv(micros, MICROS_PER_DAY);
    }

    static Interval negated(Interval interval) {
        if (isInfinite(interval)) {
            return infinite(interval.months() > 0);
        }
        return checked(-(long) interval.months(), -(long) interval.days(), 0, interval.micros(), true);
    }

    /** The operation on values of these types, none of which is NULL. */
    static BinaryOperator<Object> arithmetic(Function function, Kind left, Kind right) {
        BinaryOperator<Object> operation =
                switch (function) {
                    case PLUS -> plus(left, right);
                    case MINUS -> minus(left, right);
                    case TIMES ->
                        left == Kind.INTERVAL
                                ? (a, b) -> times((Interval) a, ((Number) b).doubleValue())
                                : (a, b) -> times((Interval) b, ((Number) a).doubleValue());
                    case DIVIDE -> (a, b) -> divided((Interval) a, ((Number) b).doubleValue());
                    default -> null;
                };
        if (operation == null) {
            throw new IllegalStateException("no " + function + " of " + left + " and " + right);
        }
        return operation;
    }

    private static BinaryOperator<Object> plus(Kind left, Kind right) {
        if (right == Kind.INTERVAL) {
            return switch (left) {
                case DATE -> (a, b) -> plus(timestampOf((Integer) a), (Interval) b);
                case TIMESTAMP, TIMESTAMPTZ -> (a, b) -> plus((Long) a, (Interval) b);
                case TIME -> (a, b) -> plusOfTime((Long) a, (Interval) b);
                case INTERVAL -> (a, b) -> sum((Interval) a, (Interval) b);
                default -> null;
            };
        }
        if (left == Kind.DATE && Arithmetic.isInteger(right)) {
            return (a, b) -> moved((Integer) a, ((Number) b).longValue());
        }
        if (left == Kind.DATE && right == Kind.TIME) {
            return (a, b) -> joined((Integer) a, (Long) b);
        }
        boolean swappable = left == Kind.INTERVAL || left == Kind.TIME || Arithmetic.isInteger(left);
        if (swappable && right != left) {
            BinaryOperator<Object> swapped = plus(right, left);
            return swapped == null ? null : (a, b) -> swapped.apply(b, a);
        }
        return null;
    }

    private static BinaryOperator<Object> minus(Kind left, Kind right) {
        if (right == Kind.INTERVAL) {
            return switch (left) {
                case DATE -> (a, b) -> minus(timestampOf((Integer) a), (Interval) b);
                case TIMESTAMP, TIMESTAMPTZ -> (a, b) -> minus((Long) a, (Interval) b);
                case TIME -> (a, b) -> minusOfTime((Long) a, (Interval) b);
                case INTERVAL -> (a, b) -> difference((Interval) a, (Interval) b);
                default -> null;
            };
        }
        if (left == Kind.DATE && Arithmetic.isInteger(right)) {
            return (a, b) -> moved((Integer) a, -((Number) b).longValue());
        }
        if (left != right) {
            return null;
        }
        return switch (left) {
            case DATE -> (a, b) -> daysBetween((Integer) a, (Integer) b);
            case TIMESTAMP, TIMESTAMPTZ -> (a, b) -> between((Long) a, (Long) b);
            case TIME -> (a, b) -> new Interval(0, 0, (Long) a - (Long) b);
            default -> null;
        };
    }

    private static Object moved(int date, long days) {
        return isInfinite(date) ? date : checkedDate(date + days);
    }

    private static Object joined(int date, long time) {
        long midnight = timestampOf(date);
        return isInfinite(midnight) ? midnight : timestamp(date, time);
    }

    private static Object daysBetween(int a, int b) {
        if (isInfinite(a) || isInfinite(b)) {
            throw new EvaluationError("22008", "cannot subtract infinite dates");
        }
        return (int) ((long) a - b);
    }

    static Interval between(long a, long b) {
        if (isInfinite(a) || isInfinite(b)) {
            if (a == b) {
                throw outOfRange("interval");
            }
            return infinite(isInfinite(a) ? a < 0 : b > 0);
        }
        long micros;
        try {
            micros = Math.subtractExact(a, b);
        } catch (ArithmeticException e) {
            throw outOfRange("interval");
        }
        return new Interval(0, (int) (micros / MICROS_PER_DAY), micros % MICROS_PER_DAY);
    }

    private static long plusOfTime(long time, Interval interval) {
        if (isInfinite(interval)) {
            throw new EvaluationError("22008", "cannot add infinite interval to time");
        }
        return Math.floorMod(time + interval.micros() % MICROS_PER_DAY, MICROS_PER_DAY);
    }

    private static long minusOfTime(long time, Interval interval) {
        if (isInfinite(interval)) {
            throw new EvaluationError("22008", "cannot subtract infinite interval from time");
        }
        return Math.floorMod(time - interval.micros() % MICROS_PER_DAY, MICROS_PER_DAY);
    }

    private static long minus(long micros, Interval interval) {
        return plus(micros, negated(interval));
    }

    /** Months first, which keep the day or cut it to the month's last; then days, then the rest. */
    static long plus(long micros, Interval interval) {
        if (isInfinite(interval)) {
            boolean negative = interval.months() < 0;
            if (isInfinite(micros) && micros < 0 != negative) {
                throw outOfRange("timestamp");
            }
            return negative ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        if (isInfinite(micros)) {
            return micros;
        }
        long moved = micros;
        if (interval.months() != 0) {
            LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, MICROS_PER_DAY));
            moved = timestamp(date.plusMonths(interval.months()).toEpochDay(), Math.floorMod(micros, MICROS_PER_DAY));
        }
        if (interval.days() != 0) {
            long days = Math.floorDiv(moved, MICROS_PER_DAY) + interval.days();
            moved = timestamp(days, Math.floorMod(moved, MICROS_PER_DAY));
        }
        try {
            return checkedTimestamp(Math.addExact(moved, interval.micros()));
        } catch (ArithmeticException e) {
            throw outOfRange("timestamp");
        }
    }

    private static Interval sum(Interval a, Interval b) {
        if (isInfinite(a) || isInfinite(b)) {
            if (isInfinite(a) && isInfinite(b) && !a.equals(b)) {
                throw outOfRange("interval");
            }
            return isInfinite(a) ? a : b;
        }
        return checked((long) a.months() + b.months(), (long) a.days() + b.days(), a.micros(), b.micros(), false);
    }

    private static Interval difference(Interval a, Interval b) {
        if (isInfinite(a) || isInfinite(b)) {
            if (a.equals(b)) {
                throw outOfRange("interval");
            }
            return isInfinite(a) ? a : negated(b);
        }
        return checked((long) a.months() - b.months(), (long) a.days() - b.days(), a.micros(), b.micros(), true);
    }

    /** An interval of these fields, its microseconds being a sum or a difference, if it is one and finite. */
    private static Interval checked(long months, long days, long a, long b, boolean difference) {
        try {
            return checked(months, days, difference ? Math.subtractExact(a, b) : Math.addExact(a, b));
        } catch (ArithmeticException e) {
            throw outOfRange("interval");
        }
    }

    static Interval checked(long months, long days, long micros) {
        if (months != (int) months || days != (int) days) {
            throw outOfRange("interval");
        }
        Interval interval = new Interval((int) months, (int) days, micros);
        if (isInfinite(interval)) {
            throw outOfRange("interval");
        }
        return interval;
    }

    private static Interval times(Interval interval, double factor) {
        if (Double.isNaN(factor)) {
            throw outOfRange("interval");
        }
        if (isInfinite(interval) || Double.isInfinite(factor)) {
            int sign = sign(interval) * (int) Math.signum(factor);
            if (sign == 0) {
                throw outOfRange("interval");
            }
            return infinite(sign < 0);
        }
        return scaled(interval.months() * factor, interval.days() * factor, interval.micros() * factor);
    }

    private static Interval divided(Interval interval, double divisor) {
        if (divisor == 0) {
            throw EvaluationError.divisionByZero();
        }
        if (Double.isNaN(divisor)) {
            throw outOfRange("interval");
        }
        if (isInfinite(interval)) {
            if (Double.isInfinite(divisor)) {
                throw outOfRange("interval");
            }
            return divisor < 0 ? negated(interval) : interval;
        }
        return scaled(interval.months() / divisor, interval.days() / divisor, interval.micros() / divisor);
    }

    static int sign(Interval interval) {
        long days = (long) interval.months() * DAYS_PER_MONTH
                + interval.days()
                + Math.floorDiv(interval.micros(), MICROS_PER_DAY);
        return days != 0 ? Long.signum(days) : Math.floorMod(interval.micros(), MICROS_PER_DAY) == 0 ? 0 : 1;
    }

    /** The fields that scaling gave, with parts of months turned into days and parts of days into microseconds. */
    private static Interval scaled(double months, double days, double micros) {
        int wholeMonths = whole(months);
        int wholeDays = whole(days);
        double daysOfMonth = roundedToMicros((months - wholeMonths) * DAYS_PER_MONTH);
        double seconds = roundedToMicros((days - wholeDays + daysOfMonth - (int) daysOfMonth) * SECONDS_PER_DAY);
        long allDays = wholeDays;
        if (Math.abs(seconds) >= SECONDS_PER_DAY) {
            int more = (int) (seconds / SECONDS_PER_DAY);
            allDays += more;
            seconds -= more * SECONDS_PER_DAY;
        }
        double rest = Math.rint(micros + seconds * MICROS_PER_SECOND);
        if (Double.isNaN(rest) || rest < Long.MIN_VALUE || rest >= 0x1p63) {
            throw outOfRange("interval");
        }
        return checked(wholeMonths, allDays + (int) daysOfMonth, (long) rest);
    }

    private static int whole(double value) {
        if (Double.isNaN(value) || value < Integer.MIN_VALUE || value >= 0x1p31) {
            throw outOfRange("interval");
        }
        return (int) value;
    }

    private static double roundedToMicros(double value) {
        return Math.rint(value * MICROS_PER_SECOND) / MICROS_PER_SECOND;
    }
}
