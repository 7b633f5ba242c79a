package io.millrace.invalidation;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;

/**
 * Looks whether an application has left anything behind in its topics. Only what is committed counts; where a transaction is open that may
 * have more, nothing is known, and the answer is no. Used by one thread.
 */
final class Remains {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Consumer<byte[], byte[]> consumer;
    private final Duration patience;

    /**
     * Looks with a consumer.
     *
     * @param consumer reads what is committed
     * @param patience how long it is waited for transactions that are open
     */
    Remains(Consumer<byte[], byte[]> consumer, Duration patience) {
        this.consumer = consumer;
        this.patience = patience;
    }

    /** Whether no record is in partitions between those offsets, at the latter of which they end. */
    boolean nothingIn(Map<TopicPartition, Long> from, Map<TopicPartition, Long> ends) {
        boolean[] found = {false};
        return read(from, ends, record -> found[0] = true) && !found[0];
    }

    /** Whether of no key the last record between those offsets has a value, as in the changelog of an empty store. */
    boolean nothingKeptIn(Map<TopicPartition, Long> from, Map<TopicPartition, Long> ends) {
        Set<Bytes> kept = new HashSet<>();
        return read(from, ends, record -> {
                    boolean unused = record.value() == null
                            ? kept.remove(Bytes.wrap(record.key()))
                            : kept.add(Bytes.wrap(record.key()));
                })
                && kept.isEmpty();
    }

    /** Returns whether the ends were reached. */
    private boolean read(
            Map<TopicPartition, Long> from,
            Map<TopicPartition, Long> ends,
            java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        List<TopicPartition> left = ends.keySet().stream()
                .filter(each -> from.get(each) < ends.get(each))
                .toList();
        consumer.assign(left);
        left.forEach(each -> consumer.seek(each, from.get(each)));
        long startNanos = System.nanoTime();
        while (!left.isEmpty() && System.nanoTime() - startNanos < patience.toNanos()) {
            consumer.poll(POLL).forEach(reader);
            left = left.stream()
                    .filter(each -> consumer.position(each) < ends.get(each))
                    .toList();
        }
        return left.isEmpty();
    }
}
