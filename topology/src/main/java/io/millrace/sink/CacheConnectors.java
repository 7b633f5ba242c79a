package io.millrace.sink;

import io.millrace.catalog.CacheConfig;
import io.millrace.catalog.PipelineConfig;
import io.millrace.connectors.cdn.CdnPurgeSinkConnector;
import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.schemas.AvroConverter;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.TopicNames;
import io.millrace.sql.Sink;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.connect.storage.StringConverter;

/**
 * The connectors of a pipeline's caches, one each; of a cache of one's own with several servers one for each of these, so that one that
 * is down catches up by its own offsets and the others do not wait. To whoever deploys sinks and looks after them each is one more
 * sink, which reads the topic of invalidations; its name has a dot, as no other's has.
 */
public final class CacheConnectors {
    /** The kind of such a sink. */
    public static final String TYPE = "cache";

    private static final String PREFIX = "cdn.";

    /** More at a time has larger requests in a mass. */
    private static final String POLL_RECORDS = "2000";

    private CacheConnectors() {}

    /** What connectors keep in step: each cache, or where it has several servers, each of these, with its name behind the cache's and a dot. */
    private static Stream<CacheConfig> parts(PipelineConfig config) {
        return config.caches().stream().flatMap(CacheConnectors::parts);
    }

    private static Stream<CacheConfig> parts(CacheConfig cache) {
        List<String> servers = CdnPurgeSinkConnector.servers(cache.properties());
        if (servers.size() < 2) {
            return Stream.of(cache);
        }
        // By their addresses, so that none takes up another's offsets when some come or go.
        Map<String, List<String>> byName = servers.stream()
                .distinct()
                .collect(Collectors.groupingBy(CacheConnectors::named, LinkedHashMap::new, Collectors.toList()));
        return byName.entrySet().stream().map(server -> {
            Map<String, String> properties = new HashMap<>(cache.properties());
            properties.put(CdnPurgeSinkConnector.URL, String.join(",", server.getValue()));
            return new CacheConfig(cache.name() + "." + server.getKey(), properties);
        });
    }

    /** A server's address as a part of names of topics and connectors. */
    private static String named(String url) {
        return url.replaceFirst("^https?://", "")
                .replaceAll("[^A-Za-z0-9.-]+", "-")
                .replaceAll("^[.-]+|[.-]+$", "");
    }

    /** The caches, as sinks. */
    public static List<Sink> of(PipelineConfig config) {
        String topic = config.get(PipelineConfig.CDN_INVALIDATIONS_TOPIC);
        return parts(config)
                .map(part -> new Sink(
                        PREFIX + part.name(), TYPE, topic, Optional.of(topic), Map.of("provider", part.provider())))
                .toList();
    }

    /** Sinks, and the caches behind them. */
    public static List<Sink> behind(List<Sink> sinks, PipelineConfig config) {
        return Stream.concat(sinks.stream(), of(config).stream()).toList();
    }

    static boolean isOne(Sink sink) {
        return sink.type().equals(TYPE);
    }

    /** What the properties say of what a sink keeps in step. */
    static CacheConfig config(Sink sink, PipelineConfig config) {
        return parts(config)
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
        // A new cache has nothing to forget of what was told before its connector was created, unless somebody says
        // otherwise.
        String creation = properties.containsKey(CdnPurgeSinkConnector.BEGIN) ? "" : CdnPurgeSinkConnector.BEGIN;
        return new SinkConnectorConfig(SinkConnectorConfig.name(config, sink.name()), properties, creation);
    }
}
