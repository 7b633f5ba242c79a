package io.millrace.ops.images;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.schemas.RegistryClient;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The workers' queue: the change topic of {@code uploads}.
 *
 * @param uploads the table
 * @param application the pipeline's name, from which those of the groups come
 * @param kafka properties of every client
 * @param registry properties of the schema registry's client
 */
record Queue(Table uploads, String application, Map<String, Object> kafka, Map<String, String> registry) {
    private static final int REQUEST_TIMEOUT_MS = 10_000;
    private static final int PATIENCE_MS = 30_000;
    private static final int SESSION_TIMEOUT_MS = 10_000;
    private static final int HEARTBEAT_MS = 2_000;

    /**
     * That of a pipeline.
     *
     * @param catalog its tables
     * @param config its properties, with the addresses that are to be used
     */
    static Queue of(Catalog catalog, PipelineConfig config) {
        Table uploads = catalog.table("uploads")
                .filter(table -> table.columnIndex("upload_id") >= 0 && table.columnIndex("object") >= 0)
                .orElseThrow(() -> UserError.of(
                        UserError.Category.USAGE,
                        "the pipeline has no table uploads (upload_id, object), which the workers' queue is of",
                        "the workers are of pipelines/images; name its folder with --pipeline"));
        Map<String, Object> kafka = new HashMap<>();
        kafka.put("request.timeout.ms", REQUEST_TIMEOUT_MS);
        kafka.put("default.api.timeout.ms", PATIENCE_MS);
        kafka.putAll(config.kafka());
        return new Queue(uploads, config.get(PipelineConfig.APPLICATION_ID), kafka, config.schemaRegistry());
    }

    String topic() {
        return uploads.source().topic();
    }

    /** The consumer group of a step. */
    String group(Step step) {
        return application + "-" + step.name();
    }

    /** A reader of its records. */
    UploadReader reader() {
        return new UploadReader(uploads, SchemaLookup.of(RegistryClient.of(registry)));
    }

    /** A member of a step's group, which is given one record at a time. */
    KafkaConsumer<byte[], byte[]> consumer(Step step) {
        Map<String, Object> properties = new HashMap<>();
        // A worker that was killed is missed soon.
        properties.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
        properties.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_MS);
        properties.putAll(kafka);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group(step));
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
