package io.millrace.catalog;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads an interval: numbers with units, hours and minutes with colons, years and months with a dash, or ISO 8601. */
public final class IntervalText {
    private static final Pattern TOKEN = Pattern.compile(
            "([+-]?)(\\d+):(\\d+)(?::(\\d+)?(?:\\.(\\d*))?)?" // hours, minutes, seconds
                    + "|([+-]?)(\\d+)-(\\d+)" // years, months
                    + "|([+-]?)(\\d*)(?:\\.(\\d*))?([a-z]*)" // a number, perhaps with its unit
            );
    private static final Pattern ISO_PART = Pattern.compile("([+-]?)(\\d*)(?:\\.(\\d*))?([A-Z])");
    private static final int CLOCK = 1;
    private static final int YEARS = 6;
    private static final int NUMBER = 9;
    private static final int DAYS_PER_WEEK = 7;
    private static final int DAYS_PER_MONTH = 30;
    private static final int MONTHS_PER_YEAR = 12;
    private static final long MICROS_PER_SECOND = 1_000_000L;
    private static final long MICROS_PER_HOUR = 3600 * MICROS_PER_SECOND;

    private final String given;
    private final Set<TimeUnit> seen = EnumSet.noneOf(TimeUnit.class);
    private long months;
    private long days;
    private long micros;

    private IntervalText(String given) {
        this.given = given;
    }

    /** The interval that a text says. @throws InvalidInterval as PostgreSQL would fail with it */
    public static Interval parse(String given) {
        IntervalText input = new IntervalText(given);
        String text = WhiteSpace.trimmed(given);
        try {
            if (text.startsWith("P")) {
                input.readIso(text.substring(1));
            } else {
                Interval infinite = infinite(text.toLowerCase(Locale.ROOT));
                if (infinite != null) {
                    return infinite;
                }
                input.readTokens(text.toLowerCase(Locale.ROOT));
            }
        } catch (ArithmeticException | NumberFormatException e) {
            throw input.outOfRange();
        }
        return input.result();
    }

    private static Interval infinite(String text) {
        return switch (text) {
            case "infinity", "+infinity" -> Interval.INFINITE;
            case "-infinity" -> Interval.NEGATIVE_INFINITE;
            default -> null;
        };
    }

    private InvalidInterval invalid() {
        return new InvalidInterval("22007", "invalid input syntax for type interval: \"" + given + "\"");
    }

    private InvalidInterval outOfRange() {
        return new InvalidInterval("22015", "interval field value out of range: \"" + given + "\"");
    }

    private Interval result() {
        if (days != (int) days) {
            throw outOfRange();
        }
        Interval interval = new Interval((int) months, (int) days, micros);
        if (months != (int) months || interval.isInfinite()) {
            throw new InvalidInterval("22008", "interval out of range");
        }
        return interval;
    }

    private void readTokens(String text) {
        List<String> tokens = new ArrayList<>(List.of(spaced(text).split(" +")));
        tokens.removeIf(token -> token.isEmpty() || token.equals("@"));
        boolean ago = !tokens.isEmpty() && tokens.get(tokens.size() - 1).equals("ago");
        if (ago) {
            tokens.remove(tokens.size() - 1);
        }
        if (tokens.isEmpty()) {
            throw invalid();
        }
        for (int i = 0; i < tokens.size(); i++) {
            Matcher matcher = TOKEN.matcher(tokens.get(i));
            if (!matcher.matches()) {
                throw invalid();
            }
            if (matcher.group(CLOCK) != null) {
                addClock(matcher);
            } else if (matcher.group(YEARS) != null) {
                requireNew(TimeUnit.MONTH);
                long sign = matcher.group(YEARS).equals("-") ? -1 : 1;
                addMonths(sign * number(matcher.group(YEARS + 1)) * MONTHS_PER_YEAR);
                addMonths(sign * number(matcher.group(YEARS + 2)));
            } else {
                String unit = matcher.group(NUMBER + 3);
                if (unit.isEmpty() && i + 1 < tokens.size() && isWord(tokens.get(i + 1))) {
                    i++;
                    unit = tokens.get(i);
                } else if (unit.isEmpty()) {
                    // Before a clock's time it counts days, at the end seconds.
                    boolean beforeClock =
                            i + 1 < tokens.size() && tokens.get(i + 1).indexOf(':') > 0;
                    unit = beforeClock ? "day" : "second";
                }
                addNumber(matcher.group(NUMBER), matcher.group(NUMBER + 1), matcher.group(NUMBER + 2), unit);
            }
        }
        if (ago) {
            months = -months;
            days = -days;
            micros = Math.negateExact(micros);
        }
    }

    /** With one blank between tokens, a unit and the next number too, and none between a sign and its number. */
    private static String spaced(String text) {
        return text.replaceAll("[ \\t-\\r]+", " ")
                .replaceAll("(^| )([+-]) (?=\\d)", "$1$2")
                .replaceAll("(?<=[a-z])(?=[+.\\d-])", " ");
    }

    private static boolean isWord(String token) {
        return token.chars().allMatch(c -> c >= 'a' && c <= 'z');
    }

