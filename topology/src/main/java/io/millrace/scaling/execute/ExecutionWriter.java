package io.millrace.scaling.execute;

import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.Brokers;
import io.millrace.scaling.Decision;
import io.millrace.scaling.MetricsJson;
import io.millrace.scaling.Sample;
import io.millrace.scaling.ScalingTopics;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.TopicNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes what an executor does to the topics that tell of it: its account, the dead letters, and the metrics. */
final class ExecutionWriter implements ServiceExecution.Surroundings, AutoCloseable {
    private static final long WRITE_PATIENCE_MS = 30_000;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
    private static final String REASON = "not_carried_out";

    private final String executor;
    private final String application;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Function<String, ConsumerRecord<byte[], byte[]>> records;

    /**
     * One for an executor.
     *
     * @param records by service, the record of the decision that stands
     */
    ExecutionWriter(String executor, PipelineConfig config, Function<String, ConsumerRecord<byte[], byte[]>> records) {
        this.executor = executor;
        this.application = config.get(PipelineConfig.APPLICATION_ID);
        this.producer = new KafkaProducer<>(
                new Brokers(config).properties(), new ByteArraySerializer(), new ByteArraySerializer());
        this.records = records;
    }

    @Override
    public void record(Execution execution) throws InterruptedException {
        write(new ProducerRecord<>(
                ScalingTopics.EXECUTIONS,
                execution.key().getBytes(StandardCharsets.UTF_8),
                execution.json().getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void setAside(Decision decision, String reason) throws InterruptedException {
        ConsumerRecord<byte[], byte[]> record = records.apply(decision.service());
        Headers headers = new RecordHeaders(record.headers());
        DeadLetterHeaders.setPlace(headers, record.topic(), record.partition(), record.offset());
        DeadLetterHeaders.set(headers, DeadLetterHeaders.OPERATOR, executor);
        DeadLetterHeaders.setFailure(headers, REASON, reason, System.currentTimeMillis(), application);
        write(new ProducerRecord<>(
                TopicNames.ofDeadLetters(record.topic()), null, record.key(), record.value(), headers));
    }

    @Override
    public void report(String service, OptionalInt ordered, int working) {
        long nowMs = System.currentTimeMillis();
        Map<String, Double> values = new TreeMap<>();
        values.put(Sample.READY_INSTANCES, (double) working);
        ordered.ifPresent(count -> values.put(Sample.ORDERED_INSTANCES, (double) count));
        byte[] sample = MetricsJson.write(service, values, nowMs);
        // A later one says as much.
        Future<RecordMetadata> unused = producer.send(
                new ProducerRecord<>(ScalingTopics.METRICS, service.getBytes(StandardCharsets.UTF_8), sample));
    }

    private void write(ProducerRecord<byte[], byte[]> record) throws InterruptedException {
        try {
            producer.send(record).get(WRITE_PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("what became of a decision cannot be written to " + record.topic(), e);
        }
    }

    @Override
    public void close() {
        producer.close(CLOSE_TIMEOUT);
    }
}
