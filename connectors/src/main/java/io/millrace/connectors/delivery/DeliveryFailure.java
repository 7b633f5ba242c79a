package io.millrace.connectors.delivery;

import java.time.Duration;

/** The target did not take what it was given. The message is logged, so that it must hold no value of a record and no secret. */
public class DeliveryFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final FailureKind kind;
    private final Duration pause;

    public DeliveryFailure(FailureKind kind, String message, Throwable cause) {
        this(kind, message, cause, Duration.ZERO);
    }

    /**
     * A failure after which the target has said when to come again.
     *
     * @param pause at least so long; zero where it has not
     */
    public DeliveryFailure(FailureKind kind, String message, Throwable cause, Duration pause) {
        super(message, cause);
        this.kind = kind;
        this.pause = pause;
    }

    public FailureKind kind() {
        return kind;
    }

    /** What a dead letter is to say of a record that is at fault: what the target said, where that is known. */
    public Exception reason() {
        return getCause() instanceof Exception cause ? cause : this;
    }

    /** How long the target wants to be left alone, at least; zero where it has not said. */
    public Duration pause() {
        return pause;
    }
}
