package io.millrace.operator.expression;

import io.millrace.operator.expression.FormatTemplate.Part;
import java.time.LocalDate;
import java.time.Month;
import java.time.Year;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * to_date and to_timestamp: what the patterns of a template find in a text are fields, and the fields together are a time.
 * What no pattern says is that of the first instant of the year 1 before Christ. The session's time zone is UTC.
 */
final class TimesByTemplate {
    private static final String FORMAT = "22007";
    private static final String FIELD_OVERFLOW = "22008";
    private static final String ZONE_OVERFLOW = "22009";
    private static final int EPOCH_JULIAN = 2_440_588;
    private static final int FIRST_YEAR = -4713;
    private static final int FIRST_MONTH = 11;
    private static final int LAST_YEAR = 5_874_898;
    private static final int LAST_MONTH = 5;
    private static final int SECONDS_PER_HOUR = 3600;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final int MOST_ZONE_HOURS = 15;
    private static final int LONGEST_ABBREVIATION = 10;
    private static final int WHOLE = Integer.MAX_VALUE;

    private static final List<String> SHORT_MONTHS =
            TimeFormat.MONTHS.stream().map(name -> name.substring(0, 3)).toList();

    /** Sunday comes first. */
    private static final List<String> DAYS = Stream.concat(
                    Stream.of("Sunday"), TimeFormat.DAYS.stream().limit(6))
            .toList();

    private static final List<String> SHORT_DAYS =
            DAYS.stream().map(name -> name.substring(0, 3)).toList();

    /** Longer ones first, which the shorter begin. */
    private static final List<String> ROMAN_MONTHS = IntStream.rangeClosed(1, 12)
            .mapToObj(i -> TimeFormat.ROMAN_MONTHS.get(12 - i))
            .toList();

    private static final Set<String> NUMBERS = Set.of(
            "cc ddd dd d hh24 hh12 hh iddd id iw iyyy iyy iy i j mi mm ms q sssss ssss ss tzm us ww w y,yyy yyyy yyy yy y"
                    .split(" "));

    private static final Set<String> OF_WEEKS = Set.of("iddd", "id", "iw", "iyyy", "iyy", "iy", "i");
    private static final Set<String> OF_MONTHS = Set.of("ddd dd d mm month mon rm ww w y,yyy yyyy yyy yy y".split(" "));

    private final String written;
    private final TemplateText text;
    private final List<Part> template;

    private boolean fixed;
    /** How many characters more were passed over than the template has. */
    private int passed;

    private Boolean byWeeks;
    private boolean clockOf12;
    private int afternoon;
    private int hour;
    private int minute;
    private int second;
    private int secondOfDay;
    private int weekday;
    private int day;
    private int dayOfYear;
    private int month;
    private int millis;
    private int year;
    private int yearDigits;
    private int beforeChrist;
    private int week;
    private int weekOfMonth;
    private int century;
    private int julian;
    private int micros;
    private int fractionDigits;
    private int zoneSign;
    private int zoneHours;
    private int zoneMinutes;
    private Integer zoneSeconds;

    /** What the fields come to. */
    private int resultYear;

    private int resultMonth = 1;
    private int resultDay = 1;
    private boolean hasYear;
    private boolean hasMonth;
    private boolean hasDay;

    private TimesByTemplate(String written, List<Part> template) {
        this.written = written;
        this.text = new TemplateText(written);
        this.template = template;
    }

    static Object date(String written, List<Part> template) {
        TimesByTemplate times = new TimesByTemplate(written, template);
        times.read();
        times.timeOfDay();
        times.offset();
        try {
            times.requireYear("date");
            return Times.checkedDate(times.julianDay() - (long) EPOCH_JULIAN);
        } catch (EvaluationError e) {
            throw new EvaluationError(FIELD_OVERFLOW, "date out of range: \"" + written + "\"");
        }
    }

    static Object timestamp(String written, List<Part> template) {
        TimesByTemplate times = new TimesByTemplate(written, template);
        times.read();
        long ofDay = times.timeOfDay();
        long offset = times.offset();
        times.requireYear("timestamp");
        long local = Times.timestamp(times.julianDay() - (long) EPOCH_JULIAN, ofDay);
        long instant = Times.checkedTimestamp(local - offset * Times.MICROS_PER_SECOND);
        return times.fractionDigits == 0 ? instant : Casts.roundedTimestamp(instant, times.fractionDigits);
    }

