package io.millrace.catalog;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * How a pipeline runs: millrace.properties, overridden by {@code MILLRACE_*} environment variables. {@code kafka.*} and
 * {@code streams.*} pass straight through to Kafka's clients and to Kafka Streams. Immutable.
 */
public final class PipelineConfig {
    /** Variables that begin so override properties: MILLRACE_HTTP_PORT overrides http.port. */
    public static final String ENVIRONMENT_PREFIX = "MILLRACE_";

    private static final String TOPIC_NAME = "[A-Za-z0-9._-]{1,150}";
    private static final String FOLDER_NAME = "${folder}";
    private static final String PROCESSORS = "${processors}";
    private static final String KAFKA = "kafka.";
    private static final String STREAMS = "streams.";

    public static final ConfigKey<String> APPLICATION_ID = ConfigKey.text(
            "application.id",
            FOLDER_NAME,
            "letters, digits, '.', '_' and '-'",
            TOPIC_NAME,
            "Names the pipeline: its consumer group, its internal topics and its views' topics begin with it.");

    public static final ConfigKey<String> DATABASE = ConfigKey.text(
            "database",
            FOLDER_NAME,
            "letters, digits, '.', '_' and '-'",
            TOPIC_NAME,
            "The logical database: a captured table's topic is <database>.<table>.");

    public static final ConfigKey<Integer> PARTITIONS = ConfigKey.number(
            "partitions",
            "4",
            1,
            10_000,
            "Partitions of the tables' topics and of every internal topic. It cannot change while there is state.");

    public static final ConfigKey<String> BOOTSTRAP_SERVERS = ConfigKey.text(
            "kafka.bootstrap.servers",
            "localhost:9092",
            "host:port pairs, separated by commas",
            "[^\\s,]+:\\d+(\\s*,\\s*[^\\s,]+:\\d+)*",
            "The brokers to start from.");

    public static final ConfigKey<String> SCHEMA_REGISTRY_URL = ConfigKey.text(
            "schema.registry.url",
            "http://localhost:8081",
            "an http or https address",
            "https?://\\S+",
            "The schema registry, by Confluent's REST protocol.");

    public static final ConfigKey<String> HTTP_HOST = ConfigKey.text(
            "http.host",
            "127.0.0.1",
            "a host name or an address",
            "\\S+",
            "The address to serve views on; 0.0.0.0 for all of the machine's.");

    public static final ConfigKey<Integer> HTTP_PORT =
            ConfigKey.number("http.port", "8080", 0, 65_535, "The port to serve views on; 0 takes a free one.");

    public static final ConfigKey<String> APPLICATION_SERVER = ConfigKey.text(
            "application.server",
            "",
            "host:port",
            "|[^\\s:]+:\\d{1,5}",
            "host:port by which other instances reach this one's HTTP; needed where there are several instances.");

    public static final ConfigKey<Path> STATE_DIR = new ConfigKey<>(
            "state.dir",
            ".millrace/state",
            "a path",
            text -> Optional.of(Path.of(text)),
            "Where state is kept on disk; each application.id has a folder of its own there. Lost state is restored.");

    public static final ConfigKey<Integer> THREADS = ConfigKey.number(
            "threads", PROCESSORS, 1, 1_000, "Stream threads of this instance; by default one a processor.");

    public static final ConfigKey<Integer> REPLICATION_FACTOR = ConfigKey.number(
            "replication.factor",
            "-1",
            -1,
            32767,
            "How many brokers hold each topic that Millrace creates; -1 is the brokers' own default.");

    public static final ConfigKey<Integer> STANDBY_REPLICAS = ConfigKey.number(
            "standby.replicas", "0", 0, 100, "How many other instances hold a warm copy of each store.");

    public static final ConfigKey<Integer> COMMIT_MAX_MS = ConfigKey.number(
            "commit.max.ms", "100", 1, 60000, "How long a change may wait for its commit at most, in milliseconds.");

    public static final ConfigKey<Integer> COMMIT_DELAY_MS = ConfigKey.number(
            "commit.delay.ms",
            "5",
            0,
            60000,
            "How long a first change waits for others while more are at hand, in milliseconds.");

    public static final ConfigKey<Integer> COMMIT_SHARE_PERCENT = ConfigKey.number(
            "commit.share.percent", "20", 1, 100, "The share of a busy thread's time that commits may take.");

