package io.millrace.connectors.http;

import io.millrace.connectors.delivery.DeliveryConfig;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/** The properties of a webhook sink. Each is defined here once, with its default and what it means. */
final class HttpSinkConfig extends RequestConfig {
    static final String URL = "http.url";
    static final String METHOD = "http.method";
    static final String SIGNATURE_SECRET = "http.signature.secret";
    static final String SIGNATURE_HEADER = "http.signature.header";
    static final String CONNECT_TIMEOUT = "http.connect.timeout.ms";
    static final String REQUEST_TIMEOUT = "http.request.timeout.ms";
    static final String REQUESTS_IN_FLIGHT = "requests.in.flight";
    static final String BATCH_RECORDS = "batch.max.records";

    static final String RETRY_TOPIC_DELAY = "retry.topic.delay.ms";
    static final String RETRY_TOPIC_ATTEMPTS = "retry.topic.attempts";
    static final String RETRY_TOPIC_CONSUMER = "retry.topic.consumer";
    static final String RETRY_TOPIC_KEYS = "retry.topic.max.keys";
    static final String RETRY_TOPIC_SERVERS = "retry.topic.bootstrap.servers";

    /** What properties begin with whose rest is a property of the Kafka clients that write and read retry topics. */
    static final String RETRY_CLIENT_PREFIX = "retry.topic.client.";

    /** What properties begin with whose rest is the name of a header. */
    static final String HEADER_PREFIX = "http.header.";

    static final String IDEMPOTENCY_HEADER = "Idempotency-Key";

    static final ConfigDef DEFINITION = definition();

    /** What the sink itself decides on. */
    private static final Set<String> RESERVED = Set.of("idempotency-key");

    HttpSinkConfig(Map<String, String> properties) {
        super(DEFINITION, properties);
        checkTogether(originalsStrings());
    }

    private static ConfigDef definition() {
        ConfigDef definition = new ConfigDef();
        request(definition);
        sending(definition);
        DeliveryConfig.define(definition);
        defineRetryAfter(definition, "the server");
        parking(definition);
        return definition;
    }

    private static void parking(ConfigDef definition) {
        definition
                .define(
                        RETRY_TOPIC_DELAY,
                        ConfigDef.Type.LONG,
                        0L,
                        ConfigDef.Range.between(0, 86_400_000),
                        ConfigDef.Importance.LOW,
                        "How long a record waits in a retry topic that the server has not taken, while other keys go on; 0 for"
                                + " no retry topics.")
                .define(
                        RETRY_TOPIC_ATTEMPTS,
                        ConfigDef.Type.INT,
                        3,
                        ConfigDef.Range.between(1, 100),
                        ConfigDef.Importance.LOW,
                        "After how many attempts it goes there.")
                .define(
                        RETRY_TOPIC_CONSUMER,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.LOW,
                        "The name of the connector that reads the retry topics; empty for this one's with -retry behind it.")
                .define(
                        RETRY_TOPIC_KEYS,
                        ConfigDef.Type.INT,
                        10_000,
                        ConfigDef.Range.between(1, 10_000_000),
                        ConfigDef.Importance.LOW,
                        "The most keys that a task has in retry topics at a time. Beyond that it waits with everything.")
                .define(
                        RETRY_TOPIC_SERVERS,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.LOW,
                        "The brokers, which a task does not learn from Connect. retry.topic.client.NAME is a property of the"
                                + " clients, as those of security.");
    }

    private static void request(ConfigDef definition) {
        definition
                .define(
                        URL,
                        ConfigDef.Type.STRING,
                        ConfigDef.NO_DEFAULT_VALUE,
                        ConfigDef.LambdaValidator.with(HttpSinkConfig::checkUrl, () -> "https://host/path"),
                        ConfigDef.Importance.HIGH,
                        "Where the requests go. An address that is a secret itself is best a reference that the Connect"
                                + " worker resolves, such as ${file:/etc/millrace/secrets.properties:hook}.")
                .define(
                        METHOD,
                        ConfigDef.Type.STRING,
                        "POST",
                        ConfigDef.ValidString.in("POST", "PUT", "PATCH"),
                        ConfigDef.Importance.LOW,
                        "The requests' method.")
                .define(
                        SIGNATURE_SECRET,
                        ConfigDef.Type.PASSWORD,
                        new Password(""),
                        ConfigDef.Importance.MEDIUM,
                        "The secret by which bodies are signed, a reference as well; empty for no signature.")
                .define(
                        SIGNATURE_HEADER,
                        ConfigDef.Type.STRING,
                        BodySignature.HEADER,
                        new ConfigDef.NonEmptyString(),
                        ConfigDef.Importance.LOW,
                        "The header with the signature.");
        defineTimeouts(definition, CONNECT_TIMEOUT, 10_000, REQUEST_TIMEOUT);
    }

