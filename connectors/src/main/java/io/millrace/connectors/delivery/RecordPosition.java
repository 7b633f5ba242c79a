package io.millrace.connectors.delivery;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Where a record was read.
 *
 * @param partition the partition that it was read from, whatever transformations made of its topic
 * @param offset its offset there
 */
public record RecordPosition(TopicPartition partition, long offset) {
    public static RecordPosition of(SinkRecord record) {
        return new RecordPosition(
                new TopicPartition(record.originalTopic(), record.originalKafkaPartition()),
                record.originalKafkaOffset());
    }

    @Override
    public String toString() {
        return partition + "@" + offset;
    }
}
