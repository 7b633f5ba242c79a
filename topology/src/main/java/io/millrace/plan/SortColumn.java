package io.millrace.plan;

/**
 * One column of an order.
 *
 * @param column its position
 * @param descending whether greater values come first
 * @param nullsFirst whether NULLs come first; PostgreSQL has them last, or first when descending, unless it is told
 */
public record SortColumn(int column, boolean descending, boolean nullsFirst) {}
