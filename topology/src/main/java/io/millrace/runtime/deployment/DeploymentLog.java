package io.millrace.runtime.deployment;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The record of a pipeline's deployments, a topic. A record counts if its version is one more than that of the last one that
 * counts; so of two instances that write at the same time one wins, and all readers know which. Used by one thread at a time.
 */
public final class DeploymentLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeploymentLog.class);
    private static final long REQUEST_TIMEOUT_MS = 30_000;
    private static final Duration POLL = Duration.ofMillis(100);

    private final PipelineConfig config;
    private final TopicPartition partition;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private Deployment last;

    private DeploymentLog(PipelineConfig config) {
        this.config = config;
        this.partition = new TopicPartition(topic(config), 0);
        Map<String, Object> properties = new HashMap<>(config.kafka());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, partition.topic());
        this.consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    /** The topic's name. */
    public static String topic(PipelineConfig config) {
        return config.get(PipelineConfig.APPLICATION_ID) + "-deployments";
    }

    /** Opens the record, which is created where it is missing. */
    public static DeploymentLog open(Admin admin, PipelineConfig config) {
        NewTopic topic = new NewTopic(
                        topic(config),
                        Optional.of(1),
                        Optional.of(config.get(PipelineConfig.REPLICATION_FACTOR))
                                .filter(factor -> factor > 0)
                                .map(Integer::shortValue))
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG,
                        "-1",
                        TopicConfig.RETENTION_BYTES_CONFIG,
                        "-1",
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(config.get(PipelineConfig.RECORD_MAX_BYTES))));
        try {
            admin.createTopics(List.of(topic)).all().get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw failed(config, e.getCause());
            }
        } catch (TimeoutException e) {
            throw unreachable(config, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while opening the record of deployments", e);
        }
        return new DeploymentLog(config);
    }

    /** What is deployed, as far as it is recorded; for those who only look. */
    public static Optional<Deployment> look(Admin admin, PipelineConfig config) {
        try {
            boolean recorded = admin.listTopics()
                    .names()
                    .get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                    .contains(topic(config));
            if (!recorded) {
                return Optional.empty();
            }
        } catch (ExecutionException e) {
            throw failed(config, e.getCause());
        } catch (TimeoutException e) {
            throw unreachable(config, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while looking at the record of deployments", e);
        }
        try (DeploymentLog log = new DeploymentLog(config)) {
            return log.latest();
        }
    }

    private static UserError failed(PipelineConfig config, Throwable cause) {
        return cause instanceof org.apache.kafka.common.errors.TimeoutException
                ? unreachable(config, cause)
                : UserError.of(
                        Category.MISMATCH, "topic " + topic(config) + " cannot be used: " + cause.getMessage(), null);
    }

    private static UserError unreachable(PipelineConfig config, Throwable cause) {
        UserError error = UserError.of(
                Category.UNREACHABLE,
                "no broker answers at " + config.get(PipelineConfig.BOOTSTRAP_SERVERS),
                "check " + PipelineConfig.BOOTSTRAP_SERVERS.name());
        error.initCause(cause);
        return error;
    }

    /** What is deployed: all that has been recorded by now. */
    public Optional<Deployment> latest() {
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        while (consumer.position(partition) < end) {
            follow(POLL);
        }
        return Optional.ofNullable(last);
    }

    /** What is deployed, after a look at what has been recorded meanwhile, for which it may wait a while. */
    public Optional<Deployment> follow(Duration patience) {
        for (ConsumerRecord<byte[], byte[]> each : consumer.poll(patience)) {
            read(each);
        }
        return Optional.ofNullable(last);
    }

    private void read(ConsumerRecord<byte[], byte[]> recorded) {
        try {
            Deployment deployment = DeploymentCodec.decode(recorded.value());
            if (deployment.version() == (last == null ? 1 : last.version() + 1)) {
                last = deployment;
            } else {
                LOG.debug("somebody else was first with version {}", deployment.version());
            }
        } catch (IOException e) {
            throw UserError.of(
                    Category.MISMATCH,
                    "the record at " + recorded.offset() + " of " + partition + " is no deployment: " + e.getMessage(),
                    "run the version of Millrace that wrote it");
        }
    }

    /**
     * Records a deployment.
     *
     * @return what is deployed then: that one, or what somebody else was first with
     */
    public Deployment append(Deployment deployment) {
        Map<String, Object> properties = new HashMap<>(config.kafka());
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(config.get(PipelineConfig.RECORD_MAX_BYTES)));
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(partition.topic(), 0, null, DeploymentCodec.encode(deployment)))
                    .get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new KafkaException("the deployment could not be recorded", e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("the deployment could not be recorded in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while recording a deployment", e);
        }
        return latest().orElseThrow();
    }

    @Override
    public void close() {
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
    }
}
