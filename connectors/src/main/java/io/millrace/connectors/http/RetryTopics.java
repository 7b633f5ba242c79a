package io.millrace.connectors.http;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Parks what still fails in topics that another connector reads later. A key is parked as a whole: what follows goes behind what
 * is parked, until all of that is delivered, as the other connector's group says by its offsets. Nothing is known but what the
 * topics and those offsets tell. Used by one thread.
 */
final class RetryTopics implements AutoCloseable {
    /** The idempotency key of a parked message. Who reads it knows by it what it is. */
    static final String KEY_HEADER = "millrace.retry.idempotency.key";

    /** When it may be sent, milliseconds since the epoch. */
    static final String TIME_HEADER = "millrace.retry.not.before";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration REFRESH_PAUSE = Duration.ofSeconds(2);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Map<String, Object> clients;
    private final String group;
    private final Duration delay;
    private final int maxKeys;
    private final Admin admin;
    private final KafkaProducer<String, String> producer;
    /** By source partition, the keys that are parked, each with the last record that was. */
    private final Map<TopicPartition, Map<String, Parked>> parked = new HashMap<>();

    private long refreshedAtNanos = System.nanoTime();

    /** Of a key, the offset of the last record that was parked, and when it may be sent. */
    private record Parked(long offset, long notBeforeMs) {}

    RetryTopics(HttpSinkConfig config) {
        this.clients = config.retryClients();
        this.group = "connect-" + config.retryConsumer();
        this.delay = config.duration(HttpSinkConfig.RETRY_TOPIC_DELAY);
        this.maxKeys = config.getInt(HttpSinkConfig.RETRY_TOPIC_KEYS);
        this.admin = Admin.create(clients);
        this.producer = new KafkaProducer<>(clients, new StringSerializer(), new StringSerializer());
    }

    /** The topic that parked records of a topic are in. */
    static String topicOf(String source, Duration delay) {
        String suffix = delay.toSecondsPart() == 0 && delay.toMillisPart() == 0
                ? delay.toMinutes() + "m"
                : delay.toMillisPart() == 0 ? delay.toSeconds() + "s" : delay.toMillis() + "ms";
        return source + ".retry." + suffix;
    }

    private TopicPartition retryPartition(TopicPartition source) {
        return new TopicPartition(topicOf(source.topic(), delay), source.partition());
    }

    /** Whether a message must go behind others of its key that are parked. */
    boolean isParked(Message message) throws DeliveryFailure {
        return parkedKeys(message.source().partition()).containsKey(message.order());
    }

    /** Whether there is room for another key. */
    boolean hasRoom() {
        return parked.values().stream().mapToInt(Map::size).sum() < maxKeys;
    }

    int parkedKeys() {
        return parked.values().stream().mapToInt(Map::size).sum();
    }

