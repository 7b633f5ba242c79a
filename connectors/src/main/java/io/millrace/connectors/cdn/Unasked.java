package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import org.apache.kafka.connect.errors.DataException;

/** A target is none for a cache, which was not asked: nothing is known of that by it. */
final class Unasked extends DeliveryFailure {
    private static final long serialVersionUID = 1;

    Unasked(String message) {
        super(FailureKind.RECORD, message, new DataException(message));
    }
}
