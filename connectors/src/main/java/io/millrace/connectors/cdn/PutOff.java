package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;

/** Purges were not made, and are due again later; others go on. */
final class PutOff extends DeliveryFailure {
    private static final long serialVersionUID = 1;

    PutOff(String message) {
        super(FailureKind.TRANSIENT, message, null);
    }
}
