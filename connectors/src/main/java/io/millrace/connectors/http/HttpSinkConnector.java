package io.millrace.connectors.http;

import io.millrace.connectors.delivery.UniformSinkConnector;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;

/**
 * Sends records to an HTTP server. docs/webhooks.md says how; {@link HttpSinkConfig} has the properties.
 */
public final class HttpSinkConnector extends UniformSinkConnector {
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

    @Override
    protected void begin(Map<String, String> given) {
        new HttpSinkConfig(given);
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

    @Override
    public ConfigDef config() {
        return HttpSinkConfig.DEFINITION;
    }

    /** Beyond each property by itself: the headers, whose names are part of their property's, and what retry topics need. */
    @Override
    public Config validate(Map<String, String> given) {
        return validate(given, HttpSinkConfig.URL, HttpSinkConfig::checkTogether);
    }
}
