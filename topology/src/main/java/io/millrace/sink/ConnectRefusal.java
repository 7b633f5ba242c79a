package io.millrace.sink;

/** Kafka Connect will not do what it was asked, and says why. */
public final class ConnectRefusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    ConnectRefusal(int status, String message) {
        super(message);
        this.status = status;
    }

    /** HTTP's. */
    int status() {
        return status;
    }
}
