package io.millrace.connectors.replica;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
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
    static final String RETRY_ATTEMPTS = "retry.attempts";
    static final String RETRY_FIRST_PAUSE = "retry.first.pause.ms";
    static final String RETRY_MULTIPLIER = "retry.multiplier";
    static final String RETRY_JITTER = "retry.jitter";
    static final String RETRY_MAX_PAUSE = "retry.max.pause.ms";

    /** Stands for the last part of the topic's name in {@link #TABLE_NAME}. */
    static final String TABLE_PLACEHOLDER = "${table}";

    static final ConfigDef DEFINITION = definition();

    private static final String URL_PREFIX = "jdbc:postgresql:";

    ReplicaSinkConfig(Map<String, String> properties) {
        super(DEFINITION, properties, false);
    }

    private static ConfigDef definition() {
        ConfigDef definition = new ConfigDef();
        connection(definition);
        table(definition);
        applying(definition);
        retrying(definition);
        return definition;
    }

    private static void connection(ConfigDef definition) {
        definition
                .define(
                        URL,
                        ConfigDef.Type.STRING,
                        ConfigDef.NO_DEFAULT_VALUE,
                        ConfigDef.LambdaValidator.with(
                                ReplicaSinkConfig::checkUrl, () -> URL_PREFIX + "//host:port/database"),
                        ConfigDef.Importance.HIGH,
                        "The target database's JDBC address.")
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
                        "The target table's schema; empty for the first of the user's search_path.")
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
                        "Whether rows are written by COPY while a partition's first rows come into a table that was empty.")
                .define(
                        DELETIONS_RETAIN,
                        ConfigDef.Type.LONG,
                        86_400_000L,
                        ConfigDef.Range.atLeast(60_000),
                        ConfigDef.Importance.LOW,
                        "How long the log position of a deleted row is remembered, so that an older change that the capture"
                                + " sends again does not bring it back.");
    }

    private static void retrying(ConfigDef definition) {
        definition
                .define(
                        RETRY_ATTEMPTS,
                        ConfigDef.Type.INT,
                        100,
                        ConfigDef.Range.atLeast(-1),
                        ConfigDef.Importance.MEDIUM,
                        "How often a failure that may pass is tried again before the task stops; -1 for ever. With the"
                                + " defaults that is about an hour and a half.")
                .define(
                        RETRY_FIRST_PAUSE,
                        ConfigDef.Type.LONG,
                        500L,
                        ConfigDef.Range.between(1, 3_600_000),
                        ConfigDef.Importance.LOW,
                        "The pause before the first further attempt.")
                .define(
                        RETRY_MULTIPLIER,
                        ConfigDef.Type.DOUBLE,
                        2.0,
                        ConfigDef.Range.between(1.0, 100.0),
                        ConfigDef.Importance.LOW,
                        "By what each pause is longer than the one before.")
                .define(
                        RETRY_JITTER,
                        ConfigDef.Type.DOUBLE,
                        0.2,
                        ConfigDef.Range.between(0.0, 1.0),
                        ConfigDef.Importance.LOW,
                        "The part of a pause that is random, so that tasks do not come all at once.")
                .define(
                        RETRY_MAX_PAUSE,
                        ConfigDef.Type.LONG,
                        60_000L,
                        ConfigDef.Range.between(1, 3_600_000),
                        ConfigDef.Importance.LOW,
                        "The longest pause.");
    }

    private static void checkUrl(String name, Object value) {
        if (value == null) {
            // That it is missing is said by whoever finds that.
            return;
        }
        String url = (String) value;
        if (!url.startsWith(URL_PREFIX)) {
            throw new ConfigException(name, url, "must begin with " + URL_PREFIX);
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

    /** Whether each topic has a table of its own. */
    boolean hasTableForEachTopic() {
        return getString(TABLE_NAME).contains(TABLE_PLACEHOLDER);
    }

    RetryPolicy retryPolicy() {
        return new RetryPolicy(
                getInt(RETRY_ATTEMPTS),
                getLong(RETRY_FIRST_PAUSE),
                getDouble(RETRY_MULTIPLIER),
                getDouble(RETRY_JITTER),
                getLong(RETRY_MAX_PAUSE));
    }
}
