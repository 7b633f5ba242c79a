package io.millrace.connectors.http;

import io.millrace.connectors.delivery.RecordPosition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record as it is sent.
 *
 * @param record the record
 * @param position where it was read
 * @param order records of which this is equal are sent one after the other
 * @param json its JSON; null where there is nothing to send
 * @param rejection why it cannot be sent; null where it can
 * @param committedAtMicros when the source committed it, microseconds since the epoch; 0 where that is not known
 */
record Message(
        SinkRecord record,
        RecordPosition position,
        String order,
        String json,
        DataException rejection,
        long committedAtMicros) {}
