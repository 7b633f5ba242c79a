package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/** The properties of a replica sink. Each is defined here once, with its default and what it means. */
final class ReplicaSinkConfig extends AbstractConfig {
    static final String NAME = "name";
    static final String URL = "connection.url";
    static final String USER = "connection.user";
    static final String PASSWORD = "connection.password";
    static final String CONNECTION_TIMEOUT = "connection.timeout.ms";
    static final String STATEMENT_TIMEOUT = "statement.timeout.ms";
    static final String TABLE_SCHEMA = "table.schema";
    static final String TABLE_NAME = "table.name";
    static final String TABLE_CREATE = "table.create";
    static final String COLUMNS_ADD = "columns.add";
    static final String BATCH_ROWS = "batch.max.rows";
    static final String SNAPSHOT_COPY = "snapshot.copy";
    static final String DELETIONS_RETAIN = "deletions.retain.ms";

    /** Stands for the last part of the topic's name in {@link #TABLE_NAME}. */
    static final String TABLE_PLACEHOLDER = "${table}";

    static final ConfigDef DEFINITION = definition();

    private static final List<String> URL_PREFIXES = Stream.concat(
                    Stream.of(PostgresDialect.PREFIX), MySqlDialect.PREFIXES.stream())
            .toList();

    ReplicaSinkConfig(Map<String, String> properties) {
        super(DEFINITION, properties, false);
    }

    private static ConfigDef definition() {
        ConfigDef definition = new ConfigDef();
        connection(definition);
        table(definition);
        applying(definition);
        DeliveryConfig.define(definition);
        return definition;
    }

    private static void connection(ConfigDef definition) {
        definition
                .define(
                        URL,
                        ConfigDef.Type.STRING,
                        ConfigDef.NO_DEFAULT_VALUE,
                        ConfigDef.LambdaValidator.with(
                                ReplicaSinkConfig::checkUrl,
                                () -> "jdbc:postgresql://host:port/database, or jdbc:mariadb:, jdbc:mysql:"),
                        ConfigDef.Importance.HIGH,
                        "The target database's JDBC address, of PostgreSQL, MariaDB or MySQL.")
                .define(
                        USER,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.HIGH,
                        "The user who writes; empty for the address's own.")
                .define(
                        PASSWORD,
                        ConfigDef.Type.PASSWORD,
                        new Password(""),
                        ConfigDef.Importance.HIGH,
                        "The user's password; best a reference that the Connect worker resolves, such as"
                                + " ${file:/etc/millrace/secrets.properties:replica}.")
                .define(
                        CONNECTION_TIMEOUT,
                        ConfigDef.Type.INT,
                        10_000,
                        ConfigDef.Range.between(1_000, 600_000),
                        ConfigDef.Importance.LOW,
                        "How long a connection may take to open.")
                .define(
                        STATEMENT_TIMEOUT,
                        ConfigDef.Type.INT,
                        60_000,
                        ConfigDef.Range.between(1_000, 3_600_000),
                        ConfigDef.Importance.LOW,
                        "How long one statement may take, waiting for locks included. Longer is a failure that is tried"
                                + " again.");
    }

    private static void table(ConfigDef definition) {
        definition
                .define(
                        TABLE_NAME,
                        ConfigDef.Type.STRING,
                        TABLE_PLACEHOLDER,
                        new ConfigDef.NonEmptyString(),
                        ConfigDef.Importance.HIGH,
                        "The target table, as the database has it, without quotes. ${table} stands for the last part of the"
                                + " topic's name.")
                .define(
                        TABLE_SCHEMA,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.MEDIUM,
                        "The target table's schema; empty for the first of the user's search_path. In MariaDB and MySQL a"
                                + " database; empty for the address's.")
                .define(
                        TABLE_CREATE,
                        ConfigDef.Type.BOOLEAN,
                        true,
                        ConfigDef.Importance.MEDIUM,
                        "Whether a table that is missing is created, with the enum types that it needs.")
                .define(
                        COLUMNS_ADD,
                        ConfigDef.Type.BOOLEAN,
                        true,
                        ConfigDef.Importance.MEDIUM,
                        "Whether columns that the table lacks are added to it, and labels that its enums lack.");
    }

    private static void applying(ConfigDef definition) {
        definition
                .define(
                        BATCH_ROWS,
                        ConfigDef.Type.INT,
                        5_000,
                        ConfigDef.Range.between(1, 100_000),
                        ConfigDef.Importance.MEDIUM,
                        "The most records that one transaction applies. How many Connect hands over at a time is"
                                + " consumer.override.max.poll.records.")
                .define(
                        SNAPSHOT_COPY,
                        ConfigDef.Type.BOOLEAN,
                        true,
                        ConfigDef.Importance.LOW,
                        "Whether rows are written by COPY while a partition's first rows come into a table that was empty;"
                                + " in PostgreSQL alone.")
                .define(
                        DELETIONS_RETAIN,
                        ConfigDef.Type.LONG,
                        86_400_000L,
                        ConfigDef.Range.atLeast(60_000),
                        ConfigDef.Importance.LOW,
                        "How long the log position of a deleted row is remembered, so that an older change that the capture"
                                + " sends again does not bring it back.");
    }

    private static void checkUrl(String name, Object value) {
        if (value == null) {
            // That it is missing is said by whoever finds that.
            return;
        }
        String url = (String) value;
        if (URL_PREFIXES.stream().noneMatch(url::startsWith)) {
            // Not shown: a reference may have become an address with a password.
            throw new ConfigException(name, "[hidden]", "must begin with " + String.join(" or ", URL_PREFIXES));
        }
        String parameters = url.toLowerCase(Locale.ROOT);
        if (Arrays.stream(parameters.split("[?&]")).anyMatch(part -> part.startsWith("password="))) {
            // Not shown, since it holds a password.
            throw new ConfigException(name, "[hidden]", "must not hold a password: that belongs into " + PASSWORD);
        }
    }

    String name() {
        return originalsStrings().getOrDefault(NAME, "replica");
    }

    /** The table that a topic's rows go to. */
    String tableOf(String topic) {
        return getString(TABLE_NAME).replace(TABLE_PLACEHOLDER, topic.substring(topic.lastIndexOf('.') + 1));
    }
}
