package io.millrace.catalog;

/**
 * A declared column.
 *
 * @param name as PostgreSQL stores it: folded to lower case unless it was quoted
 * @param type its type
 * @param nullable whether it may hold NULL
 */
public record Column(String name, SqlType type, boolean nullable) {}
