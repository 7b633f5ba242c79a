package io.millrace.scaling;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.deadletter.Brokers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The decisions that were made, and what somebody wants of those to come. */
public final class DecisionLog {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Brokers brokers;

    public DecisionLog(PipelineConfig config) {
        this.brokers = new Brokers(config);
    }

    /** All committed decisions that there are, in the order of their times. */
    public List<Decision> read() {
        if (!brokers.topics().contains(ScalingTopics.DECISIONS)) {
            throw UserError.of(
                    Category.NOT_FOUND,
                    "there is no topic " + ScalingTopics.DECISIONS,
                    "start millrace autoscale run --pipeline DIR, which creates it");
        }
        Map<String, Object> properties = new HashMap<>(brokers.properties());
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        List<Decision> decisions = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(ScalingTopics.DECISIONS).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    decisions.add(DecisionJson.read(record.value()));
                }
                if (System.nanoTime() - deadline > 0) {
                    throw UserError.of(Category.UNREACHABLE, "the brokers send no decisions any more", "try it again");
                }
            }
        }
        decisions.sort(Comparator.comparingLong(Decision::timeMs).thenComparing(Decision::service));
        return decisions;
    }

    /** Says what somebody wants of a service: {@code pause}, {@code resume}, {@code set}. */
    public void control(String service, String control, double value) {
        byte[] record = MetricsJson.control(service, control, value, System.currentTimeMillis());
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(brokers.properties(), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(ScalingTopics.METRICS, service.getBytes(StandardCharsets.UTF_8), record))
                    .get();
        } catch (ExecutionException e) {
            throw UserError.of(
                    Category.UNREACHABLE,
                    "the brokers do not take it: " + e.getCause().getMessage(),
                    "check " + PipelineConfig.BOOTSTRAP_SERVERS.name());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw UserError.of(Category.UNREACHABLE, "interrupted", null);
        }
    }
}
