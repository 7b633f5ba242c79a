package io.millrace.deadletter;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The brokers of a pipeline, as its properties say. */
public final class Brokers {
    private static final int REQUEST_TIMEOUT_MS = 10_000;
    private static final int PATIENCE_MS = 30_000;
    private static final Duration POLL = Duration.ofMillis(100);

    private final PipelineConfig config;

    public Brokers(PipelineConfig config) {
        this.config = config;
    }

    /** The names of all topics. */
    public Set<String> topics() {
        try (Admin admin = Admin.create(properties())) {
            return get(admin.listTopics().names());
        } catch (ExecutionException e) {
            throw unreachable(e.getCause());
        }
    }

    /** Creates a topic of one partition that keeps the last record of each key, unless it is there. */
    public void createCompacted(String topic) {
        NewTopic created = new NewTopic(
                        topic,
                        Optional.of(1),
                        Optional.of(config.get(PipelineConfig.REPLICATION_FACTOR))
                                .filter(factor -> factor > 0)
                                .map(Integer::shortValue))
                .configs(Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT));
        try (Admin admin = Admin.create(properties())) {
            get(admin.createTopics(List.of(created)).all());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw UserError.of(
                        Category.MISMATCH,
                        "the topic " + topic + " cannot be created: "
                                + e.getCause().getMessage(),
                        "it is to have one partition and cleanup.policy=compact");
            }
        }
    }

    /** A consumer of what is committed. */
    public KafkaConsumer<byte[], byte[]> committedOnly() {
        return consumer("read_committed");
    }

    /** A consumer of all that was written, also by transactions that are not over. */
    KafkaConsumer<byte[], byte[]> allWritten() {
        return consumer("read_uncommitted");
    }

    private KafkaConsumer<byte[], byte[]> consumer(String isolation) {
        Map<String, Object> properties = properties();
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    KafkaProducer<byte[], byte[]> producer(String transactionalId) {
        Map<String, Object> properties = properties();
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE_MS);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, PATIENCE_MS);
        // The record and the headers that a replay adds; the broker has its own limit.
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, (int)
                Math.min(Integer.MAX_VALUE, 3L * config.get(PipelineConfig.RECORD_MAX_BYTES)));
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** The properties of every client. */
    public Map<String, Object> properties() {
        Map<String, Object> properties = new HashMap<>();
        properties.put("request.timeout.ms", REQUEST_TIMEOUT_MS);
        properties.put("default.api.timeout.ms", PATIENCE_MS);
        properties.putAll(config.kafka());
        return properties;
    }

    /** The partitions of a topic that is there. */
    public static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer, String topic) {
        return consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }

    /**
     * Reads from where an assigned consumer stands to those ends, and perhaps a little beyond.
     *
     * @throws UserError when nothing comes for long
     */
    public void read(
            KafkaConsumer<byte[], byte[]> consumer,
            Map<TopicPartition, Long> ends,
            Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        read(consumer, ends, reader, () -> {});
    }

    /** The same, and runs something else after each portion. */
    void read(
            KafkaConsumer<byte[], byte[]> consumer,
            Map<TopicPartition, Long> ends,
            Consumer<ConsumerRecord<byte[], byte[]>> reader,
            Runnable meanwhile) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        long before = -1;
        while (true) {
            long left = 0;
            for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
                left += Math.max(0, end.getValue() - consumer.position(end.getKey()));
            }
            if (left == 0) {
                return;
            }
            if (left != before) {
                before = left;
                deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
            } else if (System.nanoTime() - deadline >= 0) {
                throw unreachable(null);
            }
            consumer.poll(POLL).forEach(reader);
            meanwhile.run();
        }
    }

    private <T> T get(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    /** That the brokers do not answer. */
    UserError unreachable(Throwable cause) {
        UserError error = UserError.of(
                Category.UNREACHABLE,
                "no broker answers at " + config.get(PipelineConfig.BOOTSTRAP_SERVERS),
                "check --bootstrap-server, or the kafka.* properties of --config");
        error.initCause(cause);
        return error;
    }
}
