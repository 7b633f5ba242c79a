package io.millrace.sql;

import io.millrace.catalog.SourcePlace;
import java.util.List;

/**
 * An index of a view as it was written. Immutable.
 *
 * @param name its name; PostgreSQL's default where the statement has none
 * @param columns the view's columns that order it
 * @param place where the index is defined
 */
public record IndexDefinition(String name, List<Part> columns, SourcePlace place) {
    public IndexDefinition {
        columns = List.copyOf(columns);
    }

    /**
     * A column of an index.
     *
     * @param column its position in the view
     * @param descending whether greater values come first
     * @param nullsFirst whether NULLs come first
     */
    public record Part(int column, boolean descending, boolean nullsFirst) {}
}
