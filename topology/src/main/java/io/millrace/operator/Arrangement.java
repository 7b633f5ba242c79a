package io.millrace.operator;

import io.millrace.row.Delta;
import io.millrace.row.Row;
import java.util.List;

/**
 * Rows by key, as a Z-set. Within a step an arrangement already holds what its input changed in that step;
 * {@link #without} looks at it as it was before.
 */
interface Arrangement {
    /** Visits the rows of a key with their weights (never 0, negative while a retraction overtook its row). */
    void visit(byte[] key, RowVisitor visitor);

    /** The key of a row of this arrangement, or null when a column of it is NULL. */
    byte[] keyOf(Row row);

    /** This arrangement as it was before those changes. */
    default Arrangement without(List<Delta> changes) {
        return changes.isEmpty() ? this : new ArrangementBefore(this, changes);
    }

    /** Takes rows; returns whether to go on. */
    @FunctionalInterface
    interface RowVisitor {
        boolean visit(Row row, long weight);
    }
}
