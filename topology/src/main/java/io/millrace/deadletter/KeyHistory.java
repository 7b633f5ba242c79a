package io.millrace.deadletter;

import io.millrace.schemas.ReplayHeaders;
import io.millrace.schemas.WireFormat;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * The newest changes that a table's topic has of some keys. A record that was sent again is as old as the first time that it was
 * sent.
 */
final class KeyHistory implements AutoCloseable {
    private final Brokers brokers;
    private final String topic;
    private final Set<Key> keys;
    private final Progress progress;
    private final Map<Integer, Long> from;
    private final KafkaConsumer<byte[], byte[]> committed;
    private final KafkaConsumer<byte[], byte[]> written;
    private final Map<Key, Newest> newest = new HashMap<>();

    /** A key in its partition: what it says, whichever schema it was written with. */
    record Key(int partition, ByteBuffer payload) {
        static Key of(int partition, byte[] key) {
            int header = WireFormat.matches(key) ? WireFormat.HEADER_BYTES : 0;
            return new Key(
                    partition, ByteBuffer.wrap(key, header, key.length - header).slice());
        }
    }

    /**
     * The newest change of a key.
     *
     * @param offset where it was first
     * @param tombstone whether it is one that follows a deletion
     */
    record Newest(long offset, boolean tombstone) {}

    /** Of those keys, from those offsets of their partitions on. */
    KeyHistory(Brokers brokers, String topic, Map<Integer, Long> from, Set<Key> keys, Progress progress) {
        this.brokers = brokers;
        this.topic = topic;
        this.from = from;
        this.keys = keys;
        this.progress = progress;
        this.committed = brokers.committedOnly();
        this.written = brokers.allWritten();
    }

    private TopicPartition partition(int number) {
        return new TopicPartition(topic, number);
    }

    /** Reads what is there. */
    void readToEnd() {
        List<TopicPartition> partitions =
                from.keySet().stream().map(this::partition).toList();
        committed.assign(partitions);
        from.forEach((partition, offset) -> committed.seek(partition(partition), offset));
        Map<TopicPartition, Long> ends = committed.endOffsets(partitions);
        long total = ends.entrySet().stream()
                .mapToLong(end -> end.getValue() - committed.position(end.getKey()))
                .sum();
        long[] done = {0};
        brokers.read(committed, ends, record -> {
            progress.at(topic, Math.min(++done[0], total), total);
            take(record);
        });
        written.assign(partitions);
        partitions.forEach(each -> written.seek(each, committed.position(each)));
    }

    /** Reads on, to those offsets, what others than replays have written, also in transactions that are not over. */
    void readBefore(Map<Integer, Long> offsets) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        offsets.forEach((partition, offset) -> ends.put(partition(partition), offset));
        brokers.read(written, ends, record -> {
            if (record.headers().lastHeader(ReplayHeaders.DEAD_LETTER) == null) {
                take(record);
            }
        });
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            return;
        }
        Key key = Key.of(record.partition(), record.key());
        if (keys.contains(key)) {
            long offset = ReplayHeaders.firstOffset(record.headers(), record.offset());
            newest.merge(
                    key,
                    new Newest(offset, record.value() == null),
                    (one, other) -> one.offset > other.offset ? one : other);
        }
    }

    /** The newest change of a key that was read; empty where there was none. */
    Optional<Newest> newest(Key key) {
        return Optional.ofNullable(newest.get(key));
    }

    @Override
    public void close() {
        committed.close();
        written.close();
    }
}
