package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.UniformSinkConnector;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;

/** Keeps a cache in step with invalidations. docs/cdn-providers.md says how; {@link CdnPurgeSinkConfig} has the properties. */
public final class CdnPurgeSinkConnector extends UniformSinkConnector {
    /** What all properties begin with that are a cache's own. */
    public static final String PREFIX = "cdn.";

    public static final String PROVIDER = CdnPurgeSinkConfig.PROVIDER;
    public static final String URL = CdnPurgeSinkConfig.URL;
    public static final String CACHE = CdnPurgeSinkConfig.CACHE;
    public static final String BY = CdnPurgeSinkConfig.BY;
    public static final String WARM = CdnPurgeSinkConfig.WARM;
    public static final String BEGIN = CdnPurgeSinkConfig.BEGIN;
    public static final String APPLICATION = CdnPurgeSinkConfig.APPLICATION;
    public static final String PURGES_TOPIC = CdnPurgeSinkConfig.PURGES_TOPIC;
    public static final String PURGES_SERVERS = CdnPurgeSinkConfig.PURGES_SERVERS;

    /** What properties begin with whose rest is a property of the client that writes what came of purges. */
    public static final String PURGES_CLIENT_PREFIX = CdnPurgeSinkConfig.PURGES_CLIENT_PREFIX;

    /** What properties begin with whose rest is the name of a header. */
    public static final String HEADER_PREFIX = CdnPurgeSinkConfig.HEADER_PREFIX;

    /** Every kind of cache. */
    public static final List<String> PROVIDERS = CdnPurgeSinkConfig.PROVIDERS;

    @Override
    protected void begin(Map<String, String> given) {
        new Beginning(new CdnPurgeSinkConfig(given), given).set();
    }

    /** What is wrong with properties that none of them says by itself, by property. */
    public static Map<String, String> mistakesTogether(Map<String, String> given) {
        return CdnPurgeSinkConfig.mistakesTogether(given);
    }

    /** The servers of a cache with those properties, where each keeps pages for itself and is asked itself; else empty. */
    public static List<String> servers(Map<String, String> given) {
        return CdnPurgeSinkConfig.servers(given);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return CdnPurgeSinkTask.class;
    }

    @Override
    public ConfigDef config() {
        return CdnPurgeSinkConfig.DEFINITION;
    }

    /** Beyond each property by itself: what the provider needs, and has not. */
    @Override
    public Config validate(Map<String, String> given) {
        return validate(given, PROVIDER, CdnPurgeSinkConfig::checkTogether);
    }
}
