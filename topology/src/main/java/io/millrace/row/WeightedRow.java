package io.millrace.row;

/**
 * A row of a Z-set.
 *
 * @param weight how many copies there are; negative while a retraction is ahead of its row; not 0
 * @param row the row
 */
public record WeightedRow(long weight, Row row) {}
