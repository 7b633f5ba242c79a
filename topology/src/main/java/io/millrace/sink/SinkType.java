package io.millrace.sink;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.http.HttpSinkConnector;
import io.millrace.connectors.replica.ReplicaSinkConnector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * A kind of target that a connector writes to, declared once: the connector, and the names that its properties have as options of
 * CREATE SINK. All but a few names are the property's own with {@code _} for {@code .}. Immutable.
 *
 * @param name what {@code type} says
 * @param connector makes the connector, which says what properties it has and which values are valid
 * @param shortNames by property, the option's name where that is another one
 * @param addresses how the option {@code url} of such a target begins, in one way or another; connectors may know more targets
 * @param families how properties begin whose rest is for the user to name; such an option has the property's own name, in quotes
 * @param together what is wrong with properties that none of them says by itself, by property
 * @param aside properties that are no options, as a pipeline sets them by itself
 */
public record SinkType(
        String name,
        Supplier<SinkConnector> connector,
        Map<String, String> shortNames,
        List<String> addresses,
        List<String> families,
        UnaryOperator<Map<String, String>> together,
        Predicate<String> aside)
        implements SinkKind {
    private static final Map<String, String> REPLICA_NAMES = Map.of(
            "connection.url", "url",
            "connection.user", "user",
            "connection.password", "password",
            "table.name", "table",
            "table.schema", "schema");

    /** A table of a PostgreSQL database. */
    public static final SinkType POSTGRES = new SinkType(
            "postgres",
            ReplicaSinkConnector::new,
            REPLICA_NAMES,
            List.of("jdbc:postgresql:"),
            List.of(),
            properties -> Map.of(),
            SinkType::isOurs);

    /** A table of a MariaDB or MySQL database, whose driver is for the user to put into the plugin's folder. */
    public static final SinkType MYSQL = new SinkType(
            "mysql",
            ReplicaSinkConnector::new,
            REPLICA_NAMES,
            List.of("jdbc:mariadb:", "jdbc:mysql:"),
            List.of(),
            properties -> Map.of(),
            SinkType::isOurs);

    /** A server that is sent each change. */
    public static final SinkType HTTP = new SinkType(
            "http",
            HttpSinkConnector::new,
            Map.of(
                    "http.url", "url",
                    "http.method", "method",
                    "http.signature.secret", "signature_secret",
                    "http.signature.header", "signature_header",
                    "http.connect.timeout.ms", "connect_timeout_ms",
                    "http.request.timeout.ms", "request_timeout_ms"),
            List.of("https://", "http://"),
            List.of(HttpSinkConnector.HEADER_PREFIX, HttpSinkConnector.RETRY_CLIENT_PREFIX),
            HttpSinkConnector::mistakesTogether,
            property -> isOurs(property) || property.equals(HttpSinkConnector.RETRY_TOPIC_CONSUMER));

    /** Every kind that has a connector; others join them here. */
    public static final List<SinkType> ALL = List.of(POSTGRES, MYSQL, HTTP);

    static final String URL = "url";
    static final String TABLE = "table";
    static final String TASKS_PROPERTY = "tasks.max";

    /** What every connector has, whatever it writes to. */
    private static final ConfigDef COMMON = new ConfigDef()
            .define(
                    TASKS_PROPERTY,
                    ConfigDef.Type.INT,
                    1,
                    ConfigDef.Range.between(1, 1_000),
                    ConfigDef.Importance.MEDIUM,
                    "How many tasks share the topic's partitions, each with a connection of its own.");

    private static final Map<String, String> COMMON_NAMES = Map.of(TASKS_PROPERTY, "tasks");

    public SinkType {
        shortNames = Map.copyOf(shortNames);
        addresses = List.copyOf(addresses);
        families = List.copyOf(families);
    }

    /**
     * An option of CREATE SINK.
     *
     * @param name as SQL has it
     * @param key the connector's property, with its type, default and meaning
     */
    public record Option(String name, ConfigDef.ConfigKey key) {
        public String property() {
            return key.name;
        }

        /** Whether it is a password or the like. */
        boolean secret() {
            return key.type == ConfigDef.Type.PASSWORD;
        }

        /** Whether the property has a name that the user gives it, so that the name alone says whether it is a secret. */
        boolean ofAFamily() {
            return name.equals(key.name) && name.indexOf('.') >= 0;
        }
    }

    /** The kind of that name. */
    public static Optional<SinkType> named(String name) {
        return ALL.stream().filter(type -> type.name().equals(name)).findFirst();
    }

    /** Whether its target has a row for each of the source's. */
    boolean keepsATable() {
        return options().containsKey(TABLE);
    }

    /** The class that Connect is to run. */
    String connectorClass() {
        return connector.get().getClass().getName();
    }

    /** Every option, by its name, in the order in which the connector defines them. */
    public Map<String, Option> options() {
        Map<String, Option> options = new LinkedHashMap<>();
        List<ConfigDef.ConfigKey> keys =
                new ArrayList<>(connector.get().config().configKeys().values());
        keys.addAll(COMMON.configKeys().values());
        keys.removeIf(key -> aside.test(key.name));
        for (ConfigDef.ConfigKey key : keys) {
            Option option = new Option(optionName(key.name), key);
            if (options.put(option.name(), option) != null) {
                throw new IllegalStateException("two properties of " + name + " sinks are called " + option.name());
            }
        }
        return options;
    }

    /** What only a pipeline itself can know. */
    private static boolean isOurs(String property) {
        return property.equals(DeliveryConfig.REPLAY_TOPIC);
    }

    /** The option of that name, also one that is the user's to name. */
    Optional<Option> option(String wanted) {
        Option known = options().get(wanted);
        if (known != null) {
            return Optional.of(known);
        }
        return families.stream()
                .filter(family -> wanted.startsWith(family) && wanted.length() > family.length())
                .findFirst()
                .map(family -> new Option(wanted, family(wanted)));
    }

    private static ConfigDef.ConfigKey family(String property) {
        return new ConfigDef()
                .define(
                        property,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.LOW,
                        "It is the connector's own property.")
                .configKeys()
                .get(property);
    }

    private String optionName(String property) {
        String name = shortNames.getOrDefault(property, COMMON_NAMES.get(property));
        return name != null ? name : property.replace('.', '_');
    }

    /** What is wrong with values of properties, by property; what is not given is not missed. */
    Map<String, String> mistakes(Map<String, String> properties) {
        Map<String, String> whole = new LinkedHashMap<>(properties);
        whole.put(SinkConnector.TOPICS_CONFIG, "one");
        whole.putIfAbsent(HttpSinkConnector.RETRY_TOPIC_SERVERS, "localhost:9092");
        Map<String, String> mistakes = new LinkedHashMap<>(together.apply(withBrokers(properties)));
        whole.keySet().removeAll(mistakes.keySet());
        List.of(connector.get().validate(whole).configValues(), COMMON.validate(properties)).stream()
                .flatMap(List::stream)
                .filter(value -> properties.containsKey(value.name())
                        && !value.errorMessages().isEmpty())
                .forEach(value ->
                        mistakes.putIfAbsent(value.name(), value.errorMessages().get(0)));
        mistakes.keySet().retainAll(properties.keySet());
        return mistakes;
    }

    /** The pipeline knows its brokers, whatever is given. */
    private static Map<String, String> withBrokers(Map<String, String> properties) {
        Map<String, String> whole = new LinkedHashMap<>(properties);
        whole.putIfAbsent(HttpSinkConnector.RETRY_TOPIC_SERVERS, "localhost:9092");
        return whole;
    }
}
