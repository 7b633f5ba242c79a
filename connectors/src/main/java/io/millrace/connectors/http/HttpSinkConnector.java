package io.millrace.connectors.http;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * Sends records to an HTTP server. docs/webhooks.md says how; {@link HttpSinkConfig} has the properties.
 */
public final class HttpSinkConnector extends SinkConnector {
    static final String VERSION =
            Objects.requireNonNullElse(HttpSinkConnector.class.getPackage().getImplementationVersion(), "development");

    /** A header of messages that waited in a retry topic: their idempotency key. */
    public static final String PARKED_HEADER = RetryTopics.KEY_HEADER;

    private Map<String, String> properties = Map.of();

    @Override
    public String version() {
        return VERSION;
    }

    @Override
    public void start(Map<String, String> given) {
        new HttpSinkConfig(given);
        properties = Map.copyOf(given);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return HttpSinkTask.class;
    }

    /** Connect shares the partitions out, so that every task has the same properties. */
    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return Collections.nCopies(maxTasks, properties);
    }

    @Override
    public ConfigDef config() {
        return HttpSinkConfig.DEFINITION;
    }

    /** Beyond each property by itself: the headers, whose names are part of their property's, and what retry topics need. */
    @Override
    public Config validate(Map<String, String> given) {
        Config validated = super.validate(given);
        try {
            HttpSinkConfig.checkTogether(given);
        } catch (ConfigException e) {
            for (ConfigValue value : validated.configValues()) {
                if (value.name().equals(HttpSinkConfig.URL)) {
                    value.addErrorMessage(e.getMessage());
                }
            }
        }
        return validated;
    }

    /** Where the partitions go on is the consumer group's affair alone. */
    @Override
    public boolean alterOffsets(Map<String, String> given, Map<org.apache.kafka.common.TopicPartition, Long> offsets) {
        return true;
    }

    @Override
    public void stop() {
        // The tasks hold everything.
    }
}
