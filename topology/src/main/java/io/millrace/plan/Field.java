package io.millrace.plan;

import io.millrace.catalog.SqlType;

/**
 * A column of a plan node's output.
 *
 * @param name for people: unique within a view, not necessarily elsewhere
 * @param type its type
 */
public record Field(String name, SqlType type) {}
