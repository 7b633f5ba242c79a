package io.millrace.ops.e2e;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A connector's dead-letter topic, of one partition. */
final class DeadLetters {
    private final String bootstrapServers;
    private final String topic;

    DeadLetters(String bootstrapServers, String topic) {
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
    }

    /** All that are there, in their order; none while there is no topic. */
    List<ConsumerRecord<byte[], byte[]>> all() {
        return read(bootstrapServers, topic, 0, 0);
    }

    /** The records of a partition from an offset to its end now. */
    static List<ConsumerRecord<byte[], byte[]>> read(
            String bootstrapServers, String topic, int partitionNumber, long from) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, partitionNumber);
            if (consumer.listTopics().get(topic) == null) {
                return found;
            }
            consumer.assign(List.of(partition));
            consumer.seek(partition, from);
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(found::add);
            }
        }
        return found;
    }

    /** The topic, partition and offset that a dead letter was read from. */
    static String origin(ConsumerRecord<byte[], byte[]> letter) {
        return header(letter, "__connect.errors.topic") + "-" + header(letter, "__connect.errors.partition") + "@"
                + header(letter, "__connect.errors.offset");
    }

    /** What its failure was. */
    static String reason(ConsumerRecord<byte[], byte[]> letter) {
        return header(letter, "__connect.errors.exception.message");
    }

    static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
        Header header = letter.headers().lastHeader(name);
        return header == null || header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }
}
