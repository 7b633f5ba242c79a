package io.millrace.sink;

import io.millrace.catalog.CacheConfig;
import io.millrace.catalog.PipelineConfig;
import io.millrace.connectors.cdn.CdnPurgeSinkConnector;
import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.schemas.AvroConverter;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.TopicNames;
import io.millrace.sql.Sink;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.connect.storage.StringConverter;

/**
 * The connectors of a pipeline's caches, one each. To whoever deploys sinks and looks after them a cache is one more sink, which reads
 * the topic of invalidations; its name has a dot, as no other's has.
 */
public final class CacheConnectors {
    /** The kind of such a sink. */
    public static final String TYPE = "cache";

    private static final String PREFIX = "cdn.";

    /** More at a time has larger requests in a mass. */
    private static final String POLL_RECORDS = "2000";

    private CacheConnectors() {}

    /** The caches, as sinks. */
    public static List<Sink> of(PipelineConfig config) {
        String topic = config.get(PipelineConfig.CDN_INVALIDATIONS_TOPIC);
        return config.caches().stream()
                .map(cache -> new Sink(
                        PREFIX + cache.name(), TYPE, topic, Optional.of(topic), Map.of("provider", cache.provider())))
                .toList();
    }

    /** Sinks, and the caches behind them. */
    public static List<Sink> behind(List<Sink> sinks, PipelineConfig config) {
        return Stream.concat(sinks.stream(), of(config).stream()).toList();
    }

    static boolean isOne(Sink sink) {
        return sink.type().equals(TYPE);
    }

    /** What the properties say of a cache. */
    static CacheConfig config(Sink sink, PipelineConfig config) {
        return config.caches().stream()
                .filter(each -> sink.name().equals(PREFIX + each.name()))
                .findFirst()
                .orElseThrow();
    }

    /** The connector of a cache. */
    static SinkConnectorConfig connector(Sink sink, PipelineConfig config) {
        CacheConfig cache = config(sink, config);
        String application = config.get(PipelineConfig.APPLICATION_ID);
        String deadLetters = SinkConnectorConfig.deadLetters(config, sink.name());
        String replays = TopicNames.ofReplays(deadLetters);
        String registry = config.get(PipelineConfig.SCHEMA_REGISTRY_URL);
        Map<String, String> properties = new TreeMap<>();
        properties.put("connector.class", CdnPurgeSinkConnector.class.getName());
        properties.put("topics", sink.source() + "," + replays);
        properties.put(DeliveryConfig.REPLAY_TOPIC, replays);
        properties.put(SinkType.TASKS_PROPERTY, "1");
        properties.put("key.converter", StringConverter.class.getName());
        properties.put("value.converter", AvroConverter.class.getName());
        properties.put("value.converter." + RegistryClient.URL, registry);
        SinkConnectorConfig.setAside(properties, deadLetters, config.get(PipelineConfig.REPLICATION_FACTOR));
        properties.put("consumer.override.isolation.level", "read_committed");
        properties.put("consumer.override.allow.auto.create.topics", "false");
        properties.put("consumer.override.max.poll.records", POLL_RECORDS);
        // A cache that is away is waited for, and not for long when it is back: its pages are stale until then.
        properties.put(DeliveryConfig.RETRY_ATTEMPTS, "-1");
        properties.put(DeliveryConfig.RETRY_MAX_PAUSE, "5000");
        properties.put(CdnPurgeSinkConnector.CACHE, cache.name());
        properties.put(CdnPurgeSinkConnector.APPLICATION, application);
        properties.put(CdnPurgeSinkConnector.PURGES_TOPIC, config.get(PipelineConfig.CDN_PURGES_TOPIC));
        properties.put(CdnPurgeSinkConnector.PURGES_SERVERS, config.get(PipelineConfig.BOOTSTRAP_SERVERS));
        properties.put(CdnPurgeSinkConnector.PURGES_CLIENT_PREFIX + RegistryClient.URL, registry);
        properties.putAll(config.sinks());
        properties.putAll(cache.properties());
        properties.put(SinkConnectorConfig.PIPELINE, application);
        return new SinkConnectorConfig(SinkConnectorConfig.name(config, sink.name()), properties);
    }
}
