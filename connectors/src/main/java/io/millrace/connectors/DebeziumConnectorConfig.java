package io.millrace.connectors;

import io.millrace.schemas.TopicNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The configuration of the Debezium connector that reads one shard: the template {@code debezium-postgres.properties}
 * with this filled in.
 *
 * @param database the logical database's name, the first part of its tables' topics
 * @param shard the shard's name, the last field of every key
 * @param hostname the shard's server
 * @param port the server's port
 * @param databaseName the database on that server
 * @param user a user with the right to replicate
 * @param passwordReference where the Connect worker finds the password: {@code ${file:path:key}},
 *     {@code ${env:VARIABLE}} or another provider's; never the password itself
 * @param tables the declared tables, all with the same names on every shard
 * @param withoutKey those of the tables that are declared without a primary key
 * @param registryUrl the schema registry's address
 * @param partitions the partitions of every table's topic
 * @param heartbeatIntervalMs how often an idle shard reports its position
 * @param overrides properties of the connector that replace or join the template's; passwords among them are
 *     references, too
 */
public record DebeziumConnectorConfig(
        String database,
        String shard,
        String hostname,
        int port,
        String databaseName,
        String user,
        String passwordReference,
        List<TableName> tables,
        Set<TableName> withoutKey,
        String registryUrl,
        int partitions,
        long heartbeatIntervalMs,
        Map<String, String> overrides) {

    private static final String TEMPLATE = "debezium-postgres.properties";

    /** What joins the template where there are tables without a primary key. */
    private static final String WITHOUT_KEY = "debezium-postgres-without-key.properties";

    private static final String SNAPSHOT_THREADS = "snapshot.max.threads";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z.]+)}}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");

    /** Ends of the names of properties whose values nobody should read. */
    private static final Pattern SECRET = Pattern.compile("(?:password|secret|user\\.info)$", Pattern.CASE_INSENSITIVE);

    /** PostgreSQL cuts longer names off. */
    private static final int MAX_SLOT_NAME = 63;

    /** A table by its schema and name, as PostgreSQL holds them (without quotes). */
    public record TableName(String schema, String table) {
        public TableName {
            Objects.requireNonNull(schema, "schema");
            Objects.requireNonNull(table, "table");
        }

        @Override
        public String toString() {
            return schema + "." + table;
        }
    }

    public DebeziumConnectorConfig {
        name("database", database);
        name("shard", shard);
        if (!SecretReference.isWhole(passwordReference)) {
            // The value itself may be a password: it is not shown.
            throw new IllegalArgumentException("the password of shard " + shard
                    + " must be a reference such as ${env:VARIABLE} or ${file:path:key}, so that it stays out of"
                    + " Connect's topics");
        }
        if (tables.isEmpty()) {
            throw new IllegalArgumentException("no table is declared for shard " + shard);
        }
        if (partitions < 1) {
            throw new IllegalArgumentException("a topic has at least one partition, not " + partitions);
        }
        if (!withoutKey.isEmpty()
                && !overrides.getOrDefault(SNAPSHOT_THREADS, "1").equals("1")) {
            throw new IllegalArgumentException(SNAPSHOT_THREADS
                    + " must be 1, as a table without a primary key needs the rows of one snapshot to be"
                    + " told from those of another");
        }
        overrides.forEach(DebeziumConnectorConfig::requireReference);
        tables = List.copyOf(tables);
        withoutKey = Set.copyOf(withoutKey);
        overrides = Map.copyOf(overrides);
    }

    /** The connector's name in Connect. */
    public String connectorName() {
        return "millrace-" + database + "-" + shard;
    }

    /** The name of the replication slot and of the publication on the shard. */
    public String slotName() {
        return slotName(database);
    }

    /** The name of the replication slot and of the publication on each shard of a logical database. */
    public static String slotName(String database) {
        String slot = "millrace_" + database.toLowerCase(Locale.ROOT).replace('-', '_');
        return slot.length() <= MAX_SLOT_NAME ? slot : slot.substring(0, MAX_SLOT_NAME);
    }

    /** The topics of the tables. */
    public List<String> topics() {
        return tables.stream()
                .map(table -> TopicNames.ofTable(database, table.schema(), table.table()))
                .toList();
    }

    /** The topic of the shard's heartbeats. */
    public String heartbeatTopic() {
        return "__debezium-heartbeat." + prefix();
    }

    /** The connector's properties, in alphabetical order. */
    public Map<String, String> render() {
        Map<String, String> values = Map.ofEntries(
                Map.entry("database", database),
                Map.entry("shard", shard),
                Map.entry("database.hostname", hostname),
                Map.entry("database.port", Integer.toString(port)),
                Map.entry("database.dbname", databaseName),
                Map.entry("database.user", user),
                Map.entry("database.password", passwordReference),
                Map.entry("slot", slotName()),
                Map.entry("topics.without.key", topicsWithoutKey().collect(Collectors.joining(","))),
                Map.entry(
                        "topics.without.key.regex",
                        topicsWithoutKey().map(DebeziumConnectorConfig::literal).collect(Collectors.joining("|"))),
                Map.entry(
                        "tables",
                        tables.stream()
                                .map(table -> literal(table.schema()) + "\\." + literal(table.table()))
                                .collect(Collectors.joining(","))),
                Map.entry("prefix", prefix()),
                Map.entry("prefix.regex", literal(prefix())),
                Map.entry("registry", registryUrl),
                Map.entry("partitions", Integer.toString(partitions)),
                // The broker's default replication suits one broker and many.
                Map.entry("replication", "-1"),
                Map.entry("heartbeat.interval.ms", Long.toString(heartbeatIntervalMs)));
        Map<String, String> config = new TreeMap<>();
        List<String> templates = withoutKey.isEmpty() ? List.of(TEMPLATE) : List.of(TEMPLATE, WITHOUT_KEY);
        for (String name : templates) {
            Properties template = template(name);
            for (String property : template.stringPropertyNames()) {
                config.put(property, filled(template.getProperty(property), values));
            }
        }
        config.put("name", connectorName());
        config.putAll(overrides);
        return config;
    }

    /**
     * The properties for a connector that is deployed: Millrace's own in their places, and beside them those that the
     * connector has and Millrace never gives.
     */
    public Map<String, String> render(Map<String, String> deployed) {
        Map<String, String> config = new TreeMap<>(deployed);
        for (String name : List.of(TEMPLATE, WITHOUT_KEY)) {
            template(name).stringPropertyNames().forEach(config::remove);
        }
        if (!withoutKey.isEmpty()) {
            config.remove(SNAPSHOT_THREADS);
        }
        config.putAll(render());
        return config;
    }

    private Stream<String> topicsWithoutKey() {
        return tables.stream()
                .filter(withoutKey::contains)
                .map(table -> TopicNames.ofTable(database, table.schema(), table.table()));
    }

    private String prefix() {
        return database + "__" + shard;
    }

    private static String filled(String text, Map<String, String> values) {
        return PLACEHOLDER
                .matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(
                        Objects.requireNonNull(values.get(found.group(1)), () -> "no value for " + found.group())));
    }

    /** The text as a regular expression that matches it and nothing else; commas would part a list of Debezium's. */
    private static String literal(String text) {
        StringBuilder regex = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ',') {
                regex.append("\\x2c");
            } else if (c < 0x80 && !Character.isLetterOrDigit(c) && c != '_' && c != ' ') {
                regex.append('\\').append(c);
            } else {
                regex.append(c);
            }
        }
        return regex.toString();
    }

    private static Properties template(String name) {
        Properties properties = new Properties();
        try (InputStream in = DebeziumConnectorConfig.class.getResourceAsStream(name)) {
            properties.load(Objects.requireNonNull(in, name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }

    private static void requireReference(String property, String value) {
        if (SECRET.matcher(property).find() && !SecretReference.isWhole(value)) {
            throw new IllegalArgumentException(property + " must be a reference such as ${env:VARIABLE} or"
                    + " ${file:path:key}, so that it stays out of Connect's topics");
        }
    }

    private static void name(String what, String name) {
        if (!NAME.matcher(name).matches() || name.contains("__")) {
            throw new IllegalArgumentException("the " + what + " name '" + name
                    + "' must consist of letters, digits, - and single _ and start with a letter or digit");
        }
    }
}
