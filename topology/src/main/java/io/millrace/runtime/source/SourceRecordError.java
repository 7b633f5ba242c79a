package io.millrace.runtime.source;

/** A record of a source topic cannot be decoded; reading it again would not help, so it goes to the dead-letter topic. */
public final class SourceRecordError extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is wrong with a record; each is counted by itself. */
    public enum Reason {
        /** It does not begin as Confluent's wire format does, or its bytes end early. */
        MALFORMED,
        /** The registry does not know its schema. */
        UNKNOWN_SCHEMA,
        /** It has no key, or its schema is not that of a change event. */
        NOT_A_CHANGE,
        /** A declared column is not in its schema: it was dropped or renamed in the source. */
        COLUMN_MISSING,
        /** A column has a type that the declared one cannot be read from. */
        TYPE_MISMATCH,
        /** A value does not fit its declared type. */
        INVALID_VALUE,
        /** A column that is declared NOT NULL has none. */
        NULL_VALUE,
        /** It is an update or deletion that does not tell the old row, and the table has no primary key. */
        ROW_BEFORE_MISSING,
        /** The table was truncated in the source; which rows went is not said. */
        TRUNCATED
    }

    private final Reason reason;

    public SourceRecordError(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public SourceRecordError(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
