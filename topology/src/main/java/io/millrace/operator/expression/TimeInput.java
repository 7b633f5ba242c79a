package io.millrace.operator.expression;

import io.millrace.catalog.SqlType.Kind;
import io.millrace.catalog.WhiteSpace;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads dates and times: ISO 8601, and the forms with month names or slashes that PostgreSQL reads with its default
 * DateStyle (ISO, MDY). What depends on when it is read, such as {@code today}, is refused, since a view's row must not.
 */
final class TimeInput {
    private static final Map<String, Integer> MONTHS = Map.ofEntries(
            Map.entry("jan", 1),
            Map.entry("feb", 2),
            Map.entry("mar", 3),
            Map.entry("apr", 4),
            Map.entry("may", 5),
            Map.entry("jun", 6),
            Map.entry("jul", 7),
            Map.entry("aug", 8),
            Map.entry("sep", 9),
            Map.entry("oct", 10),
            Map.entry("nov", 11),
            Map.entry("dec", 12));

    private static final String MONTH = "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
            + "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
    private static final Pattern WEEKDAY =
            Pattern.compile("\\b(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(day)?\\b[, ]*");
    private static final Pattern CLOCK_BEFORE_YEAR =
            Pattern.compile("^(" + MONTH + " \\d{1,2}) (\\d+:[\\d:.]+) (\\d{3,7})");
    private static final Pattern YEAR_FIRST = Pattern.compile("(\\d{3,7})([-/.])(\\d{1,2})\\2(\\d{1,2})(?!\\d)");
    private static final Pattern MONTH_FIRST = Pattern.compile("(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{1,7})(?!\\d)");
    private static final Pattern COMPACT =
            Pattern.compile("(\\d{4,})(\\d{2})(\\d{2})(?![\\d.:])|(\\d\\d)(\\d\\d)(\\d\\d)(?![\\d.:])");
    private static final Pattern NAME_DAY_YEAR = Pattern.compile(MONTH + "[- ]?(\\d{1,2})[-, ]+(\\d{1,7})(?![\\d:])");
    private static final Pattern DAY_NAME_YEAR =
            Pattern.compile("(\\d{1,2})[- ]?" + MONTH + "[-, ]+(\\d{1,7})(?![\\d:])");
    private static final Pattern YEAR_NAME_DAY =
            Pattern.compile("(\\d{3,7})[- ]?" + MONTH + "[- ]?(\\d{1,2})(?![\\d:])");
    private static final Pattern JULIAN = Pattern.compile("j(?:ulian)? ?(\\d{1,10})");
    private static final Pattern CLOCK = Pattern.compile(
            "(\\d{1,3}):(\\d{1,2})(?::(\\d{1,2})(?:\\.(\\d*))?)?(?![\\d:])|(\\d\\d)(\\d\\d)(\\d\\d)(?:\\.(\\d*))?(?![\\d:])");
    private static final Pattern HALF = Pattern.compile(" ?([ap])\\.?m\\.?(?![a-z])");
    private static final Pattern OFFSET = Pattern.compile(" ?([+-])(\\d{1,2})(?::?(\\d\\d)(?::?(\\d\\d))?)?(?!\\d)");
    private static final Pattern ZONE = Pattern.compile(" ?([a-z][a-z0-9_/+-]*)");
    private static final int NOON = 12;
    private static final int GREATEST_OFFSET_HOURS = 15;

    private final Kind kind;
    private final String given;
    /** What is still to be read, in lower case with single blanks. */
    private String rest;

    private LocalDate date;
    private boolean beforeChrist;
    private boolean timed;
    private long clock;
    private ZoneId zone;
    /** Seconds to the east, where an offset was given. */
    private Integer offset;

    private TimeInput(Kind kind, String given) {
        this.kind = kind;
        this.given = given;
        this.rest = WhiteSpace.trimmed(given).toLowerCase(Locale.ROOT).replaceAll("[ \\t-\\r]+", " ");
    }

