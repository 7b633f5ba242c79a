package io.millrace.ops.bench;

/** Takes a workload's changes of rows. Rows are values in Avro's form: numeric as text, date as days, timestamp as microseconds. */
interface TableChanges {
    /** Inserts a row, or updates the row with its key. */
    void put(String table, Object... row);

    /** Deletes the row with that key. */
    void delete(String table, Object... key);
}