    public static final ConfigKey<Integer> DELETIONS_RETAIN_MS = ConfigKey.number(
            "deletions.retain.ms",
            "86400000",
            0,
            2147483647,
            "How long a deleted row's position is kept, so that a late duplicate cannot bring the row back.");

    public static final ConfigKey<Integer> SOURCES_WAIT_MS = ConfigKey.number(
            "sources.wait.ms", "0", 0, 2147483647, "How long a start waits for the tables' topics to appear.");

    public static final ConfigKey<Integer> PURGE_INTERVAL_MS = ConfigKey.number(
            "purge.interval.ms", "30000", 100, 86400000, "How often exchanged records that were read are deleted.");

    public static final ConfigKey<Integer> RECORD_MAX_BYTES = ConfigKey.number(
            "record.max.bytes", "16777216", 1048576, 1073741824, "The largest record that is written, in bytes.");

    public static final ConfigKey<Integer> ROCKSDB_MEMORY_BYTES = ConfigKey.number(
            "rocksdb.memory.bytes",
            "268435456",
            8388608,
            2147483647,
            "Cache and write buffers of all stores together, in bytes.");

    public static final ConfigKey<String> STATE_STORES = ConfigKey.text(
            "state.stores",
            "rocksdb",
            "rocksdb or memory",
            "rocksdb|memory",
            "What stores are made of; both are restored from their changelogs.");

    /** Every key, in the order in which the documentation lists them. */
    public static final List<ConfigKey<?>> KEYS = List.of(
            APPLICATION_ID,
            DATABASE,
            PARTITIONS,
            BOOTSTRAP_SERVERS,
            SCHEMA_REGISTRY_URL,
            HTTP_HOST,
            HTTP_PORT,
            APPLICATION_SERVER,
            STATE_DIR,
            THREADS,
            REPLICATION_FACTOR,
            STANDBY_REPLICAS,
            COMMIT_MAX_MS,
            COMMIT_DELAY_MS,
            COMMIT_SHARE_PERCENT,
            DELETIONS_RETAIN_MS,
            SOURCES_WAIT_MS,
            PURGE_INTERVAL_MS,
            RECORD_MAX_BYTES,
            ROCKSDB_MEMORY_BYTES,
            STATE_STORES);

    /** Variables of the same prefix that are the command line's. */
    private static final List<String> NOT_PROPERTIES =
            List.of("MILLRACE_SERVER", "MILLRACE_HOME", "MILLRACE_STATUS_FILE");

    private final Map<String, String> texts;
    private final Map<ConfigKey<?>, Object> values;

    private PipelineConfig(Map<String, String> texts, Map<ConfigKey<?>, Object> values) {
        this.texts = Collections.unmodifiableMap(texts);
        this.values = values;
    }

    /** What was read, with its mistakes. An invalid value is replaced by the default, so that reading can go on. */
    public record Reading(PipelineConfig config, List<UserError> errors, List<UserError> warnings) {}

    private record Given(String text, SourcePlace place) {}

    /**
     * Reads a pipeline's properties.
     *
     * @param text what millrace.properties holds; empty where there is none
     * @param file the file's name, for messages
     * @param folder the pipeline's folder name, which application.id and database default to
     * @param environment the process's variables; an empty one counts as not set
     */
    public static Reading read(String text, String file, String folder, Map<String, String> environment) {
        List<UserError> errors = new ArrayList<>();
        List<UserError> warnings = new ArrayList<>();
        Map<String, Given> given = new TreeMap<>();
        readFile(text, file, given, errors);
        readEnvironment(environment, given);
        Map<String, String> texts = new TreeMap<>();
        given.forEach((name, value) -> {
            if (isKnown(name)) {
                texts.put(name, value.text);
            } else {
                warnings.add(unknown(name, value.place));
            }
        });
        Map<ConfigKey<?>, Object> values = new LinkedHashMap<>();
        for (ConfigKey<?> key : KEYS) {
            values.put(key, value(key, given.get(key.name()), folder, errors));
        }
        texts.putIfAbsent(BOOTSTRAP_SERVERS.name(), (String) values.get(BOOTSTRAP_SERVERS));
        return new Reading(new PipelineConfig(texts, values), errors, warnings);
    }

    /** The value that was given, else the default. */
    @SuppressWarnings("unchecked") // read() puts under each key what that key's own parser made.
    public <T> T get(ConfigKey<T> key) {
        return (T) values.get(key);
    }