    static int date(String text) {
        TimeInput input = new TimeInput(Kind.DATE, text);
        switch (input.rest) {
            case "infinity", "+infinity" -> {
                return Integer.MAX_VALUE;
            }
            case "-infinity" -> {
                return Integer.MIN_VALUE;
            }
            case "epoch" -> {
                return 0;
            }
            default -> input.read();
        }
        long days = input.requiredDate().toEpochDay();
        try {
            return Times.checkedDate(days);
        } catch (EvaluationError e) {
            throw input.outOfRange("date");
        }
    }

    static long timestamp(Kind kind, String text) {
        TimeInput input = new TimeInput(kind, text);
        switch (input.rest) {
            case "infinity", "+infinity" -> {
                return Long.MAX_VALUE;
            }
            case "-infinity" -> {
                return Long.MIN_VALUE;
            }
            case "epoch" -> {
                return 0;
            }
            default -> input.read();
        }
        try {
            long local = Times.timestamp(input.requiredDate().toEpochDay(), input.clock);
            return kind == Kind.TIMESTAMPTZ ? input.instant(local) : local;
        } catch (EvaluationError e) {
            if (e.sqlState().equals("22008") && e.getMessage().equals("timestamp out of range")) {
                throw input.outOfRange("timestamp");
            }
            throw e;
        }
    }

    private long instant(long local) {
        if (offset != null) {
            return Times.checkedTimestamp(Math.subtractExact(local, offset * Times.MICROS_PER_SECOND));
        }
        return zone == null ? local : TimeZones.instant(zone, local);
    }

    /** A date before it and a zone behind it are read and forgotten. */
    static long time(String text) {
        TimeInput input = new TimeInput(Kind.TIME, text);
        input.read();
        if (!input.timed) {
            throw input.invalid();
        }
        return input.clock;
    }

    private EvaluationError invalid() {
        String type = kind.sqlName().replace(" without time zone", "");
        return new EvaluationError("22007", "invalid input syntax for type " + type + ": \"" + given + "\"");
    }

    private EvaluationError fieldOutOfRange() {
        return new EvaluationError("22008", "date/time field value out of range: \"" + given + "\"");
    }

    private EvaluationError outOfRange(String type) {
        return new EvaluationError("22008", type + " out of range: \"" + given + "\"");
    }

    private LocalDate requiredDate() {
        if (date == null) {
            throw invalid();
        }
        return date;
    }

    private void read() {
        if (rest.matches("(now|today|tomorrow|yesterday)\\b.*")) {
            throw new EvaluationError(
                    "0A000", "a value that depends on the current time is not supported: \"" + given + "\"");
        }
        rest = WEEKDAY.matcher(rest).replaceFirst("");
        rest = CLOCK_BEFORE_YEAR.matcher(rest).replaceFirst("$1 $4 $3");
        beforeChrist = acceptEra();
        readDate();
        if (date != null && (rest.startsWith("t") || rest.startsWith(" "))) {
            rest = rest.substring(1);
        } else if (date == null && rest.startsWith("t")) {
            rest = rest.substring(1);
        }
        readClock();
        readZone();
        if (!rest.isBlank()) {
            throw invalid();
        }
    }

    private boolean acceptEra() {
        Matcher era = Pattern.compile(" ?\\b(bc|ad)$").matcher(rest);
        if (!era.find()) {
            return false;
        }
        rest = rest.substring(0, era.start());
        return era.group(1).equals("bc");
    }

    private Matcher accept(Pattern pattern) {
        Matcher matcher = pattern.matcher(rest);
        if (!matcher.lookingAt()) {
            return null;
        }
        rest = rest.substring(matcher.end());
        return matcher;
    }

