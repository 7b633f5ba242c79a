package io.millrace.connectors.values;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.DataException;

/** Dates, times and intervals as PostgreSQL writes them in JSON: ISO 8601 with T, years before the first with BC. */
final class PostgresTimes {
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long SECONDS_PER_DAY = 86_400;
    private static final int MONTHS_PER_YEAR = 12;
    private static final String INFINITY = "infinity";
    private static final String NEGATIVE_INFINITY = "-infinity";
    private static final Pattern INTERVAL = Pattern.compile(
            "P(?:(-?\\d+)Y)?(?:(-?\\d+)M)?(?:(-?\\d+)D)?(?:T(?:(-?\\d+)H)?(?:(-?\\d+)M)?(?:(-?)(\\d+)(?:\\.(\\d{1,6}))?S)?)?");
    private static final Pattern INSTANT =
            Pattern.compile("([+-]?\\d{4,})-(\\d\\d)-(\\d\\d)T(\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?)Z");
    private static final Pattern ELEMENT = Pattern.compile(
            "(\\d{4,})-(\\d\\d)-(\\d\\d) (\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?([+-])(\\d\\d)(?::(\\d\\d))?(?::(\\d\\d))?( BC)?");

    private PostgresTimes() {}

    static String date(long days) {
        if (days == Integer.MAX_VALUE || days == Integer.MIN_VALUE) {
            return days > 0 ? INFINITY : NEGATIVE_INFINITY;
        }
        LocalDate date = LocalDate.ofEpochDay(days);
        return day(date) + era(date);
    }

    /** Of microseconds since midnight. */
    static String time(long micros) {
        long seconds = micros / MICROS_PER_SECOND;
        String time = String.format("%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
        return time + fraction(micros % MICROS_PER_SECOND);
    }

    private static String fraction(long micros) {
        return micros == 0 ? "" : "." + withoutZeros(String.format("%06d", micros));
    }

    private static String withoutZeros(String digits) {
        int end = digits.length();
        while (end > 0 && digits.charAt(end - 1) == '0') {
            end--;
        }
        return digits.substring(0, end);
    }

    /**
     * Of microseconds since the epoch.
     *
     * @param zone what follows the time
     */
    static String timestamp(long micros, String zone) {
        if (micros == Long.MAX_VALUE || micros == Long.MIN_VALUE) {
            return micros > 0 ? INFINITY : NEGATIVE_INFINITY;
        }
        long microsPerDay = SECONDS_PER_DAY * MICROS_PER_SECOND;
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, microsPerDay));
        return day(date) + "T" + time(Math.floorMod(micros, microsPerDay)) + zone + era(date);
    }

    /** Of an instant as our capture writes it, {@code 2024-02-29T21:59:59.123456Z}. */
    static String instant(String text) {
        if (text.equals(INFINITY) || text.equals(NEGATIVE_INFINITY)) {
            return text;
        }
        Matcher matcher = INSTANT.matcher(text);
        if (!matcher.matches()) {
            throw new DataException("not an instant in UTC");
        }
        int year = Integer.parseInt(matcher.group(1));
        String time = matcher.group(4).length() == 5 ? matcher.group(4) + ":00" : matcher.group(4);
        int point = time.indexOf('.');
        String fraction = point < 0 ? "" : withoutZeros(time.substring(point + 1));
        String whole = point < 0 ? time : time.substring(0, point);
        return String.format("%04d-%s-%s", year > 0 ? year : 1 - year, matcher.group(2), matcher.group(3)) + "T" + whole
                + (fraction.isEmpty() ? "" : "." + fraction) + "+00:00" + (year > 0 ? "" : " BC");
    }

    /** Of an element of timestamptz[], which has some zone's offset. */
    static String instantElement(String text) {
        if (text.equals(INFINITY) || text.equals(NEGATIVE_INFINITY)) {
            return text;
        }
        Matcher matcher = ELEMENT.matcher(text);
        if (!matcher.matches()) {
            throw new DataException("not the text of a timestamptz");
        }
        int year = Integer.parseInt(matcher.group(1));
        LocalDateTime local = LocalDateTime.of(
                matcher.group(12) == null ? year : 1 - year,
                number(matcher, 2),
                number(matcher, 3),
                number(matcher, 4),
                number(matcher, 5),
                number(matcher, 6));
        long offset = number(matcher, 9) * 3600L + number(matcher, 10) * 60L + number(matcher, 11);
        long seconds = local.toEpochSecond(ZoneOffset.UTC) - (matcher.group(8).equals("-") ? -offset : offset);
        return timestamp(seconds * MICROS_PER_SECOND + micros(matcher.group(7)), "+00:00");
    }

    private static int number(Matcher matcher, int group) {
        return matcher.group(group) == null ? 0 : Integer.parseInt(matcher.group(group));
    }

    private static int micros(String fraction) {
        return fraction == null ? 0 : Integer.parseInt((fraction + "000000").substring(0, 6));
    }

    /** Of an interval as our capture writes it, {@code P1Y2M3DT4H5M6.789012S}: as interval's output has it. */
    static String interval(String text) {
        Matcher matcher = INTERVAL.matcher(text);
        if (!matcher.matches()) {
            throw new DataException("not an interval");
        }
        long months = amount(matcher, 1) * MONTHS_PER_YEAR + amount(matcher, 2);
        long seconds = matcher.group(7) == null ? 0 : Long.parseLong(matcher.group(7));
        long micros = seconds * MICROS_PER_SECOND + micros(matcher.group(8));
        micros = "-".equals(matcher.group(6)) ? -micros : micros;
        micros += (amount(matcher, 4) * 3600 + amount(matcher, 5) * 60) * MICROS_PER_SECOND;
        return interval(months, amount(matcher, 3), micros);
    }

    private static long amount(Matcher matcher, int group) {
        return matcher.group(group) == null ? 0 : Long.parseLong(matcher.group(group));
    }

    private static String interval(long months, long days, long micros) {
        StringBuilder out = new StringBuilder();
        boolean negative = appendPart(out, months / MONTHS_PER_YEAR, "year", false);
        negative = appendPart(out, months % MONTHS_PER_YEAR, "mon", negative);
        negative = appendPart(out, days, "day", negative);
        if (out.length() == 0 || micros != 0) {
            out.append(out.length() == 0 ? "" : " ").append(micros < 0 ? "-" : negative ? "+" : "");
            out.append(time(Math.abs(micros)));
        }
        return out.toString();
    }

    /** Says whether a sign is needed for what follows. */
    private static boolean appendPart(StringBuilder out, long amount, String unit, boolean negative) {
        if (amount == 0) {
            return negative;
        }
        out.append(out.length() == 0 ? "" : " ").append(negative && amount > 0 ? "+" : "");
        out.append(amount).append(' ').append(unit).append(amount == 1 ? "" : "s");
        return amount < 0;
    }

    private static String day(LocalDate date) {
        int year = date.getYear();
        return String.format("%04d-%02d-%02d", year > 0 ? year : 1L - year, date.getMonthValue(), date.getDayOfMonth());
    }

    private static String era(LocalDate date) {
        return date.getYear() > 0 ? "" : " BC";
    }
}
