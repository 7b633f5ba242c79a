package io.millrace.connectors.replica;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record that Connect handed over.
 *
 * @param record the record
 * @param change what it tells; null where there is nothing to apply
 * @param refused whether the target does not take it, so that it is in the dead letters and is passed over
 */
record Received(SinkRecord record, Change change, boolean refused) {
    Received(SinkRecord record, Change change) {
        this(record, change, false);
    }

    /** The same, passed over. */
    Received asRefused() {
        return new Received(record, change, true);
    }

    /** The partition that it was read from, whatever transformations made of its topic. */
    static TopicPartition partitionOf(SinkRecord record) {
        return new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
    }
}
