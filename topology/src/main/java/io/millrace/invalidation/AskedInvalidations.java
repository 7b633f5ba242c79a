package io.millrace.invalidation;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.deadletter.Brokers;
import io.millrace.schemas.GenericAvroSerializer;
import io.millrace.schemas.Invalidation;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes invalidations that a person asks for. */
public final class AskedInvalidations {
    private static final int PATIENCE_MS = 30_000;

    private AskedInvalidations() {}

    /** Writes them, each where others of its target are; returns when all are written. */
    public static void write(PipelineConfig config, List<Invalidation> asked) {
        Brokers brokers = new Brokers(config);
        CdnTopics topics = new CdnTopics(config);
        if (!brokers.topics().contains(topics.invalidations())) {
            throw UserError.of(
                    UserError.Category.NOT_FOUND,
                    "there is no topic " + topics.invalidations() + ", which caches follow",
                    "a pipeline with a sink of type 'cdn' makes it when it runs; "
                            + PipelineConfig.CDN_INVALIDATIONS_TOPIC.name() + " names it");
        }
        Map<String, Object> properties = brokers.properties();
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE_MS);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, PATIENCE_MS);
        GenericAvroSerializer<GenericRecord> values = new GenericAvroSerializer<>();
        values.configure(config.schemaRegistry(), false);
        try (KafkaProducer<String, GenericRecord> producer =
                new KafkaProducer<>(properties, new StringSerializer(), values)) {
            List<Future<RecordMetadata>> sent = asked.stream()
                    .map(each -> producer.send(new ProducerRecord<>(topics.invalidations(), each.key(), each.toAvro())))
                    .toList();
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw UserError.of(
                    UserError.Category.UNREACHABLE,
                    "not all could be written to " + topics.invalidations() + ": "
                            + e.getCause().getMessage(),
                    "try again: to purge twice does no harm");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }
}
