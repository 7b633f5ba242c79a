package io.millrace.connectors.replica;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record that Connect handed over.
 *
 * @param record the record
 * @param change what it tells; null where there is nothing to apply
 */
record Received(SinkRecord record, Change change) {
    /** The partition that it was read from, whatever transformations made of its topic. */
    static TopicPartition partitionOf(SinkRecord record) {
        return new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
    }
}
