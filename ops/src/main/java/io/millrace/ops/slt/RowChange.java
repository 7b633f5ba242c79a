package io.millrace.ops.slt;

import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import java.util.List;

/**
 * A committed change of one row.
 *
 * @param table the table's object id in PostgreSQL
 * @param before the values so far, null where NULL; null for an insertion
 * @param after the values from now on; null for a deletion
 * @param truncated whether it is a deletion by TRUNCATE
 */
record RowChange(long table, List<String> before, List<String> after, boolean truncated) {

    /** Checks that its table can change so. @throws UserError if it is an event topic and this is no insertion */
    void checkAllowed(Table of) {
        if (of.appendOnly() && before != null) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    of.name() + " is an event topic: its rows are only ever inserted",
                    "leave the statement out");
        }
    }
}
