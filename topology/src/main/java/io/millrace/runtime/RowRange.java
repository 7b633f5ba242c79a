package io.millrace.runtime;

import io.millrace.operator.ServedRows;
import io.millrace.plan.PlanNode;
import io.millrace.row.KeyRange;

/**
 * Rows that stand together in the order of a view's key or of an index: those whose first columns have some values and whose
 * next one is within bounds. Immutable.
 *
 * @param served the view or the index
 * @param prefix the first columns' values; null is NULL; none for all rows
 * @param from the least value of the next column; null for no bound
 * @param below what the next column's value is less than; null for no bound. With a bound, NULLs are left out
 */
public record RowRange(PlanNode.Served served, Object[] prefix, Object from, Object below) {

    /** The rows whose first columns have those values. */
    public static RowRange ofPrefix(PlanNode.Served served, Object... prefix) {
        return new RowRange(served, prefix, null, null);
    }

    /** The keys under which they are kept. */
    public KeyRange keys(ServedRows rows) {
        return rows.range(prefix, from, below);
    }
}