    private static void sending(ConfigDef definition) {
        definition
                .define(
                        REQUESTS_IN_FLIGHT,
                        ConfigDef.Type.INT,
                        8,
                        ConfigDef.Range.between(1, 256),
                        ConfigDef.Importance.MEDIUM,
                        "The most requests that a task makes at a time. No two of them have a key in common.")
                .define(
                        BATCH_RECORDS,
                        ConfigDef.Type.INT,
                        1,
                        ConfigDef.Range.between(1, 10_000),
                        ConfigDef.Importance.MEDIUM,
                        "The most records of a request. Above 1 the body is an array, of one record too.");
    }

    private static void checkUrl(String name, Object value) {
        if (value == null) {
            // Connect asks about what is missing, too, and says that it is.
            return;
        }
        // The address is not shown, since it may hold a secret.
        mistakeOfAddress((String) value).ifPresent(mistake -> {
            String instead = mistake.endsWith("a user") ? ": give " + HEADER_PREFIX + "Authorization" : "";
            throw new ConfigException(name, "[hidden]", mistake + instead);
        });
    }

    /** What no property says by itself. */
    static void checkTogether(Map<String, String> properties) {
        mistakesTogether(properties).values().stream().findFirst().ifPresent(mistake -> {
            throw new ConfigException(mistake);
        });
    }

    /** What is wrong with properties that none of them says by itself, by property. */
    static Map<String, String> mistakesTogether(Map<String, String> properties) {
        Map<String, String> mistakes = new TreeMap<>();
        properties.forEach((property, value) -> mistakeOfHeader(HEADER_PREFIX, RESERVED, property, value)
                .ifPresent(mistake -> mistakes.put(property, property + mistake)));
        String signature = properties.get(SIGNATURE_HEADER);
        if (signature != null && !signature.matches(HEADER_NAME)) {
            mistakes.put(SIGNATURE_HEADER, SIGNATURE_HEADER + " is no name of a header");
        }
        if (!properties.getOrDefault(RETRY_TOPIC_DELAY, "0").equals("0")) {
            if (properties.getOrDefault(RETRY_TOPIC_SERVERS, "").isEmpty()) {
                mistakes.put(RETRY_TOPIC_DELAY, RETRY_TOPIC_DELAY + " needs " + RETRY_TOPIC_SERVERS);
            } else if (!properties.getOrDefault(BATCH_RECORDS, "1").equals("1")) {
                mistakes.put(
                        RETRY_TOPIC_DELAY,
                        RETRY_TOPIC_DELAY + " needs " + BATCH_RECORDS
                                + " = 1, as a record that is parked is sent alone and must have the idempotency key that it had");
            }
        }
        return mistakes;
    }

    URI url() {
        return URI.create(getString(URL));
    }

    /** The headers that are set by properties. */
    Map<String, String> headers() {
        Map<String, String> headers = headers(HEADER_PREFIX);
        headers.putIfAbsent("Content-Type", "application/json");
        return headers;
    }

    boolean hasRetryTopics() {
        return getLong(RETRY_TOPIC_DELAY) > 0;
    }

    /** The name of the connector that reads the retry topics. */
    String retryConsumer() {
        String consumer = getString(RETRY_TOPIC_CONSUMER);
        return consumer.isEmpty() ? originalsStrings().getOrDefault("name", "webhook") + "-retry" : consumer;
    }

    /** The properties of the Kafka clients that write and read retry topics. */
    Map<String, Object> retryClients() {
        Map<String, Object> clients = new HashMap<>(originalsWithPrefix(RETRY_CLIENT_PREFIX));
        clients.put("bootstrap.servers", getString(RETRY_TOPIC_SERVERS));
        return clients;
    }
}
