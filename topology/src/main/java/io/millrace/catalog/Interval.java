package io.millrace.catalog;

/**
 * A PostgreSQL interval: three fields that are kept apart, since a month has no fixed number of days, nor a day of
 * hours.
 *
 * @param months whole months
 * @param days whole days
 * @param micros microseconds
 */
public record Interval(int months, int days, long micros) {}
