package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.FailureKind;
import java.sql.SQLException;

/** What a failure of PostgreSQL means. */
final class SqlFailure {
    private SqlFailure() {}

    /** The kind of a failure, by the class of its SQLSTATE. */
    static FailureKind kindOf(SQLException failure) {
        String state = failure.getSQLState();
        if (state == null || state.length() != 5) {
            return FailureKind.TARGET;
        }
        return switch (state.substring(0, 2)) {
            // 08 connection, 40 rollback, 53 resources, 55 not in a state to, 57 an operator or a time limit, 58
            // system.
            case "08", "40", "53", "55", "57", "58" -> FailureKind.TRANSIENT;
            // 21 cardinality, 22 data, 23 constraint, 27 and 44 refused by a trigger or view, 54 limits, P0 raised.
            case "21", "22", "23", "27", "44", "54", "P0" -> FailureKind.RECORD;
            // A server that is read-only is a standby, or about to be promoted.
            case "25" -> state.equals("25006") ? FailureKind.TRANSIENT : FailureKind.TARGET;
            default -> FailureKind.TARGET;
        };
    }
}
