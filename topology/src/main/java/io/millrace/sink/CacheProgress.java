package io.millrace.sink;

import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Purge;
import io.millrace.schemas.RegistryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Looks how far a cache is behind. Its connector's offsets do not say that, as they wait for each purge to be made a second time; so both
 * topics are followed: what is to be forgotten, and what the cache has confirmed. Reads on from where it was at the last look. Used by one
 * thread.
 */
final class CacheProgress implements AutoCloseable {
    /** So many invalidations are counted; beyond them their offsets are. */
    private static final int MOST_WAITING = 10_000;

    /** Connect's clock may be behind by so much. */
    private static final long CLOCKS_MS = 60_000;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final GenericAvroDeserializer<GenericRecord> avro;
    private final String purges;
    private final WaitingInvalidations waiting;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> next = new HashMap<>();
    private final Map<TopicPartition, Long> nextPurge = new HashMap<>();

    /**
     * Of a cache.
     *
     * @param consumer reads what is committed; is closed with this
     * @param purges the topic of what came of invalidations
     */
    CacheProgress(
            WaitingInvalidations waiting,
            KafkaConsumer<byte[], byte[]> consumer,
            String purges,
            GenericAvroDeserializer<GenericRecord> avro) {
        this.waiting = waiting;
        this.consumer = consumer;
        this.purges = purges;
        this.avro = avro;
    }

    /**
     * Looks on.
     *
     * @param applied where the connector's group goes on
     * @param ends where the topic of invalidations ends
     */
    SinkLag lag(Map<TopicPartition, Long> applied, Map<TopicPartition, Long> ends) {
        long startMs = System.currentTimeMillis();
        long startNanos = System.nanoTime();
        ends.keySet().forEach(partition -> next.merge(partition, applied.get(partition), Math::max));
        long[] oldestMs = {startMs};
        read(next, ends, startNanos, () -> waiting.size() < MOST_WAITING, record -> {
            oldestMs[0] = Math.min(oldestMs[0], record.timestamp());
            GenericRecord value = value(record);
            if (value != null && value.getSchema().getFullName().equals(Invalidation.SCHEMA.getFullName())) {
                waiting.told(Invalidation.of(value), record.partition(), record.offset());
            }
        });
        waiting.passed(applied);
        if (waiting.size() > 0) {
            readPurges(oldestMs[0] - CLOCKS_MS, startNanos);
        } else {
            nextPurge.clear();
        }
        long unread = ends.entrySet().stream()
                .mapToLong(end -> Math.max(0, end.getValue() - next.get(end.getKey())))
                .sum();
        return waiting.lag(unread, System.currentTimeMillis());
    }

    /** What comes before the first invalidation that waits is not looked at. */
    private void readPurges(long sinceMs, long startNanos) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (PartitionInfo each : consumer.partitionsFor(purges)) {
            partitions.add(new TopicPartition(purges, each.partition()));
        }
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, Long> unknown = new HashMap<>();
        ends.keySet().stream().filter(each -> !nextPurge.containsKey(each)).forEach(each -> unknown.put(each, sinceMs));
        if (!unknown.isEmpty()) {
            Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(unknown);
            unknown.keySet()
                    .forEach(each -> nextPurge.put(
                            each,
                            found.get(each) == null
                                    ? ends.get(each)
                                    : found.get(each).offset()));
        }
        read(nextPurge, ends, startNanos, () -> true, record -> {
            GenericRecord value = value(record);
            if (value != null && value.getSchema().getFullName().equals(Purge.SCHEMA.getFullName())) {
                waiting.done(Purge.of(value));
            }
        });
    }

    /** Reads on to those ends, as far as there is time and room. */
    private void read(
            Map<TopicPartition, Long> from,
            Map<TopicPartition, Long> ends,
            long startNanos,
            BooleanSupplier hasRoom,
            Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        List<TopicPartition> left = ends.keySet().stream()
                .filter(each -> from.get(each) < ends.get(each))
                .toList();
        consumer.assign(left);
        left.forEach(each -> consumer.seek(each, from.get(each)));
        while (!left.isEmpty() && System.nanoTime() - startNanos < PATIENCE_NANOS && hasRoom.getAsBoolean()) {
            consumer.poll(POLL).forEach(reader);
            left.forEach(each -> from.put(each, consumer.position(each)));
            left = left.stream().filter(each -> from.get(each) < ends.get(each)).toList();
        }
    }

    /** A record's value; null for one that others wrote. */
    private GenericRecord value(ConsumerRecord<byte[], byte[]> record) {
        try {
            return avro.deserialize(record.topic(), record.value());
        } catch (KafkaException | RegistryException e) {
            return null;
        }
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
    }
}
