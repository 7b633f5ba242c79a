package io.millrace.sink;

import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Purge;
import io.millrace.schemas.RegistryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Looks how far a cache is behind. Its connector's offsets do not say that, as they wait for each purge to be made a second time; so both
 * topics are followed: what is to be forgotten, and what the cache has confirmed. Reads on from where it was at the last look. Used by one
 * thread.
 */
final class CacheProgress implements AutoCloseable {
    /** So many invalidations are counted; then it is at least so many. */
    static final int MOST_WAITING = 10_000;

    /** Connect's clock may be behind by so much. */
    private static final long CLOCKS_MS = 60_000;

    /** The end of a transaction has an offset of its own, which no connector commits: where the last one is deleted, nothing is lost. */
    private static final long MARK = 1;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Deserializer<GenericRecord> avro;
    private final String purges;
    private final WaitingInvalidations waiting;
    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
    private final long patienceNanos;
    private final Map<TopicPartition, Long> next = new HashMap<>();
    private final Map<TopicPartition, Long> nextPurge = new HashMap<>();
    /** Where each partition began when something of it was last found to be deleted. */
    private final Map<TopicPartition, Long> begun = new HashMap<>();

    private long deleted;

    /**
     * Of a cache.
     *
     * @param consumer reads what is committed; is closed with this
     * @param purges the topic of what came of invalidations
     */
    CacheProgress(
            WaitingInvalidations waiting,
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            String purges,
            Deserializer<GenericRecord> avro) {
        this(waiting, consumer, purges, avro, PATIENCE);
    }

    CacheProgress(
            WaitingInvalidations waiting,
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            String purges,
            Deserializer<GenericRecord> avro,
            Duration patience) {
        this.patienceNanos = patience.toNanos();
        this.waiting = waiting;
        this.consumer = consumer;
        this.purges = purges;
        this.avro = avro;
    }

    /**
     * Looks on.
     *
     * @param applied where the connector's group goes on
     * @param starts where the topic of invalidations begins, as it was no later than that
     * @param ends where it ends
     * @return empty if it is not known for now, as not all was read that the cache has confirmed
     */
    Optional<SinkLag> lag(
            Map<TopicPartition, Long> applied, Map<TopicPartition, Long> starts, Map<TopicPartition, Long> ends) {
        countDeleted(applied, starts);
        long startMs = System.currentTimeMillis();
        long deadline = System.nanoTime() + patienceNanos;
        ends.keySet().forEach(partition -> next.merge(partition, applied.get(partition), Math::max));
        long[] oldestMs = {startMs};
        boolean goesOn = true;
        boolean upToDate = true;
        // In turn: what was confirmed makes room for what comes after it.
        while (goesOn) {
            read(next, ends, deadline, () -> waiting.size() < MOST_WAITING, record -> {
                oldestMs[0] = Math.min(oldestMs[0], record.timestamp());
                GenericRecord value = value(record);
                if (value != null && value.getSchema().getFullName().equals(Invalidation.SCHEMA.getFullName())) {
                    waiting.told(Invalidation.of(value), record.partition(), record.offset());
                }
            });
            waiting.passed(applied);
            if (waiting.size() > 0) {
                upToDate = readPurges(Math.max(0, oldestMs[0] - CLOCKS_MS), System.nanoTime() + patienceNanos);
            } else {
                nextPurge.clear();
            }
            goesOn = upToDate && hasUnread(ends) && waiting.size() < MOST_WAITING && System.nanoTime() - deadline < 0;
        }
        return upToDate ? Optional.of(waiting.lag(hasUnread(ends), System.currentTimeMillis())) : Optional.empty();
    }

    /** What was read here before it was deleted is known; of the rest, how many offsets it had. */
    private void countDeleted(Map<TopicPartition, Long> applied, Map<TopicPartition, Long> starts) {
        starts.forEach((partition, start) -> {
            long from = Math.max(applied.get(partition), begun.getOrDefault(partition, 0L));
            if (from < start) {
                long read = Math.min(start, next.getOrDefault(partition, from));
                deleted += waiting.between(partition.partition(), from, read);
                long unread = start - Math.max(from, read);
                deleted += unread > MARK ? unread : 0;
                begun.put(partition, start);
            }
        });
    }

    /** How many invalidations were deleted before the cache has confirmed them, since this was asked last. */
    long takeDeleted() {
        long taken = deleted;
        deleted = 0;
        return taken;
    }

    private boolean hasUnread(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().anyMatch(end -> next.get(end.getKey()) < end.getValue());
    }

    /**
     * What comes before the first invalidation that waits is not looked at, and nothing once none waits. Returns whether all of the rest was
     * read.
     */
    private boolean readPurges(long sinceMs, long deadline) {
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
        boolean all = read(nextPurge, ends, deadline, () -> waiting.size() > 0, record -> {
            GenericRecord value = value(record);
            if (value != null && value.getSchema().getFullName().equals(Purge.SCHEMA.getFullName())) {
                waiting.done(Purge.of(value));
            }
        });
        return all || waiting.size() == 0;
    }

    /** Reads on to those ends, as far as there is time and room; returns whether it came there. */
    private boolean read(
            Map<TopicPartition, Long> from,
            Map<TopicPartition, Long> ends,
            long deadline,
            BooleanSupplier hasRoom,
            Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        List<TopicPartition> left = ends.keySet().stream()
                .filter(each -> from.get(each) < ends.get(each))
                .toList();
        consumer.assign(left);
        left.forEach(each -> consumer.seek(each, from.get(each)));
        while (!left.isEmpty() && System.nanoTime() - deadline < 0 && hasRoom.getAsBoolean()) {
            consumer.poll(POLL).forEach(reader);
            left.forEach(each -> from.put(each, consumer.position(each)));
            left = left.stream().filter(each -> from.get(each) < ends.get(each)).toList();
        }
        return left.isEmpty();
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
