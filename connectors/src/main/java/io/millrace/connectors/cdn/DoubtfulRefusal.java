package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;

/**
 * A refusal that is either of a target, as of a page that has rules of its own, or of whatever we ask: what becomes of others
 * tells.
 */
final class DoubtfulRefusal extends DeliveryFailure {
    private static final long serialVersionUID = 1;

    DoubtfulRefusal(String message) {
        super(FailureKind.TRANSIENT, message, null);
    }
}
