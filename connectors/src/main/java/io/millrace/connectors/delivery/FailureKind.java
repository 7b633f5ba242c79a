package io.millrace.connectors.delivery;

/** What a failure of the target means for the records that met it. */
public enum FailureKind {
    /** It may pass: the connection, a deadlock, a time limit, a full disk, too many requests. */
    TRANSIENT,
    /** A record is at fault: a constraint, a value that the target does not take. */
    RECORD,
    /** The target is at fault, its tables or the rights there, and every record would fail. */
    TARGET
}
