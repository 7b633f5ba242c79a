package io.millrace.sql;

import io.millrace.catalog.SourcePlace;

/**
 * One option of a sink, as it was written. Immutable.
 *
 * @param name its name
 * @param value the value's text
 * @param namePlace where the name stands
 * @param valuePlace where the value stands
 */
public record SinkOption(String name, String value, SourcePlace namePlace, SourcePlace valuePlace) {}
