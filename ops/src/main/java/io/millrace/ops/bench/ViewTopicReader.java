package io.millrace.ops.bench;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.RegistryClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what is committed of a view's topic and keeps the last row of each key. */
final class ViewTopicReader {
    private static final Duration POLL = Duration.ofMillis(100);

    private final String brokers;
    private final ObjectMapper json = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private final GenericAvroDeserializer<GenericRecord> avro = new GenericAvroDeserializer<>();

    ViewTopicReader(ChangeTopics topics) {
        this.brokers = topics.brokers();
        avro.configure(Map.of(RegistryClient.URL, topics.registryUrl()), false);
    }

    /** The rows of a topic of Millrace. */
    ViewRows ofMillrace(String topic, ViewRows like) throws IOException {
        ViewRows rows = like.empty();
        for (byte[] value : last(topic).values()) {
            if (avro.deserialize(topic, value).get("after") instanceof GenericRecord after) {
                rows.add(after::get);
            }
        }
        return rows;
    }

    /** The sum of a column of whole numbers over the rows of a topic of Millrace. */
    long sum(String topic, String column) {
        long sum = 0;
        for (byte[] value : last(topic).values()) {
            if (avro.deserialize(topic, value).get("after") instanceof GenericRecord after) {
                sum += Long.parseLong(after.get(column).toString());
            }
        }
        return sum;
    }

    /** The rows of a topic of JSON rows. */
    ViewRows ofJson(String topic, ViewRows like) throws IOException {
        ViewRows rows = like.empty();
        for (byte[] value : last(topic).values()) {
            JsonNode row = json.readTree(value);
            Function<String, Object> values =
                    column -> row.path(column).isNull() ? null : row.get(column).asText();
            rows.add(values);
        }
        return rows;
    }

    private Map<ByteBuffer, byte[]> last(String topic) {
        Map<ByteBuffer, byte[]> last = new HashMap<>();
        Map<String, Object> properties = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                brokers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed");
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(each -> new TopicPartition(topic, each.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    ByteBuffer key = ByteBuffer.wrap(record.key());
                    if (record.value() == null) {
                        last.remove(key);
                    } else {
                        last.put(key, record.value());
                    }
                }
            }
        }
        return last;
    }
}
