package io.millrace.scaling;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * What lies between two positions of a partition. Markers of transactions, and records of those that were aborted, take offsets that
 * nobody reads, and behind which nobody commits until a record comes. What was seen is remembered, so that a place is looked at once.
 */
final class Gap implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Consumer<byte[], byte[]> consumer;
    /** The last record that was seen, by its offset. */
    private final Map<TopicPartition, Long> records = new HashMap<>();
    /** Where there was none. */
    private final Map<TopicPartition, Stretch> empty = new HashMap<>();

    /** Where each partition ended when that was said last. */
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    private record Stretch(long from, long to) {
        boolean covers(long otherFrom, long otherTo) {
            return from <= otherFrom && otherTo <= to;
        }
    }

    /**
     * Looks with a consumer of its own.
     *
     * @param consumer of what is committed
     */
    Gap(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /**
     * Where a partition begins and ends now. What was deleted is no record any more; one that ends before where it ended is another
     * one, of whose places nothing is known.
     */
    void bounds(TopicPartition partition, long begin, long end) {
        Long before = ends.put(partition, end);
        if (before != null && end < before) {
            records.remove(partition);
            empty.remove(partition);
        }
        records.computeIfPresent(partition, (key, offset) -> offset < begin ? null : offset);
    }

    /** Whether it is known that there is no record in between. */
    boolean isEmpty(TopicPartition partition, long from, long to) {
        long record = records.getOrDefault(partition, -1L);
        if (record >= from && record < to) {
            return false;
        }
        Stretch known = empty.get(partition);
        if (known != null && known.covers(from, to)) {
            return true;
        }
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        long startNanos = System.nanoTime();
        while (System.nanoTime() - startNanos < PATIENCE_NANOS) {
            OptionalLong found = consumer.poll(POLL).records(partition).stream()
                    .mapToLong(ConsumerRecord::offset)
                    .filter(offset -> offset < to)
                    .max();
            if (found.isPresent()) {
                records.put(partition, found.getAsLong());
                return false;
            }
            if (consumer.position(partition) >= to) {
                empty.put(partition, new Stretch(from, to));
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
