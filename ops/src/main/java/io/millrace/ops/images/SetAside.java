package io.millrace.ops.images;

import io.millrace.runtime.source.SourceRecordError;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.TopicNames;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Writes dead letters to {@code <topic>.dlq}, as the pipeline itself does: the record as it came, and the same headers, so that
 * {@code millrace dlq} lists and replays them.
 */
final class SetAside implements ErrantRecordReporter, AutoCloseable {
    private static final String FOREVER = "-1";

    private final String topic;
    private final String application;
    private final KafkaProducer<byte[], byte[]> producer;

    /**
     * Of a topic's records.
     *
     * @param application who sets them aside, here the consumer group
     * @param kafka the clients' properties
     */
    SetAside(String topic, String application, Map<String, Object> kafka) {
        this.topic = TopicNames.ofDeadLetters(topic);
        this.application = application;
        create(topic, kafka);
        this.producer = new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Workers may be there before the pipeline is. */
    private void create(String source, Map<String, Object> kafka) {
        try (Admin admin = Admin.create(kafka)) {
            int partitions = admin.describeTopics(List.of(source))
                    .allTopicNames()
                    .get()
                    .get(source)
                    .partitions()
                    .size();
            NewTopic wanted = new NewTopic(topic, Optional.of(partitions), Optional.empty())
                    .configs(Map.of(
                            TopicConfig.CLEANUP_POLICY_CONFIG,
                            TopicConfig.CLEANUP_POLICY_DELETE,
                            TopicConfig.RETENTION_MS_CONFIG,
                            FOREVER));
            admin.createTopics(List.of(wanted)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new ConnectException(
                        "the topic " + source + " and its dead letters cannot be had: "
                                + e.getCause().getMessage(),
                        e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while a worker started", e);
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // The callback sees the outcome.
    public Future<Void> report(SinkRecord record, Throwable error) {
        Headers headers = new RecordHeaders();
        record.headers().forEach(header -> headers.add(header.key(), (byte[]) header.value()));
        DeadLetterHeaders.setPlace(
                headers, record.originalTopic(), record.originalKafkaPartition(), record.originalKafkaOffset());
        DeadLetterHeaders.set(
                headers, DeadLetterHeaders.EXCEPTION, error.getClass().getName());
        DeadLetterHeaders.setFailure(
                headers, reason(error), error.getMessage(), System.currentTimeMillis(), application);
        CompletableFuture<Void> written = new CompletableFuture<>();
        producer.send(
                new ProducerRecord<>(
                        topic,
                        record.originalKafkaPartition(),
                        record.timestamp(),
                        (byte[]) record.key(),
                        (byte[]) record.value(),
                        headers),
                (metadata, failure) -> {
                    if (failure == null) {
                        written.complete(null);
                    } else {
                        written.completeExceptionally(failure);
                    }
                });
        return written;
    }

    /** The category that dead letters are counted by. */
    static String reason(Throwable error) {
        if (error instanceof ImageFailure failure) {
            return failure.reason().label();
        }
        return error instanceof SourceRecordError unreadable
                ? unreadable.reason().name().toLowerCase(Locale.ROOT)
                : "refused";
    }

    /** What is said of a failure: its category, where it says nothing itself. */
    static String message(Throwable error) {
        return error.getMessage() == null ? reason(error) : error.getMessage();
    }

    @Override
    public void close() {
        producer.close();
    }
}
