package io.millrace.connectors.cdn;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** Keeps a cache in step with invalidations. docs/cdn-providers.md says how; {@link CdnPurgeSinkConfig} has the properties. */
public final class CdnPurgeSinkConnector extends SinkConnector {
    static final String VERSION = Objects.requireNonNullElse(
            CdnPurgeSinkConnector.class.getPackage().getImplementationVersion(), "development");

    /** What all properties begin with that are a cache's own. */
    public static final String PREFIX = "cdn.";

    public static final String PROVIDER = CdnPurgeSinkConfig.PROVIDER;
    public static final String CACHE = CdnPurgeSinkConfig.CACHE;
    public static final String APPLICATION = CdnPurgeSinkConfig.APPLICATION;
    public static final String PURGES_TOPIC = CdnPurgeSinkConfig.PURGES_TOPIC;
    public static final String PURGES_SERVERS = CdnPurgeSinkConfig.PURGES_SERVERS;

    /** What properties begin with whose rest is a property of the client that writes what came of purges. */
    public static final String PURGES_CLIENT_PREFIX = CdnPurgeSinkConfig.PURGES_CLIENT_PREFIX;

    /** What properties begin with whose rest is the name of a header. */
    public static final String HEADER_PREFIX = CdnPurgeSinkConfig.HEADER_PREFIX;

    /** Every kind of cache. */
    public static final List<String> PROVIDERS = CdnPurgeSinkConfig.PROVIDERS;

    private Map<String, String> properties = Map.of();

    @Override
    public String version() {
        return VERSION;
    }

    @Override
    public void start(Map<String, String> given) {
        new Beginning(new CdnPurgeSinkConfig(given), given).set();
        properties = Map.copyOf(given);
    }

    /** What is wrong with properties that none of them says by itself, by property. */
    public static Map<String, String> mistakesTogether(Map<String, String> given) {
        return CdnPurgeSinkConfig.mistakesTogether(given);
    }

    /** Whether a cache with those properties forgets by tags. */
    public static boolean forgetsTags(Map<String, String> given) {
        return CdnPurgeSinkConfig.forgetsTags(given);
    }

    /** Whether a cache with those properties forgets by URLs. */
    public static boolean forgetsUrls(Map<String, String> given) {
        return CdnPurgeSinkConfig.forgetsUrls(given);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return CdnPurgeSinkTask.class;
    }

    /** Connect shares the partitions out, so that every task has the same properties. */
    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return Collections.nCopies(maxTasks, properties);
    }

    @Override
    public ConfigDef config() {
        return CdnPurgeSinkConfig.DEFINITION;
    }

    /** Beyond each property by itself: what the provider needs, and has not. */
    @Override
    public Config validate(Map<String, String> given) {
        Config validated = super.validate(given);
        try {
            CdnPurgeSinkConfig.checkTogether(given);
        } catch (ConfigException e) {
            for (ConfigValue value : validated.configValues()) {
                if (value.name().equals(PROVIDER)) {
                    value.addErrorMessage(e.getMessage());
                }
            }
        }
        return validated;
    }

    /** Where the partitions go on is the consumer group's affair alone. */
    @Override
    public boolean alterOffsets(Map<String, String> given, Map<TopicPartition, Long> offsets) {
        return true;
    }

    @Override
    public void stop() {
        // The tasks hold everything.
    }
}
