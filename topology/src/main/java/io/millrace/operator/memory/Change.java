package io.millrace.operator.memory;

import io.millrace.catalog.Table;
import io.millrace.row.Row;

/**
 * A change of one row of one shard. Immutable.
 *
 * @param table the row's table
 * @param shard the shard that the row is in
 * @param position where the change is in the shard's log; greater than that of all changes before
 * @param before the row so far, or null for an insertion
 * @param after the row from now on, or null for a deletion
 */
public record Change(Table table, String shard, long position, Row before, Row after) {
    /** Whether the row that was there goes: it is deleted, or gets another primary key. */
    public boolean removes() {
        return before != null && (after == null || !keyOf(before).equals(keyOf(after)));
    }

    /** The primary key's values of a row. */
    public Row keyOf(Row row) {
        return row.project(
                table.primaryKey().stream().mapToInt(Integer::intValue).toArray());
    }
}
