package io.millrace.ops.slt;

import java.util.List;

/**
 * A committed change of one row.
 *
 * @param table the table's object id in PostgreSQL
 * @param before the values so far, null where NULL; null for an insertion
 * @param after the values from now on; null for a deletion
 */
record RowChange(long table, List<String> before, List<String> after) {}
