package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/** Kafka Streams' configuration: exactly-once, for low latency; {@code kafka.*} and {@code streams.*} win. */
public final class StreamsProperties {
    /** A thread that polls waits so long at most; nothing waits for it, see {@link CommitPacer}. */
    private static final int POLL_MS = 5;

    /** After this a broker holds an instance for dead; its partitions go to others. */
    private static final int SESSION_TIMEOUT_MS = 10_000;

    private static final int HEARTBEAT_INTERVAL_MS = 3_000;
    /** So long a broker holds an answer back while a changelog has nothing to restore: stores of little wait for it. */
    private static final int RESTORE_WAIT_MS = 20;

    private static final int PRODUCER_BATCH_BYTES = 128 << 10;
    private static final long PRODUCER_BUFFER_BYTES = 64L << 20;
    private static final int LONGEST_PAUSE_MS = 1_000;

    private StreamsProperties() {}

    /**
     * The configuration of a generation.
     *
     * @param applicationId its name
     * @param member the front of the names of its members in the consumer group
     */
    public static Map<String, Object> of(PipelineConfig config, String applicationId, String member) {
        Map<String, Object> properties = new HashMap<>();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.get(PipelineConfig.THREADS));
        properties.put(
                StreamsConfig.STATE_DIR_CONFIG,
                config.get(PipelineConfig.STATE_DIR).toString());
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.get(PipelineConfig.COMMIT_MAX_MS));
        properties.put(StreamsConfig.POLL_MS_CONFIG, POLL_MS);
        // No operator minds in which order its inputs come, so none waits for another's records.
        properties.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
        properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, config.get(PipelineConfig.STANDBY_REPLICAS));
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, config.get(PipelineConfig.REPLICATION_FACTOR));
        properties.put(StreamsConfig.RETRY_BACKOFF_MS_CONFIG, 20);
        config.get(PipelineConfig.APPLICATION_SERVER)
                .ifPresent(server -> properties.put(StreamsConfig.APPLICATION_SERVER_CONFIG, server));
        String largest = Integer.toString(config.get(PipelineConfig.RECORD_MAX_BYTES));
        properties.put(StreamsConfig.topicPrefix(TopicConfig.MAX_MESSAGE_BYTES_CONFIG), largest);
        properties.put(
                StreamsConfig.topicPrefix(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG),
                Long.toString(Long.MAX_VALUE));
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), largest);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), PRODUCER_BATCH_BYTES);
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG),
                Math.max(PRODUCER_BUFFER_BYTES, 2L * config.get(PipelineConfig.RECORD_MAX_BYTES)));
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG), LONGEST_PAUSE_MS);
        properties.put(StreamsConfig.restoreConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), RESTORE_WAIT_MS);
        properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), member);
        properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), SESSION_TIMEOUT_MS);
        properties.put(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), HEARTBEAT_INTERVAL_MS);
        properties.putAll(config.kafka());
        properties.putAll(config.streams());
        return properties;
    }

    /**
     * This instance's name in consumer groups, kept beside its state: an instance that was killed and started again
     * takes its place at once instead of after the session's timeout.
     */
    public static String instanceId(PipelineConfig config) {
        Path file =
                config.get(PipelineConfig.STATE_DIR).resolve(config.get(PipelineConfig.APPLICATION_ID) + ".instance");
        try {
            if (Files.exists(file)) {
                String known = Files.readString(file).strip();
                if (!known.isEmpty()) {
                    return known;
                }
            }
            Files.createDirectories(config.get(PipelineConfig.STATE_DIR));
            String id = UUID.randomUUID().toString();
            Files.writeString(file, id);
            return id;
        } catch (IOException e) {
            UserError error = UserError.of(
                    Category.INVALID_PIPELINE,
                    "the directory for state, "
                            + config.get(PipelineConfig.STATE_DIR).toAbsolutePath() + ", cannot be used: "
                            + e.getMessage(),
                    "set " + PipelineConfig.STATE_DIR.name() + " to a directory that can be written");
            error.initCause(e);
            throw error;
        }
    }
}
