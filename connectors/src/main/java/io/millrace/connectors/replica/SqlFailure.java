package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.FailureKind;
import java.sql.SQLException;
import java.util.List;

/** What a failure of PostgreSQL means. */
public final class SqlFailure {
    /**
     * The classes of SQLSTATE that say that a row is at fault: 21 cardinality, 22 data, 23 constraint, 27 and 44 refused by a
     * trigger or view, 54 limits, P0 raised.
     */
    static final List<String> RECORD_CLASSES = List.of("21", "22", "23", "27", "44", "54", "P0");

    private SqlFailure() {}

    /** The kind of a failure, by the class of its SQLSTATE. */
    public static FailureKind kindOf(SQLException failure) {
        String state = failure.getSQLState();
        if (state == null || state.length() != 5) {
            return FailureKind.TARGET;
        }
        String ofClass = state.substring(0, 2);
        if (RECORD_CLASSES.contains(ofClass)) {
            return FailureKind.RECORD;
        }
        return switch (ofClass) {
            // 08 connection, 40 rollback, 53 resources, 55 not in a state to, 57 an operator or a time limit, 58
            // system.
            case "08", "40", "53", "55", "57", "58" -> FailureKind.TRANSIENT;
            // A server that is read-only is a standby, or about to be promoted; a session that was idle too long is
            // ended.
            case "25" -> state.equals("25006") || state.equals("25P03") ? FailureKind.TRANSIENT : FailureKind.TARGET;
            default -> FailureKind.TARGET;
        };
    }

    /** Whether a row is at fault whatever others are there: a value, a NULL, a CHECK, a limit. */
    static boolean isOfTheRowAlone(SQLException failure) {
        String state = failure.getSQLState();
        return state != null
                && (state.startsWith("22") || state.startsWith("54") || state.equals("23502") || state.equals("23514"));
    }
}
