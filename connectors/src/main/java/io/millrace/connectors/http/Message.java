package io.millrace.connectors.http;

import io.millrace.connectors.delivery.RecordPosition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record as it is sent.
 *
 * @param record the record
 * @param position where it was read
 * @param source where its record was read: of a dead letter that is delivered again at first, else its position
 * @param order records of which this is equal are sent one after the other
 * @param idempotencyKey by which its receiver knows it
 * @param notBeforeMs when it may be sent, milliseconds since the epoch; 0 for at once
 * @param parked whether it was parked in a retry topic, so that its JSON is a whole body
 * @param json its JSON; null where there is nothing to send
 * @param rejection why it cannot be sent; null where it can
 * @param committedAtMicros when the source committed it, microseconds since the epoch; 0 where that is not known
 */
record Message(
        SinkRecord record,
        RecordPosition position,
        RecordPosition source,
        String order,
        String idempotencyKey,
        long notBeforeMs,
        boolean parked,
        String json,
        DataException rejection,
        long committedAtMicros) {
    /** Whether it is a dead letter that is delivered again. */
    boolean isReplay() {
        return !source.equals(position);
    }

    /** Whether it is always a request of its own, since its body and its idempotency key are those that it had. */
    boolean standsAlone() {
        return parked || isReplay();
    }
}
