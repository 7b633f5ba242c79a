package io.millrace.connectors.replica;

import java.sql.SQLException;

/** What a failure of the target database means for the batch that met it. */
enum FailureKind {
    /** It may pass: the connection, a deadlock, a time limit, a full disk, a standby that is not promoted yet. */
    TRANSIENT,
    /** A row is at fault: a constraint, a value that its column does not take, an index entry that is too long. */
    RECORD,
    /** The table or the rights are at fault, and every record would fail. */
    TABLE;

    /** The kind of a failure, by the class of its SQLSTATE. */
    static FailureKind of(SQLException failure) {
        String state = failure.getSQLState();
        if (state == null || state.length() != 5) {
            return TABLE;
        }
        return switch (state.substring(0, 2)) {
            // 08 connection, 40 rollback, 53 resources, 55 not in a state to, 57 an operator or a time limit, 58
            // system.
            case "08", "40", "53", "55", "57", "58" -> TRANSIENT;
            // 21 cardinality, 22 data, 23 constraint, 27 and 44 refused by a trigger or view, 54 limits, P0 raised.
            case "21", "22", "23", "27", "44", "54", "P0" -> RECORD;
            // A server that is read-only is a standby, or about to be promoted.
            case "25" -> state.equals("25006") ? TRANSIENT : TABLE;
            default -> TABLE;
        };
    }
}