    private static EvaluationError invalid(String message) {
        return new EvaluationError(FORMAT, message);
    }

    private EvaluationError outOfRange() {
        return new EvaluationError(FIELD_OVERFLOW, "date/time field value out of range: \"" + written + "\"");
    }

    private void read() {
        for (int i = 0; i < template.size() && !text.atEnd(); i++) {
            Part part = template.get(i);
            String pattern = part.pattern() ? part.text().toLowerCase(Locale.ROOT) : "";
            if (!fixed && !pattern.equals("fx") && (part.pattern() || i == 0)) {
                passed += text.skipSpaces();
            }
            if (!part.pattern()) {
                passOver(part);
                continue;
            }
            requireConvention(pattern);
            field(part, pattern, isFree(i));
            if (!fixed) {
                passed = text.skipSpaces();
            }
        }
        resolve();
    }

    /** A character of the template that is no pattern. */
    private void passOver(Part part) {
        char first = part.text().charAt(0);
        boolean separates = !part.quoted() && (isSeparator(first) || TemplateText.isSpace(first));
        if (fixed) {
            text.skipCharacter();
        } else if (separates) {
            passed--;
            if (TemplateText.isSpace(text.current()) || isSeparator(text.current())) {
                text.skip(1);
                passed++;
            }
        } else if (passed > 0) {
            passed--;
        } else {
            text.skipCharacter();
        }
    }

    /** A printable character of ASCII that is no letter and no digit. */
    private static boolean isSeparator(char c) {
        return c > ' ' && c < 0x7F && !TemplateText.isLetter(c) && !TemplateText.isDigit(c);
    }

    private void requireConvention(String pattern) {
        boolean weeks = OF_WEEKS.contains(pattern);
        if (!weeks && !OF_MONTHS.contains(pattern)) {
            return;
        }
        if (byWeeks != null && byWeeks != weeks) {
            throw invalid("invalid combination of date conventions");
        }
        byWeeks = weeks;
    }

    /** Whether a number there may have any length: by FM, or because no digit can follow. */
    private boolean isFree(int place) {
        Part part = template.get(place);
        if (!part.filled() || !part.ordinal().isEmpty() || place + 1 == template.size()) {
            return true;
        }
        Part next = template.get(place + 1);
        return next.pattern()
                ? !NUMBERS.contains(next.text().toLowerCase(Locale.ROOT))
                : !TemplateText.isDigit(next.text().charAt(0));
    }

    private void field(Part part, String pattern, boolean free) {
        switch (pattern) {
            case "fx" -> fixed = true;
            case "a.m.", "p.m." -> halfOfDay(part, List.of("a.m.", "p.m."));
            case "am", "pm" -> halfOfDay(part, List.of("am", "pm"));
            case "a.d.", "b.c." -> beforeChrist = set(beforeChrist, choice(part, List.of("a.d.", "b.c.")), part);
            case "ad", "bc" -> beforeChrist = set(beforeChrist, choice(part, List.of("ad", "bc")), part);
            case "month" -> month = set(month, choice(part, TimeFormat.MONTHS) + 1, part);
            case "mon" -> month = set(month, choice(part, SHORT_MONTHS) + 1, part);
            case "rm" -> month = set(month, 12 - choice(part, ROMAN_MONTHS), part);
            case "day" -> weekday = set(weekday, choice(part, DAYS), part) + 1;
            case "dy" -> weekday = set(weekday, choice(part, SHORT_DAYS), part) + 1;
            case "tz" -> zone(part, free);
            case "of" -> offset(part, free);
            case "tzh" -> {
                zoneSign();
                zoneHours = number(zoneHours, part, 2, free).value;
            }
            case "tzm" -> {
                zoneSign = zoneSign == 0 ? 1 : zoneSign;
                zoneMinutes = number(zoneMinutes, part, 2, free).value;
            }
            default -> {
                numericField(part, pattern, free);
                if (!part.ordinal().isEmpty()) {
                    text.skipCharacter();
                    text.skipCharacter();
                }
            }
        }
    }

