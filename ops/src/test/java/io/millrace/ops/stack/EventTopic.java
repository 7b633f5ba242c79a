package io.millrace.ops.stack;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;

/** A topic of events, and a producer of them that tells when one was lost. */
public final class EventTopic implements AutoCloseable {
    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();

    /** A topic that there is. */
    public EventTopic(String bootstrapServers, String topic) {
        this.topic = topic;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers), new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Creates a topic, and waits until it takes records: before that a producer can lose its first batch. */
    public static EventTopic create(String bootstrapServers, String topic, int partitions) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                    .all()
                    .get();
            Map<TopicPartition, OffsetSpec> opened = new HashMap<>();
            for (int i = 0; i < partitions; i++) {
                opened.put(new TopicPartition(topic, i), OffsetSpec.latest());
            }
            // A broker that has not heard of a topic yet is no reason for the client to ask again.
            Awaitility.await("topic " + topic)
                    .ignoreExceptionsMatching(e -> e.getCause() instanceof UnknownTopicOrPartitionException)
                    .until(() -> admin.listOffsets(opened).all().get() != null);
        }
        return new EventTopic(bootstrapServers, topic);
    }

    /** Sends an event, in JSON. */
    public void send(String event) {
        sent.add(producer.send(new ProducerRecord<>(topic, event.getBytes(StandardCharsets.UTF_8))));
    }

    /** Waits until all events are in the topic. */
    public void flush() throws ExecutionException, InterruptedException {
        producer.flush();
        for (Future<RecordMetadata> each : sent) {
            each.get();
        }
        sent.clear();
    }

    @Override
    public void close() {
        producer.close();
    }
}
