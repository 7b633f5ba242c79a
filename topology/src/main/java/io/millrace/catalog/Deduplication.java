package io.millrace.catalog;

import java.util.Optional;

/**
 * How events that come again are known: by a column that identifies an event, for a time.
 *
 * @param column the column's position in the table
 * @param forMicros an event is one that comes again if the time of another with its id is less than so far from its own
 */
public record Deduplication(int column, long forMicros) {
    private static final long MICROS_PER_MILLI = 1_000;
    private static final long MICROS_PER_SECOND = 1_000 * MICROS_PER_MILLI;
    private static final long MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
    private static final long MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE;

    /** So long where nothing is said. */
    static final long DEFAULT_FOR_MICROS = Interval.MICROS_PER_DAY;

    /** Twice as long added to any time is a time still. */
    static final long LONGEST_MICROS = 36_500 * Interval.MICROS_PER_DAY;

    /** How long, as the text of an interval: {@code 1 day}, {@code 90 minutes}. */
    public String forText() {
        return forText(forMicros);
    }

    /** A time as the text of an interval, in the largest unit of which it is a whole number. */
    public static String forText(long micros) {
        return counted(micros, Interval.MICROS_PER_DAY, "day")
                .or(() -> counted(micros, MICROS_PER_HOUR, "hour"))
                .or(() -> counted(micros, MICROS_PER_MINUTE, "minute"))
                .or(() -> counted(micros, MICROS_PER_SECOND, "second"))
                .or(() -> counted(micros, MICROS_PER_MILLI, "millisecond"))
                .orElseGet(() -> plural(micros, "microsecond"));
    }

    private static Optional<String> counted(long micros, long unitMicros, String unit) {
        return micros % unitMicros == 0 ? Optional.of(plural(micros / unitMicros, unit)) : Optional.empty();
    }

    private static String plural(long count, String unit) {
        return count + " " + unit + (count == 1 ? "" : "s");
    }
}
