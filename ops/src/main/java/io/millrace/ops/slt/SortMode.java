package io.millrace.ops.slt;

/** Whether the order of a query's rows matters. */
enum SortMode {
    /** Rows come in the order of the query. */
    NOSORT,
    /** Rows are compared in any order. */
    ROWSORT,
    /** Single values are compared, in any order. */
    VALUESORT
}
