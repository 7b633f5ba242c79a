package io.millrace.operator.expression;

/** An expression that has no value for a row: PostgreSQL would fail with this SQLSTATE and message. */
public final class EvaluationError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String sqlState;

    public EvaluationError(String sqlState, String message) {
        // Thrown for rows, perhaps many; the trace would only show our own evaluation.
        super(message, null, false, false);
        this.sqlState = sqlState;
    }

    /** PostgreSQL's five-character code, e.g. {@code 22012} for a division by zero. */
    public String sqlState() {
        return sqlState;
    }

    static EvaluationError divisionByZero() {
        return new EvaluationError("22012", "division by zero");
    }

    static EvaluationError outOfRange(String type) {
        return new EvaluationError("22003", type + " out of range");
    }
}
