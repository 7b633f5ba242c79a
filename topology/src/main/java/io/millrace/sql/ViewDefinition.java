package io.millrace.sql;

import io.millrace.catalog.SourcePlace;
import java.util.List;
import org.apache.calcite.rel.RelNode;

/**
 * A view as it was written, validated and turned into relational algebra. Immutable.
 *
 * @param name the view's name
 * @param columnNames the names of its columns, as PostgreSQL names them
 * @param rel what it computes; columns in the order of {@code columnNames}
 * @param sql the query's text as the user wrote it
 * @param place where the view is defined
 */
public record ViewDefinition(String name, List<String> columnNames, RelNode rel, String sql, SourcePlace place) {
    public ViewDefinition {
        columnNames = List.copyOf(columnNames);
    }
}
