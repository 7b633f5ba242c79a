package io.millrace.schemas;

/** The registry refused a request or could not be reached. */
public final class RegistryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final int code;

    RegistryException(String message, int status, int code, Throwable cause) {
        super(message, cause);
        this.status = status;
        this.code = code;
    }

    /** The HTTP status; 0 when there was no answer. */
    public int status() {
        return status;
    }

    /** The registry's own error code, e.g. 40401 for an unknown subject; 0 when there was none. */
    public int code() {
        return code;
    }

    /** Whether the same request may succeed later: no answer, an overloaded registry, a failing one. */
    public boolean isTransient() {
        return status == 0 || status == 408 || status == 429 || status >= 500;
    }
}
