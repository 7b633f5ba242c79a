package io.millrace.scaling;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * What lies between two positions of a partition. Markers of transactions, and records of those that were aborted, take offsets that
 * nobody reads, and behind which nobody commits until a record comes.
 */
final class Gap implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Consumer<byte[], byte[]> consumer;

    /**
     * Looks with a consumer of its own.
     *
     * @param consumer of what is committed
     */
    Gap(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /** Whether it is known that there is no record in between. */
    boolean isEmpty(TopicPartition partition, long from, long to) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        long startNanos = System.nanoTime();
        while (System.nanoTime() - startNanos < PATIENCE_NANOS) {
            boolean found = consumer.poll(POLL).records(partition).stream().anyMatch(record -> record.offset() < to);
            if (found) {
                return false;
            }
            if (consumer.position(partition) >= to) {
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
