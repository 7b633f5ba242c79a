package io.millrace.ops.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The compacted topic {@code _schemas}, one partition, one writer: JSON keys and values after the manner of Confluent's
 * registry, with a record of its own for each id.
 */
final class SchemaLog implements AutoCloseable {
    static final String TOPIC = "_schemas";

    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final long TIMEOUT_MS = 30_000;

    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Object> clientProperties;
    private final KafkaProducer<String, String> producer;

    SchemaLog(Map<String, Object> clientProperties) {
        this.clientProperties = Map.copyOf(clientProperties);
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.put("acks", "all");
        properties.put("delivery.timeout.ms", (int) TIMEOUT_MS);
        properties.put("request.timeout.ms", 10_000);
        properties.put("max.block.ms", TIMEOUT_MS);
        this.producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    /** Creates the topic where it lacks. */
    void create() {
        try (Admin admin = Admin.create(clientProperties)) {
            // The broker's default replication suits one broker and many.
            NewTopic topic = new NewTopic(TOPIC, 1, (short) -1).configs(Map.of("cleanup.policy", "compact"));
            admin.createTopics(List.of(topic)).all().get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException("the topic " + TOPIC + " cannot be created", e.getCause());
            }
        } catch (TimeoutException e) {
            throw new IllegalStateException("the broker does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Reads all that the topic holds. */
    void readAll(Consumer<LogEntry> entries) {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.put("enable.auto.commit", false);
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            long end = consumer.endOffsets(List.of(PARTITION)).get(PARTITION);
            while (consumer.position(PARTITION) < end) {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> {
                    LogEntry entry = read(record.key(), record.value());
                    if (entry != null) {
                        entries.accept(entry);
                    }
                });
            }
        }
    }

    /** Writes an entry and waits until the broker has it. */
    void append(LogEntry entry) {
        try {
            producer.send(new ProducerRecord<>(TOPIC, 0, key(entry), value(entry)))
                    .get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw RegistryError.storeFailed(String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
            throw RegistryError.storeFailed("the broker does not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RegistryError.storeFailed("interrupted");
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }

    private String key(LogEntry entry) {
        ObjectNode key = json.createObjectNode();
        if (entry instanceof LogEntry.Identity identity) {
            key.put("keytype", "ID").put("id", identity.id());
        } else if (entry instanceof LogEntry.SchemaVersion version) {
            key.put("keytype", "SCHEMA").put("subject", version.subject()).put("version", version.version());
        } else if (entry instanceof LogEntry.Level level) {
            key.put("keytype", "CONFIG").put("subject", level.subject());
        }
        return key.put("magic", 1).toString();
    }

    private String value(LogEntry entry) {
        if (entry instanceof LogEntry.Identity identity) {
            return json.createObjectNode()
                    .put("id", identity.id())
                    .put("schema", identity.schema())
                    .toString();
        }
        if (entry instanceof LogEntry.SchemaVersion version) {
            return version.schema() == null
                    ? null
                    : json.createObjectNode()
                            .put("subject", version.subject())
                            .put("version", version.version())
                            .put("id", version.id())
                            .put("schema", version.schema())
                            .put("deleted", version.deleted())
                            .toString();
        }
        CompatibilityLevel level = ((LogEntry.Level) entry).level();
        return level == null
                ? null
                : json.createObjectNode()
                        .put("compatibilityLevel", level.name())
                        .toString();
    }

    private LogEntry read(String keyText, String valueText) {
        try {
            JsonNode key = json.readTree(keyText);
            JsonNode value = valueText == null ? null : json.readTree(valueText);
            String subject =
                    key.path("subject").isTextual() ? key.path("subject").asText() : null;
            return switch (key.path("keytype").asText()) {
                case "ID" ->
                    value == null
                            ? null
                            : new LogEntry.Identity(
                                    key.path("id").asInt(), value.path("schema").asText());
                case "SCHEMA" ->
                    new LogEntry.SchemaVersion(
                            subject,
                            key.path("version").asInt(),
                            value == null ? 0 : value.path("id").asInt(),
                            value == null ? null : value.path("schema").asText(),
                            value == null || value.path("deleted").asBoolean());
                case "CONFIG" ->
                    new LogEntry.Level(
                            subject,
                            value == null
                                    ? null
                                    : CompatibilityLevel.parse(
                                            value.path("compatibilityLevel").asText()));
                // Another registry's kinds of records are none of ours.
                default -> null;
            };
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the topic " + TOPIC + " holds something other than a registry's JSON", e);
        }
    }
}
