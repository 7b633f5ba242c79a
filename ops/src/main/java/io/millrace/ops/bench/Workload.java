package io.millrace.ops.bench;

/** Makes changes of tables, the same ones every time. */
interface Workload {
    /** Makes about so many. */
    void run(int changes, TableChanges tables);
}