    private void readDate() {
        Matcher matcher = accept(YEAR_FIRST);
        if (matcher != null) {
            setDate(matcher.group(1), matcher.group(3), matcher.group(4));
            return;
        }
        matcher = accept(MONTH_FIRST);
        if (matcher != null) {
            setDate(matcher.group(4), matcher.group(1), matcher.group(3));
            return;
        }
        matcher = accept(YEAR_NAME_DAY);
        if (matcher != null) {
            setDate(matcher.group(1), month(matcher.group(2)), matcher.group(3));
            return;
        }
        matcher = accept(NAME_DAY_YEAR);
        if (matcher != null) {
            setDate(matcher.group(3), month(matcher.group(1)), matcher.group(2));
            return;
        }
        matcher = accept(DAY_NAME_YEAR);
        if (matcher != null) {
            setDate(matcher.group(3), month(matcher.group(2)), matcher.group(1));
            return;
        }
        matcher = accept(JULIAN);
        if (matcher != null) {
            date = LocalDate.ofEpochDay(Long.parseLong(matcher.group(1)) - 2_440_588);
            return;
        }
        matcher = kind == Kind.TIME ? null : accept(COMPACT);
        if (matcher != null) {
            int first = matcher.group(1) == null ? 4 : 1;
            setDate(matcher.group(first), matcher.group(first + 1), matcher.group(first + 2));
        }
    }

    private static String month(String name) {
        return String.valueOf(MONTHS.get(name.substring(0, 3)));
    }

    private void setDate(String yearDigits, String monthDigits, String dayDigits) {
        int year = Integer.parseInt(yearDigits);
        int month = Integer.parseInt(monthDigits);
        int day = Integer.parseInt(dayDigits);
        if (beforeChrist) {
            if (year == 0) {
                throw fieldOutOfRange();
            }
            year = 1 - year;
        } else if (yearDigits.length() <= 2) {
            year += year < 70 ? 2000 : 1900;
        } else if (year == 0) {
            throw fieldOutOfRange();
        }
        if (month < 1
                || month > 12
                || day < 1
                || day > YearMonth.of(year, month).lengthOfMonth()) {
            throw fieldOutOfRange();
        }
        date = LocalDate.of(year, month, day);
    }

    private void readClock() {
        Matcher matcher = accept(CLOCK);
        if (matcher == null) {
            return;
        }
        timed = true;
        int first = matcher.group(1) == null ? 5 : 1;
        int hours = Integer.parseInt(matcher.group(first));
        int minutes = Integer.parseInt(matcher.group(first + 1));
        int seconds = matcher.group(first + 2) == null ? 0 : Integer.parseInt(matcher.group(first + 2));
        String fraction = matcher.group(first + 3);
        double part = fraction == null || fraction.isEmpty() ? 0 : Double.parseDouble("0." + fraction);
        hours = onDial(hours);
        if (hours > 24 || minutes > 59 || seconds > 60) {
            throw fieldOutOfRange();
        }
        clock = (hours * 3600L + minutes * 60L + seconds) * Times.MICROS_PER_SECOND
                + (long) Math.rint(part * Times.MICROS_PER_SECOND);
        if (clock > Times.MICROS_PER_DAY) {
            throw fieldOutOfRange();
        }
    }

    private int onDial(int hours) {
        Matcher half = accept(HALF);
        if (half == null) {
            return hours;
        }
        if (hours > NOON) {
            throw fieldOutOfRange();
        }
        int base = hours == NOON ? 0 : hours;
        return half.group(1).equals("p") ? base + NOON : base;
    }

    private void readZone() {
        Matcher matcher = accept(OFFSET);
        if (matcher != null) {
            int hours = Integer.parseInt(matcher.group(2));
            int minutes = matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3));
            int seconds = matcher.group(4) == null ? 0 : Integer.parseInt(matcher.group(4));
            if (hours > GREATEST_OFFSET_HOURS || minutes > 59 || seconds > 59) {
                throw new EvaluationError("22009", "time zone displacement out of range: \"" + given + "\"");
            }
            int total = hours * 3600 + minutes * 60 + seconds;
            offset = matcher.group(1).equals("-") ? -total : total;
            return;
        }
        matcher = accept(ZONE);
        if (matcher != null) {
            String name = matcher.group(1);
            try {
                zone = TimeZones.zone(name);
            } catch (EvaluationError e) {
                throw name.indexOf('/') > 0 ? e : invalid();
            }
        }
    }
}
