package io.millrace.operator.expression;

import io.millrace.catalog.Interval;
import io.millrace.operator.expression.FormatTemplate.Part;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** to_char of times and intervals. The session's time zone is UTC, its names are English. */
final class TimeFormat {
    static final List<String> MONTHS = List.of(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December");
    static final List<String> DAYS =
            List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");
    static final List<String> ROMAN_MONTHS =
            List.of("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII");
    private static final int NAME_WIDTH = 9;
    private static final int ROMAN_WIDTH = 4;

    /** Patterns without a meaning for an interval, which is on no day of the calendar. */
    private static final Set<String> OF_CALENDAR =
            Set.of("tz", "tzh", "tzm", "of", "a.d.", "ad", "b.c.", "bc", "month", "mon", "day", "dy", "d", "id");

    /**
     * A time by its fields.
     *
     * @param date the day, null of an interval
     * @param zone the zone's abbreviation; empty where the time has none
     */
    private record Fields(
            long year,
            int month,
            int day,
            long dayOfYear,
            long hour,
            int minute,
            int second,
            int micros,
            LocalDate date,
            String zone) {
        boolean isInterval() {
            return date == null;
        }

        /** A year before the first counts from 1 as well. */
        long shown(long given) {
            return isInterval() || given > 0 ? given : 1 - given;
        }
    }

    private final Fields fields;
    private final StringBuilder out = new StringBuilder();

    private TimeFormat(Fields fields) {
        this.fields = fields;
    }

    /** A timestamp, with the zone's abbreviation where it has a zone; null for one that is infinite. */
    static Object ofTimestamp(long micros, String zone, List<Part> template) {
        if (Times.isInfinite(micros) || template.isEmpty()) {
            return null;
        }
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, Times.MICROS_PER_DAY));
        long ofDay = Math.floorMod(micros, Times.MICROS_PER_DAY);
        return new TimeFormat(fields(
                        date.getYear(),
                        date.getMonthValue(),
                        date.getDayOfMonth(),
                        date.getDayOfYear(),
                        ofDay,
                        date,
                        zone))
                .formatted(template);
    }

    static Object ofInterval(Interval interval, List<Part> template) {
        if (Times.isInfinite(interval) || template.isEmpty()) {
            return null;
        }
        int year = interval.months() / Times.MONTHS_PER_YEAR;
        int month = interval.months() % Times.MONTHS_PER_YEAR;
        int days = (year * Times.MONTHS_PER_YEAR + month) * Times.DAYS_PER_MONTH + interval.days();
        return new TimeFormat(fields(year, month, interval.days(), days, interval.micros(), null, ""))
                .formatted(template);
    }

    private static Fields fields(
            long year, int month, int day, long dayOfYear, long micros, LocalDate date, String zone) {
        long seconds = micros / Times.MICROS_PER_SECOND;
        return new Fields(
                year,
                month,
                day,
                dayOfYear,
                seconds / 3600,
                (int) (seconds % 3600 / 60),
                (int) (seconds % 60),
                (int) (micros % Times.MICROS_PER_SECOND),
                date,
                zone);
    }

    private String formatted(List<Part> template) {
        for (Part part : template) {
            if (part.pattern()) {
                append(part);
            } else {
                out.append(part.text());
            }
        }
        return out.toString();
    }

    private void append(Part part) {
        String pattern = part.text().toLowerCase(Locale.ROOT);
        if (fields.isInterval() && OF_CALENDAR.contains(pattern)) {
            throw new EvaluationError("22007", "invalid format specification for an interval value");
        }
        switch (pattern) {
            case "a.m.", "p.m." -> name(part, afternoon() ? "p.m." : "a.m.");
            case "am", "pm" -> name(part, afternoon() ? "pm" : "am");
            case "a.d.", "b.c." -> name(part, fields.year <= 0 ? "b.c." : "a.d.");
            case "ad", "bc" -> name(part, fields.year <= 0 ? "bc" : "ad");
            case "tz" -> out.append(part.text().equals("tz") ? fields.zone.toLowerCase(Locale.ROOT) : fields.zone);
            case "tzh" -> out.append("+00");
            case "of" -> out.append(part.filled() ? "+00" : "+0");
            case "tzm" -> out.append("00");
            case "month", "mon" -> month(part, pattern.equals("month"));
            case "day", "dy" -> day(part, pattern.equals("day"));
            case "rm" -> romanMonth(part);
            case "y,yyy" -> commaYear(part);
            case "cc" -> century(part);
            default -> number(part, pattern);
        }
    }

    private boolean afternoon() {
        return fields.hour % 24 >= 12;
    }

    private void number(Part part, String pattern) {
        long year = fields.shown(fields.year);
        switch (pattern) {
            case "hh", "hh12" -> signed(part, fields.hour, 2, fields.hour % 12 == 0 ? 12 : fields.hour % 12);
            case "hh24" -> signed(part, fields.hour, 2, fields.hour);
            case "mi" -> signed(part, fields.minute, 2, fields.minute);
            case "ss" -> signed(part, fields.second, 2, fields.second);
            case "ff1" -> digits(part, 1, fields.micros / 100_000);
            case "ff2" -> digits(part, 2, fields.micros / 10_000);
            case "ff3", "ms" -> digits(part, 3, fields.micros / 1000);
            case "ff4" -> digits(part, 4, fields.micros / 100);
            case "ff5" -> digits(part, 5, fields.micros / 10);
            case "ff6", "us" -> digits(part, 6, fields.micros);
            case "ssss", "sssss" -> digits(part, 0, fields.hour * 3600 + fields.minute * 60L + fields.second);
            case "mm" -> signed(part, fields.month, 2, fields.month);
            case "ddd" -> padded(part, 3, fields.dayOfYear);
            case "dd" -> padded(part, 2, fields.day);
            case "d" -> digits(part, 0, fields.date.getDayOfWeek().getValue() % 7 + 1L);
            case "id" -> digits(part, 0, fields.date.getDayOfWeek().getValue());
            case "ww" -> padded(part, 2, (fields.dayOfYear - 1) / 7 + 1);
            case "w" -> digits(part, 0, (fields.day - 1) / 7 + 1L);
            case "q" -> quarter(part);
            case "j" -> digits(part, 0, julian());
            case "yyyy" -> signed(part, year, 4, year);
            case "yyy" -> signed(part, year, 3, year % 1000);
            case "yy" -> signed(part, year, 2, year % 100);
            case "y" -> digits(part, 1, year % 10);
            case "iw" -> padded(part, 2, (isoDayOfYear() - 1) / 7 + 1L);
            case "iddd" -> padded(part, 3, isoDayOfYear());
            case "iyyy" -> signed(part, year, 4, fields.shown(isoYear()));
            case "iyy" -> signed(part, year, 3, fields.shown(isoYear()) % 1000);
            case "iy" -> signed(part, year, 2, fields.shown(isoYear()) % 100);
            case "i" -> digits(part, 1, fields.shown(isoYear()) % 10);
            default -> {}
        }
    }

    /** A year of weeks, which may be the one before or after the day's. */
    private int isoYear() {
        int year = (int) fields.year;
        int day = julian();
        if (day < firstMonday(year)) {
            year--;
        }
        boolean next = (day - firstMonday(year)) / 7 + 1 >= 52 && day >= firstMonday(year + 1);
        return next ? year + 1 : year;
    }

    private int isoDayOfYear() {
        return julian() - firstMonday(isoYear()) + 1;
    }

    /** The Monday of the week with January 4th. */
    static int firstMonday(int year) {
        int fourth = julian(year, 1, 4);
        return fourth - Math.floorMod(fourth, 7);
    }

    private int julian() {
        return julian(fields.year, fields.month, fields.day);
    }

    /** The number of a day of the proleptic Gregorian calendar, by PostgreSQL's arithmetic, which takes any fields. */
    static int julian(long givenYear, int givenMonth, int day) {
        int year = (int) (givenMonth > 2 ? givenYear + 4800 : givenYear + 4799);
        int month = givenMonth > 2 ? givenMonth + 1 : givenMonth + 13;
        int century = year / 100;
        int julian = year * 365 - 32167;
        julian += year / 4 - century + century / 4;
        return julian + 7834 * month / 256 + day;
    }

    private void quarter(Part part) {
        if (fields.month != 0) {
            digits(part, 0, (fields.month - 1) / 3 + 1L);
        }
    }

    private void century(Part part) {
        long year = fields.year;
        long century = fields.isInterval() ? year / 100 : year > 0 ? (year - 1) / 100 + 1 : year / 100 - 1;
        if (century <= 99 && century >= -99) {
            signed(part, century, 2, century);
        } else {
            digits(part, 0, century);
        }
    }

    private void commaYear(Part part) {
        long year = fields.shown(fields.year);
        long thousands = year / 1000;
        ordinal(part, thousands + "," + zeroed(3, year - thousands * 1000));
    }

    private void romanMonth(Part part) {
        if (fields.month == 0 && fields.year == 0) {
            return;
        }
        int month = fields.month;
        // For intervals a whole year has no months left.
        int index = month == 0 ? fields.year >= 0 ? 11 : 0 : month < 0 ? 12 + month : month - 1;
        String name = ROMAN_MONTHS.get(index);
        out.append(part.text().equals("rm") ? name.toLowerCase(Locale.ROOT) : name);
        pad(part, ROMAN_WIDTH - name.length());
    }

    private void pad(Part part, int missing) {
        if (part.filled()) {
            out.append(" ".repeat(Math.max(0, missing)));
        }
    }

    private void month(Part part, boolean whole) {
        if (fields.month != 0) {
            calendarName(part, MONTHS.get(fields.month - 1), whole);
        }
    }

    private void day(Part part, boolean whole) {
        calendarName(part, DAYS.get(fields.date.getDayOfWeek().getValue() - 1), whole);
    }

    private void calendarName(Part part, String name, boolean whole) {
        String shown = whole ? name : name.substring(0, 3);
        String second = part.text().substring(1, 2);
        boolean allUpper = second.equals(second.toUpperCase(Locale.ROOT));
        boolean firstUpper = Character.isUpperCase(part.text().charAt(0));
        out.append(allUpper ? shown.toUpperCase(Locale.ROOT) : firstUpper ? shown : shown.toLowerCase(Locale.ROOT));
        if (whole && !part.translated()) {
            pad(part, NAME_WIDTH - name.length());
        }
    }

    private void name(Part part, String name) {
        boolean upper = Character.isUpperCase(part.text().charAt(0));
        out.append(upper ? name.toUpperCase(Locale.ROOT) : name);
    }

    /** A number with zeros before it unless FM forbids them; one place more where what decides on it is negative. */
    private void signed(Part part, long deciding, int width, long number) {
        padded(part, deciding >= 0 ? width : width + 1, number);
    }

    private void padded(Part part, int width, long number) {
        digits(part, part.filled() ? width : 0, number);
    }

    private void digits(Part part, int width, long number) {
        ordinal(part, zeroed(width, number));
    }

    private void ordinal(Part part, String number) {
        out.append(number);
        if (!part.ordinal().isEmpty()) {
            out.append(FormatTemplate.ending(number, part.ordinal().equals("TH")));
        }
    }

    /** As C prints it, where a sign takes one of the places. */
    private static String zeroed(int width, long number) {
        String digits = Long.toString(Math.abs(number));
        String sign = number < 0 ? "-" : "";
        return sign + "0".repeat(Math.max(0, width - sign.length() - digits.length())) + digits;
    }
}