    private void halfOfDay(Part part, List<String> halves) {
        afternoon = set(afternoon, choice(part, halves), part);
        clockOf12 = true;
    }

    private void numericField(Part part, String pattern, boolean free) {
        int length = part.text().length();
        switch (pattern) {
            case "hh", "hh12" -> {
                hour = number(hour, part, 2, free).value;
                clockOf12 = true;
            }
            case "hh24" -> hour = number(hour, part, 2, free).value;
            case "mi" -> minute = number(minute, part, length, free).value;
            case "ss" -> second = number(second, part, length, free).value;
            case "ms" -> millis = scaled(number(millis, part, 3, free), 3);
            case "us" -> micros = scaled(number(micros, part, 6, free), 6);
            case "ff1", "ff2", "ff3", "ff4", "ff5", "ff6" -> {
                fractionDigits = pattern.charAt(2) - '0';
                micros = scaled(number(micros, part, fractionDigits, free), 6);
            }
            case "ssss", "sssss" -> secondOfDay = number(secondOfDay, part, length, free).value;
            case "mm" -> month = number(month, part, length, free).value;
            case "ddd" -> dayOfYear = number(dayOfYear, part, length, free).value;
            case "iddd" -> dayOfYear = number(dayOfYear, part, 3, free).value;
            case "dd" -> day = number(day, part, length, free).value;
            case "d" -> weekday = number(weekday, part, length, free).value;
            case "id" -> {
                int next = number(weekday, part, 1, free).value + 1;
                weekday = next > 7 ? 1 : next;
            }
            case "ww", "iw" -> week = number(week, part, length, free).value;
            case "w" -> weekOfMonth = number(weekOfMonth, part, length, free).value;
            case "q" -> number(0, part, length, free);
            case "cc" -> century = number(century, part, length, free).value;
            case "j" -> julian = number(julian, part, length, free).value;
            case "y,yyy" -> yearWithComma(part);
            case "yyyy", "iyyy" -> {
                year = number(year, part, length, free).value;
                yearDigits = 4;
            }
            default -> {
                Found given = number(year, part, length, free);
                year = given.length < 4 ? complete(given.value) : given.value;
                yearDigits = pattern.replace("i", "y").length();
            }
        }
    }

    /** A number and how many bytes it took. */
    private record Found(int value, int length) {}

    private Found number(int before, Part part, int length, boolean free) {
        int from = text.at();
        text.skipSpaces();
        String shown = text.rest(length);
        Long value;
        if (free) {
            text.moveTo(from);
            value = text.number(WHOLE);
        } else {
            value = fixedNumber(part, length, shown);
        }
        if (text.at() == from) {
            throw invalid("invalid value \"" + shown + "\" for \"" + part.text() + "\"");
        }
        long found = value == null ? 0 : value;
        if (found != (int) found) {
            throw new EvaluationError(
                    FIELD_OVERFLOW, "value for \"" + part.text() + "\" in source string is out of range");
        }
        return new Found(set(before, (int) found, part), text.at() - from);
    }

    /** A number that must have that length, where another may follow without a mark between them. */
    private Long fixedNumber(Part part, int length, String shown) {
        if (text.left() < length) {
            throw invalid("source string too short for \"" + part.text() + "\" formatting field");
        }
        int from = text.at();
        Long value = text.number(length);
        int used = text.at() - from;
        if (used > 0 && used < length) {
            throw invalid("invalid value \"" + shown + "\" for \"" + part.text() + "\"");
        }
        return value;
    }

    /** A field that came before must have been the same, unless that was 0. */
    private static int set(int before, int value, Part part) {
        if (before != 0 && before != value) {
            throw invalid("conflicting values for \"" + part.text() + "\" field in formatting string");
        }
        return value;
    }

    /** The first digits of a fraction, as so many digits. */
    private static int scaled(Found number, int digits) {
        int value = number.value;
        for (int i = number.length; i > 0 && i < digits; i++) {
            value *= 10;
        }
        return value;
    }

    /** The year nearest to 2020 that ends so. */
    private static int complete(int year) {
        if (year < 70) {
            return year + 2000;
        }
        if (year < 100) {
            return year + 1900;
        }
        return year < 520 ? year + 2000 : year < 1000 ? year + 1000 : year;
    }

