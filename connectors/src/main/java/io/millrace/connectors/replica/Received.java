package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.RecordPosition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record that Connect handed over.
 *
 * @param record the record
 * @param change what it tells; null where there is nothing to apply
 * @param rejection why it cannot be read; null where it can
 */
record Received(SinkRecord record, Change change, DataException rejection) {
    /** The partition that it was read from, whatever transformations made of its topic. */
    static TopicPartition partitionOf(SinkRecord record) {
        return RecordPosition.of(record).partition();
    }
}
