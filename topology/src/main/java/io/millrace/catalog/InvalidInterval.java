package io.millrace.catalog;

/** A text that is no interval: PostgreSQL would fail with this SQLSTATE and message. */
public final class InvalidInterval extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String sqlState;

    InvalidInterval(String sqlState, String message) {
        // Thrown for rows, perhaps many; the trace would only show our own reading.
        super(message, null, false, false);
        this.sqlState = sqlState;
    }

    /** PostgreSQL's five-character code. */
    public String sqlState() {
        return sqlState;
    }
}
