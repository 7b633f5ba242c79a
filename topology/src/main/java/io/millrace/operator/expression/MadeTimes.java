package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.plan.Function;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Times of day, timestamps and intervals that are made of numbers. */
final class MadeTimes {
    private static final double MICROS = Times.MICROS_PER_SECOND;
    private static final long MICROS_PER_MINUTE = 60 * Times.MICROS_PER_SECOND;

    private MadeTimes() {}

    static Evaluator compile(Function function, Evaluator[] operands) {
        return row -> {
            Object[] fields = new Object[operands.length];
            boolean anyNull = false;
            for (int i = 0; i < operands.length; i++) {
                fields[i] = operands[i].evaluate(row);
                anyNull |= fields[i] == null;
            }
            if (anyNull) {
                return null;
            }
            return switch (function) {
                case MAKE_TIME -> time(whole(fields, 0), whole(fields, 1), (Double) fields[2]);
                case MAKE_TIMESTAMP -> timestamp(fields);
                case MAKE_TIMESTAMPTZ -> instant(fields);
                case MAKE_INTERVAL -> interval(fields);
                default -> throw new IllegalStateException(function + " makes no time");
            };
        };
    }

    private static int whole(Object[] fields, int position) {
        return position < fields.length ? (Integer) fields[position] : 0;
    }

    private static long time(int hour, int minute, double second) {
        boolean fits = hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && !Double.isNaN(second);
        double micros = Math.rint(second * MICROS);
        fits &= micros >= 0 && micros <= MICROS_PER_MINUTE;
        long time = hour * Times.MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + (long) micros;
        if (!fits || time > Times.MICROS_PER_DAY) {
            throw new EvaluationError(
                    "22008",
                    String.format(
                            Locale.ROOT, "time field value out of range: %d:%02d:%s", hour, minute, shortest(second)));
        }
        return time;
    }

    /** With six digits at most, as C's %02g. */
    private static String shortest(double second) {
        if (Double.isNaN(second) || Double.isInfinite(second)) {
            return Double.isNaN(second) ? "nan" : second > 0 ? "inf" : "-inf";
        }
        BigDecimal rounded = new BigDecimal(second).round(new MathContext(6));
        String digits =
                rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
        return digits.length() < 2 ? "0" + digits : digits;
    }

    private static Object timestamp(Object[] fields) {
        int date = Calendar.date(whole(fields, 0), whole(fields, 1), whole(fields, 2));
        return Times.timestamp(date, time(whole(fields, 3), whole(fields, 4), (Double) fields[5]));
    }

    private static Object instant(Object[] fields) {
        long local = (Long) timestamp(fields);
        return fields.length < 7 ? local : TimeZones.instant(TimeZones.ofMadeTime((String) fields[6]), local);
    }

    private static Object interval(Object[] fields) {
        double seconds = fields.length > 6 ? (Double) fields[6] : 0;
        double micros = Math.rint(seconds * MICROS);
        if (Double.isNaN(micros) || Math.abs(micros) >= Long.MAX_VALUE) {
            throw Times.outOfRange("interval");
        }
        try {
            long months = whole(fields, 0) * (long) Times.MONTHS_PER_YEAR + whole(fields, 1);
            long days = whole(fields, 2) * 7L + whole(fields, 3);
            long time = Math.addExact(
                    whole(fields, 4) * Times.MICROS_PER_HOUR + whole(fields, 5) * MICROS_PER_MINUTE, (long) micros);
            Interval made = new Interval(Math.toIntExact(months), Math.toIntExact(days), time);
            if (Times.isInfinite(made)) {
                throw Times.outOfRange("interval");
            }
            return made;
        } catch (ArithmeticException e) {
            throw Times.outOfRange("interval");
        }
    }
}
