package io.millrace.connectors.http;

import io.millrace.connectors.delivery.DeliveryConfig;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/** The properties of a webhook sink. Each is defined here once, with its default and what it means. */
final class HttpSinkConfig extends AbstractConfig {
    static final String URL = "http.url";
    static final String METHOD = "http.method";
    static final String SIGNATURE_SECRET = "http.signature.secret";
    static final String SIGNATURE_HEADER = "http.signature.header";
    static final String CONNECT_TIMEOUT = "http.connect.timeout.ms";
    static final String REQUEST_TIMEOUT = "http.request.timeout.ms";
    static final String REQUESTS_IN_FLIGHT = "requests.in.flight";
    static final String BATCH_RECORDS = "batch.max.records";
    static final String RETRY_AFTER_MAX = "retry.after.max.ms";

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

    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");
    /** What the sink itself, or HTTP, decides on. */
    private static final Set<String> RESERVED =
            Set.of("idempotency-key", "content-length", "connection", "expect", "host", "upgrade", "transfer-encoding");

    HttpSinkConfig(Map<String, String> properties) {
        super(DEFINITION, properties, false);
        checkTogether(originalsStrings());
    }

    private static ConfigDef definition() {
        ConfigDef definition = new ConfigDef();
        request(definition);
        sending(definition);
        DeliveryConfig.define(definition);
        definition.define(
                RETRY_AFTER_MAX,
                ConfigDef.Type.LONG,
                3_600_000L,
                ConfigDef.Range.between(0, 86_400_000),
                ConfigDef.Importance.LOW,
                "The longest pause that the server may ask for by Retry-After.");
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
                        "The header with the signature.")
                .define(
                        CONNECT_TIMEOUT,
                        ConfigDef.Type.INT,
                        10_000,
                        ConfigDef.Range.between(100, 600_000),
                        ConfigDef.Importance.LOW,
                        "How long a connection may take to open.")
                .define(
                        REQUEST_TIMEOUT,
                        ConfigDef.Type.INT,
                        30_000,
                        ConfigDef.Range.between(100, 240_000),
                        ConfigDef.Importance.MEDIUM,
                        "How long a request may take until it is answered. Longer is a failure that is tried again.");
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
        URI uri;
        try {
            uri = URI.create((String) value);
        } catch (IllegalArgumentException e) {
            // Not shown, since it may hold a secret.
            throw new ConfigException(name, "[hidden]", "is no URL");
        }
        if (!("https".equals(uri.getScheme()) || "http".equals(uri.getScheme())) || uri.getHost() == null) {
            throw new ConfigException(name, "[hidden]", "must begin with https://host or http://host");
        }
        if (uri.getUserInfo() != null) {
            throw new ConfigException(
                    name, "[hidden]", "must not hold a user: give " + HEADER_PREFIX + "Authorization");
        }
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
        properties.forEach((property, value) ->
                mistakeOfHeader(property, value).ifPresent(mistake -> mistakes.put(property, property + mistake)));
        String signature = properties.get(SIGNATURE_HEADER);
        if (signature != null && !HEADER_NAME.matcher(signature).matches()) {
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

    private static Optional<String> mistakeOfHeader(String property, String value) {
        if (!property.startsWith(HEADER_PREFIX)) {
            return Optional.empty();
        }
        String header = property.substring(HEADER_PREFIX.length());
        if (!HEADER_NAME.matcher(header).matches()) {
            return Optional.of(" does not end in the name of a header");
        }
        if (RESERVED.contains(header.toLowerCase(Locale.ROOT))) {
            return Optional.of(" is a header that the sink sets itself");
        }
        return value != null && !HEADER_VALUE.matcher(value).matches()
                ? Optional.of(" has characters that a header may not have")
                : Optional.empty();
    }

    URI url() {
        return URI.create(getString(URL));
    }

    /** The headers that are set by properties. */
    Map<String, String> headers() {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.put("Content-Type", "application/json");
        originalsStrings().forEach((property, value) -> {
            if (property.startsWith(HEADER_PREFIX)) {
                headers.put(property.substring(HEADER_PREFIX.length()), value);
            }
        });
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

    Duration duration(String name) {
        return Duration.ofMillis(
                DEFINITION.configKeys().get(name).type == ConfigDef.Type.INT ? getInt(name) : getLong(name));
    }
}
