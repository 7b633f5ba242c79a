package io.millrace.connectors.http;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import java.time.Duration;

/** The server is there and has not taken this request, though it may later: other requests may fare better. */
public final class RefusedForNow extends DeliveryFailure {
    private static final long serialVersionUID = 1;

    public RefusedForNow(String message, Throwable cause, Duration pause) {
        super(FailureKind.TRANSIENT, message, cause, pause);
    }
}
