package io.millrace.sink;

import io.millrace.catalog.PipelineConfig;
import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.http.HttpSinkConnector;
import io.millrace.schemas.AvroConverter;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.TopicNames;
import io.millrace.sql.Sink;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.connect.storage.StringConverter;

/**
 * The connector that a sink becomes in Kafka Connect. Immutable.
 *
 * @param name the connector's name, by which the target database knows the sink, too
 * @param properties its configuration
 * @param creation the property beside these that says when the connector was created first; empty where none does
 */
public record SinkConnectorConfig(String name, Map<String, String> properties, String creation) {
    /** The property by which a pipeline's connectors are told from all others. */
    static final String PIPELINE = "millrace.pipeline";

    /** The property that says which deployment of the pipeline the configuration is of. */
    static final String DEPLOYMENT = "millrace.deployment";

    /** A header of messages that waited in a retry topic. */
    public static final String PARKED_HEADER = HttpSinkConnector.PARKED_HEADER;

    private static final String BATCH_ROWS = "batch.max.rows";

    /** How long a registry or a converter may be away before a record counts as unreadable. */
    private static final String CONVERTER_PATIENCE_MS = "600000";

    /** The clocks of instances, of which any may create a connector, may differ by so much. */
    private static final Duration CLOCKS = Duration.ofMinutes(1);

    public SinkConnectorConfig {
        properties = Map.copyOf(properties);
    }

    SinkConnectorConfig(String name, Map<String, String> properties) {
        this(name, properties, "");
    }

    /** The name of a sink's connector. A sink's name has no dot, so that no two pipelines' are the same. */
    public static String name(PipelineConfig config, String sink) {
        return config.get(PipelineConfig.APPLICATION_ID) + "." + sink;
    }

    /** The topic that a sink reads. */
    public static String topic(PipelineConfig config, Sink sink) {
        return sink.tableTopic()
                .orElseGet(() -> TopicNames.ofView(config.get(PipelineConfig.APPLICATION_ID), sink.source()));
    }

    /** The topic for what a sink cannot apply. */
    public static String deadLetters(PipelineConfig config, String sink) {
        return TopicNames.ofDeadLetters(name(config, sink));
    }

    /** Whether a sink's target has a row for each of the source's. */
    public static boolean keepsATable(Sink sink) {
        return SinkType.named(sink.type()).map(SinkType::keepsATable).orElse(false);
    }

    /**
     * The connectors of a sink whose options are valid: the one that reads its source, and one for its retry topic; none for a sink
     * that caches follow.
     */
    static List<SinkConnectorConfig> all(Sink sink, PipelineConfig config) {
        if (CacheConnectors.isOne(sink)) {
            return List.of(CacheConnectors.connector(sink, config));
        }
        if (SinkType.named(sink.type()).isEmpty()) {
            return List.of();
        }
        SinkConnectorConfig first = of(sink, config);
        return retryDelay(first.properties)
                .map(delay -> List.of(first, first.ofRetries(topic(config, sink), delay)))
                .orElse(List.of(first));
    }

    /** The topic in which messages of a sink with valid options wait to be sent again; empty where they do not. */
    public static Optional<String> retryTopic(PipelineConfig config, Sink sink) {
        return SinkType.named(sink.type())
                .flatMap(type -> retryDelay(of(sink, config).properties))
                .map(delay -> HttpSinkConnector.retryTopic(topic(config, sink), delay));
    }

    /** How long records wait in retry topics; empty where there are none. */
    private static Optional<Duration> retryDelay(Map<String, String> properties) {
        String delay = properties
                .getOrDefault(HttpSinkConnector.RETRY_TOPIC_DELAY, "0")
                .strip();
        return properties.containsKey(HttpSinkConnector.RETRY_TOPIC_CONSUMER) && delay.matches("\\d{1,18}")
                ? Optional.of(Duration.ofMillis(Long.parseLong(delay))).filter(each -> !each.isZero())
                : Optional.empty();
    }

    /** The connector that sends what waits in the retry topic of this one: the same, but that it reads messages as they are. */
    private SinkConnectorConfig ofRetries(String source, Duration delay) {
        Map<String, String> others = new TreeMap<>(properties);
        others.keySet()
                .removeIf(property -> property.startsWith(HttpSinkConnector.RETRY_TOPIC_PREFIX)
                        || property.startsWith("key.converter.")
                        || property.startsWith("value.converter.")
                        || property.equals(DeliveryConfig.REPLAY_TOPIC));
        others.put("key.converter", StringConverter.class.getName());
        others.put("value.converter", StringConverter.class.getName());
        others.put("topics", HttpSinkConnector.retryTopic(source, delay));
        return new SinkConnectorConfig(properties.get(HttpSinkConnector.RETRY_TOPIC_CONSUMER), others);
    }

