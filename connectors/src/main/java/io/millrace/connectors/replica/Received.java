package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.RecordPosition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record that Connect handed over.
 *
 * @param record the record
 * @param change what it tells; null where there is nothing to apply
 * @param rejection why it is passed over: it cannot be read, or the target does not take it; null where it is to be applied
 */
record Received(SinkRecord record, Change change, Exception rejection) {
    /** The same, as the target does not take it. */
    Received refused(Exception reason) {
        return new Received(record, change, reason);
    }

    /** The same, of which only that there is such a change is kept. */
    Received withoutRow() {
        return new Received(record, change.withoutRow(), rejection);
    }

    /** The same with nothing to apply. */
    Received withoutChange() {
        return new Received(record, null, rejection);
    }

    /** Whether it is a change that the target does not take, so that it is passed over. */
    boolean isRefused() {
        return change != null && rejection != null;
    }

    /** The topic whose table it changes. */
    String topic() {
        return isReplay() ? change.replayOf().partition().topic() : record.topic();
    }

    /** Whether it is a dead letter that is delivered again. */
    boolean isReplay() {
        return change != null && change.isReplay();
    }

    /** Whether it was read from that partition. */
    boolean isOf(TopicPartition partition) {
        return isOf(partition, record);
    }

    /** Whether a record was read from that partition, which costs less than to make it of the record. */
    static boolean isOf(TopicPartition partition, SinkRecord record) {
        return partition.partition() == record.originalKafkaPartition()
                && partition.topic().equals(record.originalTopic());
    }

    /** The partition that it was read from, whatever transformations made of its topic. */
    static TopicPartition partitionOf(SinkRecord record) {
        return RecordPosition.of(record).partition();
    }
}