    /** Parks a message; it is safe when this returns. */
    void park(Message message) throws DeliveryFailure {
        TopicPartition source = message.source().partition();
        Map<String, Parked> keys = parkedKeys(source);
        Parked before = keys.get(message.order());
        // What follows need not wait longer than the first: a key that changes often would never be free again.
        long notBeforeMs = before == null ? System.currentTimeMillis() + delay.toMillis() : before.notBeforeMs();
        TopicPartition target = retryPartition(source);
        ProducerRecord<String, String> record =
                new ProducerRecord<>(target.topic(), target.partition(), message.order(), message.json());
        header(record, KEY_HEADER, message.idempotencyKey());
        header(record, TIME_HEADER, Long.toString(notBeforeMs));
        try {
            long offset = producer.send(record)
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .offset();
            keys.put(message.order(), new Parked(offset, notBeforeMs));
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw failure("a record could not be parked in " + target.topic(), e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static void header(ProducerRecord<String, String> record, String name, String value) {
        record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static DeliveryFailure failure(String what, Exception e) {
        Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
        return new DeliveryFailure(FailureKind.TRANSIENT, what + ": " + cause.getMessage(), cause);
    }

    private static DeliveryFailure interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new DeliveryFailure(FailureKind.TRANSIENT, "interrupted", e);
    }

    /** Forgets a partition that is another task's now. */
    void release(TopicPartition source) {
        parked.remove(source);
    }

    /** Sets keys free of which everything that was parked is delivered. */
    void refresh() throws DeliveryFailure {
        if (parkedKeys() == 0 || System.nanoTime() - refreshedAtNanos < REFRESH_PAUSE.toNanos()) {
            return;
        }
        refreshedAtNanos = System.nanoTime();
        Map<TopicPartition, OffsetAndMetadata> committed = committed();
        parked.forEach((source, keys) -> {
            OffsetAndMetadata offset = committed.get(retryPartition(source));
            if (offset != null) {
                keys.values().removeIf(last -> last.offset() < offset.offset());
            }
        });
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() throws DeliveryFailure {
        try {
            return admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw failure("the offsets of " + group + " could not be read", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private Map<String, Parked> parkedKeys(TopicPartition source) throws DeliveryFailure {
        Map<String, Parked> keys = parked.get(source);
        if (keys == null) {
            createTopic(source);
            keys = read(retryPartition(source));
            parked.put(source, keys);
        }
        return keys;
    }

    /** The keys that were parked, by a task before this one, and are not delivered. */
    private Map<String, Parked> read(TopicPartition partition) throws DeliveryFailure {
        Map<String, Parked> keys = new HashMap<>();
        Optional<Long> committed =
                Optional.ofNullable(committed().get(partition)).map(OffsetAndMetadata::offset);
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(clients, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(partition));
            long end = Objects.requireNonNull(
                    consumer.endOffsets(List.of(partition), PATIENCE).get(partition));
            long beginning = Objects.requireNonNull(
                    consumer.beginningOffsets(List.of(partition), PATIENCE).get(partition));
            consumer.seek(partition, Math.max(beginning, committed.orElse(beginning)));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (consumer.position(partition, PATIENCE) < end) {
                if (System.nanoTime() - deadline > 0) {
                    throw new DeliveryFailure(
                            FailureKind.TRANSIENT, partition + " could not be read up to its end in " + PATIENCE, null);
                }
                for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                    keys.put(record.key(), new Parked(record.offset(), notBeforeMs(record)));
                }
            }
        } catch (KafkaException e) {
            throw failure("the parked keys could not be read from " + partition, e);
        }
        return keys;
    }

    private static long notBeforeMs(ConsumerRecord<String, String> record) {
        Header time = record.headers().lastHeader(TIME_HEADER);
        return time == null ? 0 : Long.parseLong(new String(time.value(), StandardCharsets.UTF_8));
    }

    /** A topic with as many partitions as the source, which keeps everything. */
    private void createTopic(TopicPartition source) throws DeliveryFailure {
        String name = topicOf(source.topic(), delay);
        try {
            int partitions = Objects.requireNonNull(admin.describeTopics(List.of(source.topic()))
                            .allTopicNames()
                            .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                            .get(source.topic()))
                    .partitions()
                    .size();
            NewTopic topic = new NewTopic(name, Optional.of(partitions), Optional.empty())
                    .configs(Map.of(
                            TopicConfig.CLEANUP_POLICY_CONFIG,
                            TopicConfig.CLEANUP_POLICY_DELETE,
                            TopicConfig.RETENTION_MS_CONFIG,
                            "-1"));
            createOrGrow(topic, partitions);
        } catch (ExecutionException e) {
            throw failure("topic " + name + " could not be created", e);
        } catch (TimeoutException | KafkaException e) {
            throw failure("topic " + name + " could not be created", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void createOrGrow(NewTopic topic, int partitions)
            throws ExecutionException, TimeoutException, InterruptedException {
        try {
            admin.createTopics(List.of(topic)).all().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return;
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
        try {
            // The source may have got partitions since.
            admin.createPartitions(Map.of(topic.name(), NewPartitions.increaseTo(partitions)))
                    .all()
                    .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof InvalidPartitionsException)) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(1));
        admin.close(Duration.ofSeconds(1));
    }
}