    /** The topics that it alone reads, each with the one that it has as many partitions as; empty for one partition. */
    Map<String, Optional<String>> ownTopics() {
        String replays = properties.get(DeliveryConfig.REPLAY_TOPIC);
        if (replays != null) {
            return Map.of(replays, Optional.empty());
        }
        String retries = properties.get("topics");
        return Map.of(retries, Optional.of(retries.substring(0, retries.lastIndexOf(".retry."))));
    }

    /** The connector of a sink whose options are valid, which reads its source. */
    public static SinkConnectorConfig of(Sink sink, PipelineConfig config) {
        SinkType type = SinkType.named(sink.type())
                .orElseThrow(() -> new IllegalArgumentException("there is no sink of type " + sink.type()));
        Map<String, String> properties = new TreeMap<>();
        properties.put("connector.class", type.connectorClass());
        String deadLetters = deadLetters(config, sink.name());
        properties.put("topics", topic(config, sink) + "," + TopicNames.ofReplays(deadLetters));
        properties.put(DeliveryConfig.REPLAY_TOPIC, TopicNames.ofReplays(deadLetters));
        properties.put(SinkType.TASKS_PROPERTY, "1");
        for (String side : List.of("key.converter", "value.converter")) {
            properties.put(side, AvroConverter.class.getName());
            properties.put(side + "." + RegistryClient.URL, config.get(PipelineConfig.SCHEMA_REGISTRY_URL));
        }
        setAside(properties, deadLetters, config.get(PipelineConfig.REPLICATION_FACTOR));
        Map<String, SinkType.Option> options = type.options();
        if (type.keepsATable()) {
            properties.put(options.get(SinkType.TABLE).property(), sink.source());
        }
        sink.options()
                .forEach((option, value) ->
                        properties.put(type.option(option).orElseThrow().property(), value));
        consume(properties, type);
        properties.putAll(config.sinks());
        if (options.values().stream()
                .anyMatch(option -> option.property().equals(HttpSinkConnector.RETRY_TOPIC_DELAY))) {
            properties.putIfAbsent(HttpSinkConnector.RETRY_TOPIC_SERVERS, config.get(PipelineConfig.BOOTSTRAP_SERVERS));
            properties.put(HttpSinkConnector.RETRY_TOPIC_CONSUMER, name(config, sink.name()) + ".retry");
        }
        properties.put(PIPELINE, config.get(PipelineConfig.APPLICATION_ID));
        return new SinkConnectorConfig(name(config, sink.name()), properties);
    }

    /** What cannot be applied is set aside rather than ending the sink. */
    static void setAside(Map<String, String> properties, String topic, int replicationFactor) {
        properties.put("errors.tolerance", "all");
        properties.put("errors.deadletterqueue.topic.name", topic);
        properties.put("errors.deadletterqueue.topic.replication.factor", Integer.toString(replicationFactor));
        properties.put("errors.deadletterqueue.context.headers.enable", "true");
        properties.put("errors.retry.timeout", CONVERTER_PATIENCE_MS);
    }

    private static void consume(Map<String, String> properties, SinkType type) {
        // What a transaction of the pipeline wrote and gave up must not be read.
        properties.put("consumer.override.isolation.level", "read_committed");
        // A topic that is missing is made by who writes it, with its partitions.
        properties.put("consumer.override.allow.auto.create.topics", "false");
        type.options().values().stream()
                .filter(option -> option.property().equals(BATCH_ROWS))
                .map(option -> properties.getOrDefault(BATCH_ROWS, String.valueOf(option.key().defaultValue)))
                .forEach(rows -> properties.put("consumer.override.max.poll.records", rows));
    }

    /** The configuration as the deployment of that version writes it where there is no such connector yet. */
    Map<String, String> deployedBy(int deployment) {
        return deployedBy(deployment, Optional.empty());
    }

    /** The same in the place of a connector that is there: when that was created first stays as it is. */
    Map<String, String> deployedBy(int deployment, Optional<DeployedConnector> found) {
        Map<String, String> written = new TreeMap<>(properties);
        written.put(DEPLOYMENT, Integer.toString(deployment));
        if (!creation.isEmpty()) {
            written.put(
                    creation,
                    found.map(connector -> connector.properties().get(creation)).orElseGet(() -> Instant.now()
                            .minus(CLOCKS)
                            .truncatedTo(ChronoUnit.SECONDS)
                            .toString()));
        }
        return written;
    }
}