    /** Every property by name as text, defaults included. */
    public Map<String, String> all() {
        Map<String, String> all = new TreeMap<>(texts);
        values.forEach((key, value) -> all.put(key.name(), value.toString()));
        return all;
    }

    /** Properties of every Kafka client, the prefix removed; bootstrap.servers is always among them. */
    public Map<String, String> kafka() {
        return below(KAFKA);
    }

    /** Properties of Kafka Streams, the prefix removed. */
    public Map<String, String> streams() {
        return below(STREAMS);
    }

    private Map<String, String> below(String prefix) {
        Map<String, String> below = new TreeMap<>();
        texts.forEach((name, text) -> {
            if (name.startsWith(prefix)) {
                below.put(name.substring(prefix.length()), text);
            }
        });
        return below;
    }

    /** Names only: a value may be a password. */
    @Override
    public String toString() {
        return "PipelineConfig" + texts.keySet();
    }

    /** Line by line, since {@link Properties} does not tell where a property stood. */
    private static void readFile(String text, String file, Map<String, Given> given, List<UserError> errors) {
        List<String> lines = text.lines().toList();
        int next = 0;
        while (next < lines.size()) {
            int first = next;
            StringBuilder logical = new StringBuilder(lines.get(next++));
            while (continues(logical) && next < lines.size()) {
                logical.append('\n').append(lines.get(next++));
            }
            SourcePlace place = new SourcePlace(file, first + 1, 0);
            Properties property = new Properties();
            try {
                property.load(new StringReader(logical.toString()));
            } catch (IllegalArgumentException e) {
                errors.add(invalid(place, e.getMessage(), "a backslash-u takes four hexadecimal digits"));
                continue;
            } catch (IOException e) {
                throw new IllegalStateException("a string cannot fail to be read", e);
            }
            property.forEach((name, value) -> {
                if (given.put((String) name, new Given(((String) value).strip(), place)) != null) {
                    errors.add(invalid(place, name + " is given twice", "keep one of them"));
                }
            });
        }
    }

    /** A line goes on after an odd number of backslashes at its end; a comment does not. */
    private static boolean continues(CharSequence line) {
        String text = line.toString();
        String stripped = text.stripLeading();
        if (stripped.startsWith("#") || stripped.startsWith("!")) {
            return false;
        }
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '\\') {
            end--;
        }
        return (text.length() - end) % 2 == 1;
    }

    private static void readEnvironment(Map<String, String> environment, Map<String, Given> given) {
        environment.forEach((variable, text) -> {
            if (variable.startsWith(ENVIRONMENT_PREFIX) && !text.isBlank() && !NOT_PROPERTIES.contains(variable)) {
                String name = variable.substring(ENVIRONMENT_PREFIX.length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '.');
                given.put(name, new Given(text.strip(), new SourcePlace("$" + variable, 0, 0)));
            }
        });
    }

    private static boolean isKnown(String name) {
        return name.startsWith(KAFKA)
                || name.startsWith(STREAMS)
                || KEYS.stream().anyMatch(key -> key.name().equals(name));
    }

    private static <T> T value(ConfigKey<T> key, Given given, String folder, List<UserError> errors) {
        if (given != null) {
            Optional<T> value = key.valueOf(given.text);
            if (value.isPresent()) {
                return value.get();
            }
            errors.add(invalid(
                    given.place,
                    key.name() + " cannot be '" + given.text + "'",
                    "it takes " + key.accepts() + "; the default is " + key.defaultText()));
        }
        String text = key.defaultText()
                .replace(FOLDER_NAME, folder)
                .replace(PROCESSORS, Integer.toString(Runtime.getRuntime().availableProcessors()));
        Optional<T> value = key.valueOf(text);
        if (value.isEmpty() && given == null) {
            errors.add(UserError.of(
                    UserError.Category.INVALID_PIPELINE,
                    key.name() + " cannot be the folder's name, '" + folder + "'",
                    "set " + key.name() + " in millrace.properties: " + key.accepts()));
        }
        return value.or(() -> key.valueOf("pipeline")).orElseThrow();
    }

    private static UserError unknown(String name, SourcePlace place) {
        return invalid(
                place,
                "unknown property " + name,
                "did you mean "
                        + Nearest.to(name, KEYS.stream().map(ConfigKey::name).toList())
                        + "? Kafka's own begin with kafka. or streams.");
    }

    private static UserError invalid(SourcePlace place, String message, String hint) {
        return new UserError(UserError.Category.INVALID_PIPELINE, place, message, hint);
    }
}
