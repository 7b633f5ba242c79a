package io.millrace.operator;

import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import java.util.Arrays;
import java.util.List;

/**
 * Rows by key, as a Z-set, in an order. Within a step an arrangement already holds what its input changed in that step;
 * {@link JoinSide} looks at it as it was before.
 */
interface Arrangement {
    /** Before every position. */
    byte[] START = {};

    /** Visits the rows of a key with their weights, which are negative while a retraction overtook its row. */
    void visit(byte[] key, PositionVisitor visitor);

    /**
     * Visits the rows of a key that are beyond a position, about so many of them. The visitor's answer does not matter.
     *
     * @param beyond a position, or {@link #START}
     * @return the last position that was visited, or {@code beyond}; null when nothing is left beyond it
     */
    byte[] visitPortion(byte[] key, byte[] beyond, int limit, PositionVisitor visitor);

    /** The key of a row of this arrangement, or null when a column of it is NULL. */
    byte[] keyOf(Row row);

    /** Where a row of this arrangement is among those of its key; for a row that has a key. */
    byte[] positionOf(Row row);

    /** Whether a position is not beyond another. The only row of an empty key has an empty position, after the start too. */
    static boolean isWithin(byte[] position, byte[] reached) {
        return reached.length > 0 && Arrays.compareUnsigned(position, reached) <= 0;
    }

    /** Takes rows, those of one position together; returns whether to go on. */
    @FunctionalInterface
    interface PositionVisitor {
        boolean visit(List<WeightedRow> rows);
    }
}
