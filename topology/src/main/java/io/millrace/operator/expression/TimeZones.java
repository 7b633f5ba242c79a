package io.millrace.operator.expression;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Time zones by their IANA name, whatever its case, by an abbreviation that PostgreSQL knows by default, or as a POSIX offset,
 * which counts to the west.
 */
final class TimeZones {
    /** The abbreviations of fixed offsets that are in use in Europe and America, in hours. */
    private static final Map<String, Double> ABBREVIATIONS = Map.ofEntries(
            Map.entry("z", 0.0),
            Map.entry("zulu", 0.0),
            Map.entry("ut", 0.0),
            Map.entry("utc", 0.0),
            Map.entry("gmt", 0.0),
            Map.entry("wet", 0.0),
            Map.entry("west", 1.0),
            Map.entry("bst", 1.0),
            Map.entry("cet", 1.0),
            Map.entry("met", 1.0),
            Map.entry("cest", 2.0),
            Map.entry("cetdst", 2.0),
            Map.entry("mest", 2.0),
            Map.entry("eet", 2.0),
            Map.entry("eest", 3.0),
            Map.entry("msk", 3.0),
            Map.entry("ist", 2.0),
            Map.entry("jst", 9.0),
            Map.entry("kst", 9.0),
            Map.entry("sgt", 8.0),
            Map.entry("nst", -3.5),
            Map.entry("ndt", -2.5),
            Map.entry("ast", -4.0),
            Map.entry("adt", -3.0),
            Map.entry("est", -5.0),
            Map.entry("edt", -4.0),
            Map.entry("cst", -6.0),
            Map.entry("cdt", -5.0),
            Map.entry("mst", -7.0),
            Map.entry("mdt", -6.0),
            Map.entry("pst", -8.0),
            Map.entry("pdt", -7.0),
            Map.entry("akst", -9.0),
            Map.entry("akdt", -8.0),
            Map.entry("hst", -10.0));

    private static final Map<String, String> NAMES = ZoneId.getAvailableZoneIds().stream()
            .collect(Collectors.toUnmodifiableMap(
                    name -> name.toLowerCase(Locale.ROOT), Function.identity(), (one, other) -> one));

    private static final Pattern POSIX = Pattern.compile("[a-z]*([+-]?)(\\d{1,3})(?::(\\d{1,2})(?::(\\d{1,2}))?)?");
    private static final Pattern OFFSET = Pattern.compile("([+-])(\\d{1,2})(?::?(\\d{2})(?::?(\\d{2}))?)?");
    private static final int GREATEST_HOURS = 15;
    private static final double SECONDS_PER_HOUR = 3600;
    private static final int GREATEST_POSIX_HOURS = 167;

    private TimeZones() {}

    /** The zone of that name. */
    static ZoneId zone(String given) {
        String name = given.toLowerCase(Locale.ROOT);
        Double hours = ABBREVIATIONS.get(name);
        if (hours != null) {
            return ZoneOffset.ofTotalSeconds((int) (hours * SECONDS_PER_HOUR));
        }
        String known = NAMES.get(name);
        if (known != null) {
            return ZoneId.of(known);
        }
        Matcher posix = POSIX.matcher(name);
        if (posix.matches() && Integer.parseInt(posix.group(2)) <= GREATEST_POSIX_HOURS) {
            try {
                return posixOffset(posix);
            } catch (DateTimeException e) {
                throw unknown(given);
            }
        }
        throw unknown(given);
    }

    /** The seconds to the east that an abbreviation stands for; null where it is none. */
    static Integer abbreviated(String given) {
        Double hours = ABBREVIATIONS.get(given.toLowerCase(Locale.ROOT));
        return hours == null ? null : (int) (hours * SECONDS_PER_HOUR);
    }

    /** The zone of a time that is made of numbers: an offset counts to the east, as in a written time. */
    static ZoneId ofMadeTime(String given) {
        if (!given.isEmpty() && Character.isDigit(given.charAt(0))) {
            throw new EvaluationError("22023", "invalid input syntax for type numeric time zone: \"" + given + "\"");
        }
        Matcher offset = OFFSET.matcher(given);
        if (!offset.matches()) {
            return zone(given);
        }
        int hours = Integer.parseInt(offset.group(2));
        int minutes = offset.group(3) == null ? 0 : Integer.parseInt(offset.group(3));
        int seconds = offset.group(4) == null ? 0 : Integer.parseInt(offset.group(4));
        if (hours > GREATEST_HOURS || minutes > 59 || seconds > 59) {
            throw new EvaluationError("22023", "numeric time zone \"" + given + "\" out of range");
        }
        int total = hours * 3600 + minutes * 60 + seconds;
        return ZoneOffset.ofTotalSeconds(offset.group(1).equals("-") ? -total : total);
    }

    private static EvaluationError unknown(String name) {
        return new EvaluationError("22023", "time zone \"" + name + "\" not recognized");
    }

    private static ZoneOffset posixOffset(Matcher matcher) {
        int seconds = Integer.parseInt(matcher.group(2)) * 3600;
        if (matcher.group(3) != null) {
            seconds += Integer.parseInt(matcher.group(3)) * 60;
        }
        if (matcher.group(4) != null) {
            seconds += Integer.parseInt(matcher.group(4));
        }
        return ZoneOffset.ofTotalSeconds(matcher.group(1).equals("-") ? seconds : -seconds);
    }

    /** The clock's time there at a finite instant. */
    static long localTime(ZoneId zone, long micros) {
        return shifted(micros, zone.getRules().getOffset(instantOf(micros)).getTotalSeconds());
    }

    /** The instant of a clock's time there; of a time that the clock skips or shows twice, by the standard time. */
    static long instant(ZoneId zone, long micros) {
        LocalDateTime time = LocalDateTime.ofInstant(instantOf(micros), ZoneOffset.UTC);
        ZoneOffset offset = time.atZone(zone).withLaterOffsetAtOverlap().getOffset();
        // Where the clock skips, atZone has moved on by what is skipped; the offset before is what counts.
        ZoneOffsetTransition transition = zone.getRules().getTransition(time);
        if (transition != null && transition.isGap()) {
            offset = transition.getOffsetBefore();
        }
        return shifted(micros, -offset.getTotalSeconds());
    }

    private static Instant instantOf(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static long shifted(long micros, long seconds) {
        try {
            return Times.checkedTimestamp(Math.addExact(micros, seconds * Times.MICROS_PER_SECOND));
        } catch (ArithmeticException e) {
            throw Times.outOfRange("timestamp");
        }
    }
}
