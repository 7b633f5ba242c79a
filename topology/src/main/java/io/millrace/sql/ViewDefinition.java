package io.millrace.sql;

import io.millrace.catalog.SourcePlace;
import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.rel.RelNode;

/**
 * A view as it was written, validated and turned into relational algebra. Immutable.
 *
 * @param name the view's name
 * @param columnNames the names of its columns, as PostgreSQL names them
 * @param primaryKey positions of the columns that are declared to be its key; none where the plan is to find one
 * @param rel what it computes; columns in the order of {@code columnNames}
 * @param sql the query's text as the user wrote it
 * @param place where the view is defined
 * @param joinsWithoutEquality where joins are written without an equality
 * @param constants its constants in quotes, which may not be what they are taken for
 * @param indexes the view's indexes, in the order in which they are defined
 */
public record ViewDefinition(
        String name,
        List<String> columnNames,
        List<Integer> primaryKey,
        RelNode rel,
        String sql,
        SourcePlace place,
        List<SourcePlace> joinsWithoutEquality,
        List<QuotedConstant> constants,
        List<IndexDefinition> indexes) {
    public ViewDefinition {
        columnNames = List.copyOf(columnNames);
        primaryKey = List.copyOf(primaryKey);
        joinsWithoutEquality = List.copyOf(joinsWithoutEquality);
        constants = List.copyOf(constants);
        indexes = List.copyOf(indexes);
    }

    /** Whether a column may be NULL, as far as its type, what the query keeps and the declared key tell. */
    public boolean mayBeNull(int column) {
        // Of a key that is declared, the view shows no row with a NULL.
        return !primaryKey.contains(column) && NullableColumns.mayBeNull(rel, column);
    }

    /** The view with one more index. */
    ViewDefinition withIndex(IndexDefinition index) {
        List<IndexDefinition> all = new ArrayList<>(indexes);
        all.add(index);
        return new ViewDefinition(name, columnNames, primaryKey, rel, sql, place, joinsWithoutEquality, constants, all);
    }
}
