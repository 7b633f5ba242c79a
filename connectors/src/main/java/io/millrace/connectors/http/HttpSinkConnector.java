package io.millrace.connectors.http;

import java.time.Duration;
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

    /** What properties begin with whose rest is the name of a header. */
    public static final String HEADER_PREFIX = HttpSinkConfig.HEADER_PREFIX;

    /** What properties of retry topics begin with. */
    public static final String RETRY_TOPIC_PREFIX = "retry.topic.";

    public static final String RETRY_TOPIC_DELAY = HttpSinkConfig.RETRY_TOPIC_DELAY;
    public static final String RETRY_TOPIC_SERVERS = HttpSinkConfig.RETRY_TOPIC_SERVERS;
    public static final String RETRY_TOPIC_CONSUMER = HttpSinkConfig.RETRY_TOPIC_CONSUMER;

    /** What properties begin with whose rest is a property of the clients that write and read retry topics. */
    public static final String RETRY_CLIENT_PREFIX = HttpSinkConfig.RETRY_CLIENT_PREFIX;

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

    /** What is wrong with properties that none of them says by itself, by property. */
    public static Map<String, String> mistakesTogether(Map<String, String> given) {
        return HttpSinkConfig.mistakesTogether(given);
    }

    /** The topic in which records of a topic wait. */
    public static String retryTopic(String topic, Duration delay) {
        return RetryTopics.topicOf(topic, delay);
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
