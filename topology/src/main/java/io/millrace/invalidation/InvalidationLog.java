package io.millrace.invalidation;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.cdn.Logged;
import io.millrace.deadletter.Brokers;
import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.Purge;
import io.millrace.schemas.RegistryException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;

/** Reads what caches were told to forget, and what came of it. Used by one thread. */
public final class InvalidationLog {
    private static final Duration POLL = Duration.ofMillis(200);

    private static final String TAG_KEY = Invalidation.key(TargetKind.TAG, "");

    private final Brokers brokers;
    private final CdnTopics topics;
    private final GenericAvroDeserializer<GenericRecord> avro = new GenericAvroDeserializer<>();
    private final Set<String> present;
    private long unreadable;

    /** The log of a pipeline's brokers. @throws UserError where no sink has written an invalidation yet */
    public InvalidationLog(PipelineConfig config) {
        this.brokers = new Brokers(config);
        this.topics = new CdnTopics(config);
        avro.configure(config.schemaRegistry(), false);
        present = brokers.topics();
        if (!present.contains(topics.invalidations())) {
            throw UserError.of(
                    UserError.Category.NOT_FOUND,
                    "there is no topic " + topics.invalidations() + ", in which invalidations are",
                    "a pipeline with a sink of type 'cdn' makes it when it runs; "
                            + PipelineConfig.CDN_INVALIDATIONS_TOPIC.name() + " names it");
        }
    }

    /** How many records could not be read so far. */
    public long unreadable() {
        return unreadable;
    }

    /** Reads the invalidations since a time. */
    public void invalidations(long sinceMs, Consumer<Logged> reader) {
        read(topics.invalidations(), sinceMs, record -> tell(record, reader));
    }

    /** Reads what came of invalidations since a time. */
    public void purges(long sinceMs, Consumer<Purge> reader) {
        if (present.contains(topics.purges())) {
            read(topics.purges(), sinceMs, record -> tellPurge(record, reader));
        }
    }

    /** Reads both as they come, from now on. */
    public void follow(Consumer<Logged> told, Consumer<Purge> purged, BooleanSupplier wanted) {
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.committedOnly()) {
            List<TopicPartition> partitions = new ArrayList<>(Brokers.partitions(consumer, topics.invalidations()));
            if (present.contains(topics.purges())) {
                partitions.addAll(Brokers.partitions(consumer, topics.purges()));
            }
            follow(
                    consumer,
                    partitions,
                    record -> {
                        if (record.topic().equals(topics.invalidations())) {
                            tell(record, told);
                        } else {
                            tellPurge(record, purged);
                        }
                    },
                    wanted);
        }
    }

    /** Reads the invalidations of tags as they come, from now on. */
    void followTags(Consumer<Invalidation> told, BooleanSupplier wanted) {
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.committedOnly()) {
            follow(
                    consumer,
                    Brokers.partitions(consumer, topics.invalidations()),
                    record -> {
                        if (isOfTag(record.key())) {
                            tell(record, each -> told.accept(each.invalidation()));
                        }
                    },
                    wanted);
        }
    }

    private static void follow(
            KafkaConsumer<byte[], byte[]> consumer,
            List<TopicPartition> partitions,
            Consumer<ConsumerRecord<byte[], byte[]>> reader,
            BooleanSupplier wanted) {
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        while (wanted.getAsBoolean()) {
            consumer.poll(POLL).forEach(reader);
        }
    }

    private static boolean isOfTag(byte[] key) {
        return key != null && new String(key, StandardCharsets.UTF_8).startsWith(TAG_KEY);
    }

    private void tell(ConsumerRecord<byte[], byte[]> record, Consumer<Logged> reader) {
        GenericRecord value = value(record, Invalidation.SCHEMA.getFullName());
        if (value != null) {
            reader.accept(new Logged(Invalidation.of(value), record.partition(), record.offset()));
        }
    }

    private void tellPurge(ConsumerRecord<byte[], byte[]> record, Consumer<Purge> reader) {
        GenericRecord value = value(record, Purge.SCHEMA.getFullName());
        if (value != null) {
            reader.accept(Purge.of(value));
        }
    }

    /** The record's value; null for one that others wrote. */
    private GenericRecord value(ConsumerRecord<byte[], byte[]> record, String schema) {
        try {
            GenericRecord value = avro.deserialize(record.topic(), record.value());
            return value != null && value.getSchema().getFullName().equals(schema) ? value : null;
        } catch (RegistryException e) {
            if (e.isTransient()) {
                throw UserError.of(UserError.Category.UNREACHABLE, e.getMessage(), "check schema.registry.url");
            }
            unreadable++;
            return null;
        } catch (SerializationException e) {
            // It is not in the form of Avro's records.
            unreadable++;
            return null;
        }
    }

    private void read(String topic, long sinceMs, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.committedOnly()) {
            List<TopicPartition> partitions = Brokers.partitions(consumer, topic);
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> asked = new HashMap<>();
            partitions.forEach(partition -> asked.put(partition, Math.max(0, sinceMs)));
            consumer.offsetsForTimes(asked).forEach((partition, found) -> {
                long from = found == null ? ends.get(partition) : found.offset();
                consumer.seek(partition, from);
            });
            brokers.read(consumer, ends, record -> {
                if (record.timestamp() >= sinceMs) {
                    reader.accept(record);
                }
            });
        }
    }
}
