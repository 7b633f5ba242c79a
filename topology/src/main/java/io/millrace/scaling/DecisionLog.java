package io.millrace.scaling;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.deadletter.Brokers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The decisions that were made, and what somebody wants of those to come. */
public final class DecisionLog {
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
        List<Decision> decisions = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.committedOnly()) {
            List<TopicPartition> partitions = Brokers.partitions(consumer, ScalingTopics.DECISIONS);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            brokers.read(
                    consumer,
                    consumer.endOffsets(partitions),
                    record -> decisions.add(DecisionJson.read(record.value())));
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