    private void addClock(Matcher matcher) {
        long hours = number(matcher.group(CLOCK + 1));
        long minutes = number(matcher.group(CLOCK + 2));
        String secondDigits = matcher.group(CLOCK + 3);
        String fraction = matcher.group(CLOCK + 4);
        boolean minutesAndSeconds = fraction != null && secondDigits == null;
        long seconds = secondDigits == null ? 0 : number(secondDigits);
        if (minutes > 59 || seconds > 60 || minutesAndSeconds) {
            throw outOfRange();
        }
        requireNew(TimeUnit.HOUR);
        requireNew(TimeUnit.MINUTE);
        requireNew(TimeUnit.SECOND);
        long sum = Math.addExact(
                Math.multiplyExact(hours, MICROS_PER_HOUR),
                (minutes * 60 + seconds) * MICROS_PER_SECOND + Math.round(fraction(fraction) * MICROS_PER_SECOND));
        micros = Math.addExact(micros, matcher.group(CLOCK).equals("-") ? -sum : sum);
    }

    private void addNumber(String sign, String digits, String fractionDigits, String unitName) {
        boolean noDigits = digits.isEmpty() && fractionDigits == null;
        TimeUnit unit = TimeUnit.named(unitName);
        if (noDigits || unit == null) {
            throw invalid();
        }
        requireNew(unit);
        boolean negative = sign.equals("-");
        long count = digits.isEmpty() ? 0 : number(digits);
        double fraction = fraction(fractionDigits);
        add(unit, negative ? -count : count, negative ? -fraction : fraction);
    }

    /** No unit may come twice. */
    private void requireNew(TimeUnit unit) {
        if (!seen.add(unit)) {
            throw invalid();
        }
    }

    private static long number(String digits) {
        return Long.parseLong(digits);
    }

    private static double fraction(String digits) {
        return digits == null || digits.isEmpty() ? 0 : Double.parseDouble("0." + digits);
    }

    private void add(TimeUnit unit, long count, double fraction) {
        switch (unit) {
            case MICROSECOND -> addMicros(count, fraction, 1);
            case MILLISECOND -> addMicros(count, fraction, 1000);
            case SECOND -> addMicros(count, fraction, MICROS_PER_SECOND);
            case MINUTE -> addMicros(count, fraction, 60 * MICROS_PER_SECOND);
            case HOUR -> addMicros(count, fraction, MICROS_PER_HOUR);
            case DAY -> {
                addDays(count, 0, 1);
                addMicros(0, fraction, Interval.MICROS_PER_DAY);
            }
            case WEEK -> addDays(count, fraction, DAYS_PER_WEEK);
            case MONTH -> {
                addMonths(count);
                addDays(0, fraction, DAYS_PER_MONTH);
            }
            case YEAR -> addYears(count, fraction, 1);
            case DECADE -> addYears(count, fraction, 10);
            case CENTURY -> addYears(count, fraction, 100);
            case MILLENNIUM -> addYears(count, fraction, 1000);
            default -> throw invalid();
        }
    }

    private void addMicros(long count, double fraction, long length) {
        micros = Math.addExact(micros, Math.multiplyExact(count, length));
        double exact = fraction * length;
        long whole = (long) exact;
        double rest = exact - whole;
        micros = Math.addExact(micros, rest > 0.5 ? whole + 1 : rest < -0.5 ? whole - 1 : whole);
    }

    private void addDays(long count, double fraction, int length) {
        double exact = fraction * length;
        int whole = (int) exact;
        days = Math.addExact(days, Math.addExact(Math.multiplyExact(count, (long) length), whole));
        addMicros(0, exact - whole, Interval.MICROS_PER_DAY);
    }

    private void addMonths(long count) {
        months = Math.addExact(months, count);
    }

    private void addYears(long count, double fraction, int length) {
        addMonths(Math.toIntExact(Math.multiplyExact(count, length)) * (long) MONTHS_PER_YEAR);
        addMonths((long) Math.rint(fraction * length * MONTHS_PER_YEAR));
    }

    /** P1Y2M3W4DT5H6M7.8S; the other ISO form, P0001-02-03T04:05:06, is not read. */
    private void readIso(String text) {
        boolean clock = false;
        Matcher part = ISO_PART.matcher(text);
        if (text.isEmpty()) {
            throw invalid();
        }
        for (int at = 0; at < text.length(); at = part.end()) {
            if (!clock && text.charAt(at) == 'T') {
                clock = true;
                at++;
                if (at == text.length()) {
                    return;
                }
            }
            if (!part.region(at, text.length()).lookingAt()) {
                throw invalid();
            }
            String unit = isoUnit(part.group(4).charAt(0), clock);
            addNumber(part.group(1), part.group(2), part.group(3), unit);
        }
    }

    private String isoUnit(char letter, boolean clock) {
        if (clock) {
            return switch (letter) {
                case 'H' -> "hour";
                case 'M' -> "minute";
                case 'S' -> "second";
                default -> throw invalid();
            };
        }
        return switch (letter) {
            case 'Y' -> "year";
            case 'M' -> "month";
            case 'W' -> "week";
            case 'D' -> "day";
            default -> throw invalid();
        };
    }
}
