package io.millrace.grammar;

import org.apache.calcite.sql.SqlIdentifier;

/**
 * A column of an index, as CREATE INDEX orders it.
 *
 * @param name the column's name, simple
 * @param descending whether greater values come first
 * @param nullsFirst whether NULLs come first; by PostgreSQL's rule where the statement does not say
 */
public record IndexColumn(SqlIdentifier name, boolean descending, boolean nullsFirst) {}
