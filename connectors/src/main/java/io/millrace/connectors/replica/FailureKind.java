package io.millrace.connectors.replica;

import java.sql.SQLException;
import java.util.List;

/** What a failure of the target database means for the batch that met it. */
enum FailureKind {
    /** It may pass: the connection, a deadlock, a time limit, a full disk, a standby that is not promoted yet. */
    TRANSIENT,
    /** A row is at fault: a constraint, a value that its column does not take, an index entry that is too long. */
    RECORD,
    /** The table or the rights are at fault, and every record would fail. */
    TABLE;

    /**
     * The classes of SQLSTATE that say that a row is at fault: 21 cardinality, 22 data, 23 constraint, 27 and 44 refused by a
     * trigger or view, 54 limits, P0 raised.
     */
    static final List<String> RECORD_CLASSES = List.of("21", "22", "23", "27", "44", "54", "P0");

    /** The kind of a failure, by the class of its SQLSTATE. */
    static FailureKind of(SQLException failure) {
        String state = failure.getSQLState();
        if (state == null || state.length() != 5) {
            return TABLE;
        }
        String ofClass = state.substring(0, 2);
        if (RECORD_CLASSES.contains(ofClass)) {
            return RECORD;
        }
        return switch (ofClass) {
            // 08 connection, 40 rollback, 53 resources, 55 not in a state to, 57 an operator or a time limit, 58
            // system.
            case "08", "40", "53", "55", "57", "58" -> TRANSIENT;
            // A server that is read-only is a standby, or about to be promoted; and a session that was idle too long is ended.
            case "25" -> state.equals("25006") || state.equals("25P03") ? TRANSIENT : TABLE;
            default -> TABLE;
        };
    }
}
