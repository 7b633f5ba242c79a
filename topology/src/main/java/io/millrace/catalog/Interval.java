package io.millrace.catalog;

/**
 * A PostgreSQL interval: three fields that are kept apart, since a month has no fixed number of days, nor a day of
 * hours.
 *
 * @param months whole months
 * @param days whole days
 * @param micros microseconds
 */
public record Interval(int months, int days, long micros) {
    /** Of a day that has 24 hours. */
    public static final long MICROS_PER_DAY = 86_400_000_000L;

    /** PostgreSQL's infinity. */
    public static final Interval INFINITE = new Interval(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE);

    /** PostgreSQL's -infinity. */
    public static final Interval NEGATIVE_INFINITE = new Interval(Integer.MIN_VALUE, Integer.MIN_VALUE, Long.MIN_VALUE);

    /** Whether it is one of the infinities. */
    public boolean isInfinite() {
        return equals(INFINITE) || equals(NEGATIVE_INFINITE);
    }
}