    private void yearWithComma(Part part) {
        String shown = text.rest(WHOLE / 2);
        Long thousands = text.number(WHOLE);
        boolean comma = thousands != null && text.current() == ',';
        text.skip(comma ? 1 : 0);
        Long rest = comma ? text.number(3) : null;
        if (rest == null) {
            throw invalid("invalid value \"" + shown + "\" for \"Y,YYY\"");
        }
        long years = thousands * 1000 + rest;
        if (years != (int) years || thousands * 1000 != (int) (thousands * 1000)) {
            throw new EvaluationError(FIELD_OVERFLOW, "value for \"Y,YYY\" in source string is out of range");
        }
        year = set(year, (int) years, part);
        yearDigits = 4;
    }

    /** Which of those words it goes on with. */
    private int choice(Part part, List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            if (text.startsWith(words.get(i))) {
                text.skip(words.get(i).length());
                return i;
            }
        }
        throw invalid("invalid value \"" + text.word() + "\" for \"" + part.text() + "\"");
    }

    private void zone(Part part, boolean free) {
        int length = 0;
        while (length < LONGEST_ABBREVIATION && TemplateText.isLetter(text.at(length))) {
            length++;
        }
        for (int i = length; i > 0; i--) {
            Integer seconds = TimeZones.abbreviated(text.rest(i));
            if (seconds != null) {
                zoneSeconds = seconds;
                zoneSign = 0;
                text.skip(i);
                return;
            }
        }
        if (length > 0) {
            throw invalid("invalid value \"" + text.rest(WHOLE / 2) + "\" for \"" + part.text() + "\"");
        }
        offset(part, free);
    }

    private void offset(Part part, boolean free) {
        zoneSign();
        zoneHours = number(zoneHours, part, 2, free).value;
        if (text.current() == ':') {
            text.skip(1);
            zoneMinutes = number(zoneMinutes, part, 2, free).value;
        }
    }

    /** A minus may have been passed over as if it separated something. */
    private void zoneSign() {
        char sign = text.current();
        if (sign == '+' || sign == '-' || sign == ' ') {
            zoneSign = sign == '-' ? -1 : 1;
            text.skip(1);
        } else {
            zoneSign = passed > 0 && text.at(-1) == '-' ? -1 : 1;
        }
    }

    private void resolve() {
        try {
            resolveYear();
            if (julian != 0) {
                setDay(julian);
            }
            if (week != 0 && Boolean.TRUE.equals(byWeeks)) {
                setDay(monday(week) + (weekday == 0 ? 0 : weekday > 1 ? weekday - 2 : 6));
            } else if (week != 0) {
                dayOfYear = Math.addExact(Math.multiplyExact(Math.subtractExact(week, 1), 7), 1);
            }
            if (weekOfMonth != 0) {
                day = Math.addExact(Math.multiplyExact(Math.subtractExact(weekOfMonth, 1), 7), 1);
            }
        } catch (ArithmeticException e) {
            throw outOfRange();
        }
        if (day != 0) {
            resultDay = day;
            hasDay = true;
        }
        if (month != 0) {
            resultMonth = month;
            hasMonth = true;
        }
        if (dayOfYear != 0 && (resultMonth <= 1 || resultDay <= 1)) {
            resolveDayOfYear();
        }
        requireDate();
    }

    private void resolveYear() {
        int hundreds = beforeChrist != 0 && (year == 0 || yearDigits <= 2) ? -century : century;
        if (year != 0 && century != 0 && yearDigits <= 2) {
            int ofCentury = year % 100;
            resultYear = ofCentury == 0
                    ? hundreds * 100 + (hundreds >= 0 ? 0 : 1)
                    : hundreds >= 0
                            ? Math.addExact(ofCentury, Math.multiplyExact(Math.subtractExact(hundreds, 1), 100))
                            : Math.addExact(
                                    Math.subtractExact(Math.multiplyExact(Math.addExact(hundreds, 1), 100), ofCentury),
                                    1);
        } else if (year != 0) {
            resultYear = beforeChrist != 0 ? -year : year;
            resultYear += resultYear < 0 ? 1 : 0;
        } else if (century != 0) {
            resultYear = Math.addExact(Math.multiplyExact(hundreds >= 0 ? hundreds - 1 : hundreds, 100), 1);
        }
        hasYear = year != 0 || century != 0;
    }

    /** The Monday of a week of the year of weeks. */
    private int monday(int number) {
        return Math.addExact(Math.multiplyExact(Math.subtractExact(number, 1), 7), TimeFormat.firstMonday(resultYear));
    }

    private void setDay(int julianDay) {
        LocalDate date = LocalDate.ofEpochDay(julianDay - (long) EPOCH_JULIAN);
        resultYear = date.getYear();
        resultMonth = date.getMonthValue();
        resultDay = date.getDayOfMonth();
        hasYear = true;
        hasMonth = true;
        hasDay = true;
    }

    private void resolveDayOfYear() {
        if (resultYear == 0 && beforeChrist == 0) {
            throw invalid("cannot calculate day of year without year information");
        }
        if (Boolean.TRUE.equals(byWeeks)) {
            setDay(TimeFormat.firstMonday(resultYear) - 1 + dayOfYear);
            return;
        }
        int before = 0;
        int found = 1;
        while (found <= 12 && dayOfYear > before + daysOf(found)) {
            before += daysOf(found);
            found++;
        }
        resultMonth = resultMonth <= 1 ? found : resultMonth;
        resultDay = resultDay <= 1 ? dayOfYear - before : resultDay;
        hasMonth = true;
        hasDay = true;
    }

    private int daysOf(int ofMonth) {
        return Month.of(ofMonth).length(Year.isLeap(resultYear));
    }

    private void requireDate() {
        boolean wrong = hasMonth && (resultMonth < 1 || resultMonth > Times.MONTHS_PER_YEAR)
                || hasDay && (resultDay < 1 || resultDay > 31)
                || hasYear && hasMonth && hasDay && resultDay > daysOf(resultMonth);
        if (wrong) {
            throw outOfRange();
        }
    }

    private long timeOfDay() {
        int hours = hour != 0 ? hour : secondOfDay / SECONDS_PER_HOUR;
        int minutes = minute != 0 ? minute : secondOfDay % SECONDS_PER_HOUR / SECONDS_PER_MINUTE;
        int seconds = second != 0 ? second : secondOfDay % SECONDS_PER_MINUTE;
        if (clockOf12) {
            if (hours < 1 || hours > 12) {
                throw invalid("hour \"" + hours + "\" is invalid for the 12-hour clock");
            }
            hours = hours % 12 + (afternoon != 0 ? 12 : 0);
        }
        long fraction = millis * 1000L + micros;
        boolean wrong = hours < 0
                || hours >= 24
                || minutes < 0
                || minutes >= 60
                || seconds < 0
                || seconds >= 60
                || fraction < 0
                || fraction >= Times.MICROS_PER_SECOND;
        if (wrong) {
            throw outOfRange();
        }
        return (hours * (long) SECONDS_PER_HOUR + minutes * (long) SECONDS_PER_MINUTE + seconds)
                        * Times.MICROS_PER_SECOND
                + fraction;
    }

    /** Seconds to the east. */
    private long offset() {
        if (zoneSign == 0) {
            return zoneSeconds == null ? 0 : zoneSeconds;
        }
        boolean wrong =
                zoneHours < 0 || zoneHours > MOST_ZONE_HOURS || zoneMinutes < 0 || zoneMinutes >= SECONDS_PER_MINUTE;
        if (wrong) {
            throw new EvaluationError(ZONE_OVERFLOW, "time zone displacement out of range: \"" + written + "\"");
        }
        return zoneSign * (zoneHours * (long) SECONDS_PER_HOUR + zoneMinutes * (long) SECONDS_PER_MINUTE);
    }

    /** Days have numbers from November 4714 before Christ on. */
    private void requireYear(String type) {
        boolean early = resultYear < FIRST_YEAR || resultYear == FIRST_YEAR && resultMonth < FIRST_MONTH;
        boolean late = resultYear > LAST_YEAR || resultYear == LAST_YEAR && resultMonth > LAST_MONTH;
        if (early || late) {
            throw Times.outOfRange(type);
        }
    }

    /** The day's number; a day that its month has not, of fields without a year, is one of the next month. */
    private int julianDay() {
        return TimeFormat.julian(resultYear, resultMonth, resultDay);
    }
}
