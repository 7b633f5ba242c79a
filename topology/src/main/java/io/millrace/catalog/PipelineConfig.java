package io.millrace.catalog;

import io.millrace.connectors.http.HttpSinkConnector;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Purge;
import io.millrace.schemas.RegistryClient;
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
import java.util.stream.Stream;

/**
 * How a pipeline runs: millrace.properties, overridden by {@code MILLRACE_*} environment variables. {@code kafka.*} and
 * {@code streams.*} pass straight through to Kafka's clients and to Kafka Streams, {@code sinks.*} to the sinks' connectors.
 * Immutable.
 */
public final class PipelineConfig {
    /** What state is kept in. */
    public enum Stores {
        ROCKSDB,
        MEMORY;

        private static Optional<Stores> named(String text) {
            return Stream.of(values())
                    .filter(stores -> stores.name().toLowerCase(Locale.ROOT).equals(text))
                    .findFirst();
        }
    }

    /** Variables that begin so override properties: MILLRACE_HTTP_PORT overrides http.port. */
    public static final String ENVIRONMENT_PREFIX = "MILLRACE_";

    private static final String HOST_PORT = "[^\\s,]+:\\d{1,5}";

    private static final String ADDRESS = "https?://[^\\s,]+";
    /** Shown in messages. */
    private static final String ADDRESS_WITHOUT_USER = "https?://[^\\s,@]+";
    /** What a topic, or a part of its name, may be called. */
    public static final String TOPIC_NAME = "[A-Za-z0-9._-]{1,150}";

    /** Where this process finds a value that is not written down. */
    private static final String REFERENCE = "\\$\\{(env|file):[^}]+\\}";

    private static final String FOLDER_NAME = "${folder}";
    private static final String PROCESSORS = "${processors}";
    private static final String KAFKA = "kafka.";
    private static final String STREAMS = "streams.";
    static final String SINKS = "sinks.";
    private static final String NO_CONNECT = "none";

    public static final ConfigKey<String> APPLICATION_ID = ConfigKey.text(
            "application.id",
            FOLDER_NAME,
            "letters, digits, '.', '_' and '-', not ending in -g and a number",
            "(?!.*-g\\d+$)" + TOPIC_NAME,
            "Names the pipeline. Its consumer group has this name; its internal topics and its views' topics begin with"
                    + " it. Instances that share it share the work; another name is another pipeline that starts anew. What a"
                    + " changed folder under the same name does: changing-a-pipeline.md. Names with -g and a number are of"
                    + " its later generations.");

    public static final ConfigKey<String> DATABASE = ConfigKey.text(
            "database",
            FOLDER_NAME,
            "letters, digits, '.', '_' and '-'",
            TOPIC_NAME,
            "The logical database, that is all shards together. The topic of a captured table is `<database>.<table>`.");

    public static final ConfigKey<Integer> PARTITIONS = ConfigKey.number(
            "partitions",
            "4",
            1,
            10_000,
            "Partitions of the tables' topics and of every internal topic, and so the most threads that can share the"
                    + " work, over all instances. It cannot change while there is state.");

    public static final ConfigKey<String> BOOTSTRAP_SERVERS = ConfigKey.text(
            "kafka.bootstrap.servers",
            "localhost:9092",
            "host:port pairs, separated by commas",
            list(HOST_PORT),
            "The brokers to ask first; they name the others.");

    public static final ConfigKey<String> SCHEMA_REGISTRY_URL = ConfigKey.text(
            RegistryClient.URL,
            "http://localhost:8081",
            "http or https addresses, separated by commas",
            list(ADDRESS),
            "The schema registry, by Confluent's REST protocol. Of several addresses the next is asked when one does not"
                    + " answer.");

    public static final ConfigKey<Optional<String>> SCHEMA_REGISTRY_USER = ConfigKey.secret(
            RegistryClient.USER_INFO,
            "user:password",
            "[^:]+:.*",
            "Who asks the schema registry, by HTTP basic authentication. Better set by its variable than in a file that"
                    + " is shared; no message shows it.");

    public static final ConfigKey<Optional<String>> CONNECT_URL = ConfigKey.optional(
            "connect.url",
            "http or https addresses, separated by commas, or none",
            list(ADDRESS_WITHOUT_USER) + "|" + NO_CONNECT,
            "Kafka Connect's REST interface, where a pipeline's sinks are deployed as connectors. Of several addresses the"
                    + " next is asked when one does not answer. A pipeline with sinks needs it; with `none` its sinks are"
                    + " not deployed, and connectors that are there are left alone.");

    public static final ConfigKey<Optional<String>> CONNECT_USER = ConfigKey.secret(
            "connect.basic.auth.user.info",
            "user:password",
            "[^:]+:.*",
            "Who asks Kafka Connect, by HTTP basic authentication. Better set by its variable than in a file that is"
                    + " shared; no message shows it.");

    public static final ConfigKey<Optional<String>> CDN_CACHES = ConfigKey.optional(
            "cdn.caches",
            "names of letters, digits and '-', separated by commas",
            list(CacheConfig.NAME),
            "The caches that are kept in step with sinks of type cdn, each by a connector of its own in Kafka Connect."
                    + " `cdn.cache.NAME.provider` and the provider's other properties say what it is: cdn-providers.md.");

    public static final ConfigKey<String> HTTP_HOST = ConfigKey.text(
            "http.host",
            "127.0.0.1",
            "a host name or an address",
            "[A-Za-z0-9._:%-]+",
            "The address to serve views on. By default only this machine can ask; 0.0.0.0 is every address of it.");

    public static final ConfigKey<Integer> HTTP_PORT =
            ConfigKey.number("http.port", "8080", 0, 65_535, "The port to serve views on; 0 takes a free one.");

    public static final ConfigKey<Integer> HTTP_CACHE_BROWSER_SECONDS = ConfigKey.number(
            "http.cache.browser.seconds",
            "0",
            0,
            31_536_000,
            "For how long a reader's own cache may keep an answer without asking, of views that caches are told of:"
                    + " http.md. Nobody can tell it of a change.");

    public static final ConfigKey<Integer> HTTP_CACHE_STALE_SECONDS = ConfigKey.number(
            "http.cache.stale.seconds",
            "10",
            0,
            31_536_000,
            "For how long a cache may give such an answer past its time while it fetches a new one. Where caches are purged"
                    + " softly, and in readers' own caches, it is how old a changed answer can be.");

    public static final ConfigKey<Optional<String>> APPLICATION_SERVER = ConfigKey.optional(
            "application.server",
            "host:port",
            HOST_PORT,
            "Where other instances reach this one's HTTP port. Needed where several instances share a pipeline: a request"
                    + " for a key goes to the instance that holds it.");

    public static final ConfigKey<Path> STATE_DIR = ConfigKey.shown(
            "state.dir",
            ".millrace/state",
            "a path",
            text -> text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text)),
            "Where state is kept on disk, each application.id in a folder of its own. What is lost there is restored from"
                    + " Kafka, which takes time, and so is what was not used for twelve hours.");

    public static final ConfigKey<Stores> STATE_STORES = ConfigKey.shown(
            "state.stores",
            "rocksdb",
            "rocksdb or memory",
            Stores::named,
            "What state is kept in: on disk by RocksDB, or on the Java heap. Both are restored from Kafka when they are"
                    + " lost; memory always is at a start.");

    public static final ConfigKey<Long> ROCKSDB_MEMORY_BYTES = ConfigKey.largeNumber(
            "rocksdb.memory.bytes",
            "268435456",
            8L << 20,
            1L << 50,
            "What the block cache and write buffers of all RocksDB stores of the instance may take together, in bytes,"
                    + " outside the Java heap. Filters and indexes of their files come on top: some two bytes an entry.");

    public static final ConfigKey<Integer> THREADS = ConfigKey.number(
            "threads",
            PROCESSORS,
            1,
            1_000,
            "Threads that process changes in this instance. More than there are partitions would be idle.");

    public static final ConfigKey<Integer> STANDBY_REPLICAS = ConfigKey.number(
            "standby.replicas",
            "0",
            0,
            100,
            "How many other instances hold a warm copy of each store, so that one can take over without restoring it"
                    + " first. With " + APPLICATION_SERVER.name() + " it does so within about a second after a kill.");

    public static final ConfigKey<Integer> REPLICATION_FACTOR = ConfigKey.number(
            "replication.factor",
            "-1",
            -1,
            Short.MAX_VALUE,
            "How many brokers hold each topic that Millrace creates; -1 leaves it to the brokers.");

    public static final ConfigKey<Integer> COMMIT_MAX_MS = ConfigKey.number(
            "commit.max.ms",
            "100",
            1,
            60_000,
            "How long a change may wait for its commit at most, in milliseconds. Readers see what is committed.");

    public static final ConfigKey<Integer> COMMIT_DELAY_MS = ConfigKey.number(
            "commit.delay.ms",
            "5",
            0,
            60_000,
            "How long a first change waits for others to share its commit while more are at hand, in milliseconds. Less"
                    + " is sooner, more is cheaper.");

    public static final ConfigKey<Integer> COMMIT_SHARE_PERCENT = ConfigKey.number(
            "commit.share.percent",
            "20",
            1,
            100,
            "The share of a thread's time that commits may take. Commits become rarer until it is kept,"
                    + " up to commit.max.ms.");

    public static final ConfigKey<Long> DELETIONS_RETAIN_MS = ConfigKey.largeNumber(
            "deletions.retain.ms",
            "86400000",
            0,
            Long.MAX_VALUE / 1_000,
            "How long the position of a deleted row is remembered, in milliseconds, so that a change that is sent again"
                    + " late cannot bring the row back.");

    public static final ConfigKey<Long> SOURCES_WAIT_MS = ConfigKey.largeNumber(
            "sources.wait.ms",
            "0",
            0,
            Long.MAX_VALUE / 1_000_000,
            "How long a start waits for the tables' topics to appear, in milliseconds. By default a missing topic is an"
                    + " error at once.");

    public static final ConfigKey<Integer> PURGE_INTERVAL_MS = ConfigKey.number(
            "purge.interval.ms",
            "30000",
            100,
            86_400_000,
            "How often records between two steps of a view that both sides are done with are deleted from Kafka, in"
                    + " milliseconds.");

    public static final ConfigKey<Integer> RECORD_MAX_BYTES = ConfigKey.number(
            "record.max.bytes",
            "16777216",
            1 << 20,
            1 << 30,
            "The largest record that is written, in bytes. The brokers' message.max.bytes must allow it.");

    public static final ConfigKey<Integer> FANOUT_PORTION_ROWS = ConfigKey.number(
            "fanout.portion.rows",
            "1000",
            1,
            1_000_000,
            "How many matches a join puts out at once. A change that has more is worked off in portions of so many,"
                    + " between which other changes are taken.");

    public static final ConfigKey<Integer> FANOUT_WINDOW_ROWS = ConfigKey.number(
            "fanout.window.rows",
            "10000",
            1,
            1_000_000_000,
            "About how many rows of changes that are worked off in portions may be on their way between two steps of a"
                    + " view. Other changes wait behind them: less keeps these fast, more is sooner done with the portions.");

    public static final ConfigKey<Optional<String>> ALERTS_WEBHOOK_URL = ConfigKey.secret(
            "alerts.webhook.url",
            "an http or https address, or a reference to one",
            "https?://\\S+|" + REFERENCE,
            "Where alerts are posted as JSON: alerts.md. None where it is empty. An address that is a secret itself is best a"
                    + " reference, `${env:NAME}` or `${file:PATH:KEY}`, which the instance looks up.");

    public static final ConfigKey<Optional<String>> ALERTS_WEBHOOK_SECRET = ConfigKey.secret(
            "alerts.webhook.signature.secret",
            "a reference, ${env:NAME} or ${file:PATH:KEY}",
            REFERENCE,
            "Where the secret is by which alerts are signed, as webhooks are. Not signed where it is empty.");

    public static final ConfigKey<Integer> ALERTS_INTERVAL_MS = ConfigKey.number(
            "alerts.interval.ms",
            "15000",
            100,
            60_000,
            "How often one of the instances looks at the dead letters and at the sinks, in milliseconds.");

    public static final ConfigKey<Integer> ALERTS_DEAD_LETTERS_PER_MINUTE = ConfigKey.number(
            "alerts.dead.letters.per.minute",
            "100",
            0,
            1_000_000_000,
            "More dead letters of a topic, a view or a sink in a minute are an alert; 0 for none.");

    public static final ConfigKey<Long> ALERTS_DEAD_LETTER_AGE_MS = ConfigKey.largeNumber(
            "alerts.dead.letter.age.ms",
            "86400000",
            0,
            Long.MAX_VALUE / 1_000_000,
            "A dead letter that is open for longer, in milliseconds, is an alert; 0 for none.");

    public static final ConfigKey<Long> ALERTS_SINK_LAG_MS = ConfigKey.largeNumber(
            "alerts.sink.lag.ms",
            "300000",
            0,
            Long.MAX_VALUE / 1_000_000,
            "A sink whose target lacks a change that was committed longer ago, in milliseconds, is an alert; 0 for none.");

    public static final ConfigKey<Long> ALERTS_SINK_DOWN_MS = ConfigKey.largeNumber(
            "alerts.sink.down.ms",
            "300000",
            0,
            Long.MAX_VALUE / 1_000_000,
            "A sink that does not run for longer, in milliseconds, though nobody has stopped it, is an alert; 0 for none.");

    public static final ConfigKey<String> CDN_INVALIDATIONS_TOPIC = ConfigKey.text(
            "cdn.invalidations.topic",
            Invalidation.TOPIC,
            "letters, digits, '.', '_' and '-'",
            TOPIC_NAME,
            "The topic of what caches have to forget, which sinks of type cdn write: cdn.md. Pipelines may share it.");

    public static final ConfigKey<String> CDN_PURGES_TOPIC = ConfigKey.text(
            "cdn.purges.topic",
            Purge.TOPIC,
            "letters, digits, '.', '_' and '-'",
            TOPIC_NAME,
            "The topic of what came of invalidations at each cache.");

    public static final ConfigKey<Long> CDN_CHANGES_KEPT_MS = ConfigKey.largeNumber(
            "cdn.changes.kept.ms",
            "86400000",
            0,
            Long.MAX_VALUE / 1_000_000,
            "How long the topic of a view with a sink of type cdn keeps each change of a row, in milliseconds, before compaction"
                    + " leaves the last one only (`min.compaction.lag.ms`), counted from its commit in the source. When the pipeline was"
                    + " stopped or behind for longer, purge the caches.");

    public static final ConfigKey<Optional<String>> SCALING_EXECUTORS = ConfigKey.optional(
            "scaling.executors",
            "webhook, kubernetes and process, separated by commas",
            list("(webhook|kubernetes|process)"),
            "What carries out decisions on scaling in `autoscale run`: autoscaling.md. None where it is empty; decisions"
                    + " leave by their topic all the same.");

    public static final ConfigKey<Boolean> SCALING_DRY_RUN = ConfigKey.flag(
            "scaling.executor.dry.run",
            "false",
            "Say what would be done, in the log and in `autoscale status`, and change nothing.");

    public static final ConfigKey<Integer> SCALING_INTERVAL_MS = ConfigKey.number(
            "scaling.executor.interval.ms",
            "5000",
            100,
            3_600_000,
            "How often executors look at how many instances there are, in milliseconds.");

    public static final ConfigKey<Integer> SCALING_RETRIES = ConfigKey.number(
            "scaling.executor.retry.attempts",
            "10",
            -1,
            1_000_000,
            "How often a decision that cannot be carried out for now is tried again before it goes to the dead letters, after"
                    + " pauses that double up to scaling.executor.retry.max.pause.ms; -1 for ever. A newer decision ends it.");

    public static final ConfigKey<Integer> SCALING_RETRY_MAX_PAUSE_MS = ConfigKey.number(
            "scaling.executor.retry.max.pause.ms",
            "30000",
            1,
            86_400_000,
            "The longest pause between two attempts, in milliseconds; the first is half a second.");

    public static final ConfigKey<Long> SCALING_YIELD_MS = ConfigKey.largeNumber(
            "scaling.executor.yield.ms",
            "600000",
            0,
            Long.MAX_VALUE / 1_000_000,
            "When somebody else has changed how many instances there are, no decision is carried out until that number has stood"
                    + " still for so long, in milliseconds, or is the decided one.");

    public static final ConfigKey<Optional<String>> SCALING_WEBHOOK_URL = ConfigKey.secret(
            "scaling.executor.webhook.url",
            "an http or https address, or a reference to one",
            "https?://\\S+|" + REFERENCE,
            "Where decisions are posted as JSON, their id as the Idempotency-Key. References are as in alerts.webhook.url.");

    public static final ConfigKey<Optional<String>> SCALING_WEBHOOK_SECRET = ConfigKey.secret(
            "scaling.executor.webhook.signature.secret",
            "a reference, ${env:NAME} or ${file:PATH:KEY}",
            REFERENCE,
            "Where the secret is by which they are signed, as webhooks are. Not signed where it is empty.");

    public static final ConfigKey<String> SCALING_KUBERNETES_NAMESPACE = ConfigKey.text(
            "scaling.executor.kubernetes.namespace",
            "default",
            "a namespace's name",
            "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
            "The namespace of what is scaled. Which cluster, and who asks, is found as kubectl does: in a pod, its service account.");

    public static final ConfigKey<String> SCALING_KUBERNETES_RESOURCE = ConfigKey.text(
            "scaling.executor.kubernetes.resource",
            "deployment/{service}",
            "deployment/NAME or statefulset/NAME",
            "(deployment|statefulset)/[a-z0-9{}.-]+",
            "What is scaled for a service; {service} stands for its name.");

    public static final ConfigKey<Optional<String>> SCALING_PROCESS_COMMAND = ConfigKey.optional(
            "scaling.executor.process.command",
            "a program and its arguments",
            "[^\\p{Cntrl}]+",
            "The command of a service's worker. {service}, {instance} and {number} stand for the service, the worker's name and its"
                    + " number from 1 on; an argument with spaces, or a part of it, is put in double quotes. There is no shell.");

    public static final ConfigKey<Path> SCALING_PROCESS_DIRECTORY = ConfigKey.shown(
            "scaling.executor.process.directory",
            ".millrace/workers",
            "a path",
            text -> text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text)),
            "Where the process executor keeps which workers it started, and what they print.");

    public static final ConfigKey<Integer> SCALING_PROCESS_GRACE_MS = ConfigKey.number(
            "scaling.executor.process.grace.ms",
            "10000",
            0,
            3_600_000,
            "How long a worker has after SIGTERM before it is killed, in milliseconds.");

    public static final ConfigKey<Long> SCALING_PROCESS_LOG_BYTES = ConfigKey.largeNumber(
            "scaling.executor.process.log.bytes",
            "10485760",
            1024,
            1L << 40,
            "How much a worker's file of what it prints, NUMBER.log, may hold. When it is full it becomes NUMBER.log.1, in the"
                    + " place of the one before.");

    public static final ConfigKey<String> SCALING_HTTP_HOST = ConfigKey.text(
            "scaling.executor.http.host",
            "127.0.0.1",
            "a host name or an address",
            "[A-Za-z0-9._:%-]+",
            "The address at which `autoscale run` tells KEDA and Prometheus of decisions. By default only this machine can ask.");

    public static final ConfigKey<Integer> SCALING_HTTP_PORT =
            ConfigKey.number("scaling.executor.http.port", "8082", 0, 65_535, "Its port; 0 takes a free one.");

    /** Every key, in the order in which the documentation lists them. */
    public static final List<ConfigKey<?>> KEYS = List.of(
            APPLICATION_ID,
            DATABASE,
            PARTITIONS,
            BOOTSTRAP_SERVERS,
            SCHEMA_REGISTRY_URL,
            SCHEMA_REGISTRY_USER,
            CONNECT_URL,
            CONNECT_USER,
            CDN_CACHES,
            HTTP_HOST,
            HTTP_PORT,
            HTTP_CACHE_BROWSER_SECONDS,
            HTTP_CACHE_STALE_SECONDS,
            APPLICATION_SERVER,
            STATE_DIR,
            STATE_STORES,
            ROCKSDB_MEMORY_BYTES,
            THREADS,
            STANDBY_REPLICAS,
            REPLICATION_FACTOR,
            COMMIT_MAX_MS,
            COMMIT_DELAY_MS,
            COMMIT_SHARE_PERCENT,
            DELETIONS_RETAIN_MS,
            SOURCES_WAIT_MS,
            PURGE_INTERVAL_MS,
            RECORD_MAX_BYTES,
            FANOUT_PORTION_ROWS,
            FANOUT_WINDOW_ROWS,
            ALERTS_WEBHOOK_URL,
            ALERTS_WEBHOOK_SECRET,
            ALERTS_INTERVAL_MS,
            ALERTS_DEAD_LETTERS_PER_MINUTE,
            ALERTS_DEAD_LETTER_AGE_MS,
            ALERTS_SINK_LAG_MS,
            ALERTS_SINK_DOWN_MS,
            CDN_INVALIDATIONS_TOPIC,
            CDN_PURGES_TOPIC,
            CDN_CHANGES_KEPT_MS,
            SCALING_EXECUTORS,
            SCALING_DRY_RUN,
            SCALING_INTERVAL_MS,
            SCALING_RETRIES,
            SCALING_RETRY_MAX_PAUSE_MS,
            SCALING_YIELD_MS,
            SCALING_WEBHOOK_URL,
            SCALING_WEBHOOK_SECRET,
            SCALING_KUBERNETES_NAMESPACE,
            SCALING_KUBERNETES_RESOURCE,
            SCALING_PROCESS_COMMAND,
            SCALING_PROCESS_DIRECTORY,
            SCALING_PROCESS_GRACE_MS,
            SCALING_PROCESS_LOG_BYTES,
            SCALING_HTTP_HOST,
            SCALING_HTTP_PORT);

    /** Variables of the same prefix that are the command line's. */
    private static final List<String> NOT_PROPERTIES =
            List.of("MILLRACE_SERVER", "MILLRACE_HOME", "MILLRACE_STATUS_FILE");

    private final Map<String, String> texts;
    private final Map<ConfigKey<?>, Object> values;
    private final List<CacheConfig> caches;

    private PipelineConfig(Map<String, String> texts, Map<ConfigKey<?>, Object> values, List<CacheConfig> caches) {
        this.texts = Collections.unmodifiableMap(texts);
        this.values = values;
        this.caches = caches;
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
                checkSecret(name, value, errors);
                checkRetryDelay(name, value, errors);
            } else {
                warnings.add(unknown(name, value.place));
            }
        });
        Map<ConfigKey<?>, Object> values = new LinkedHashMap<>();
        for (ConfigKey<?> key : KEYS) {
            values.put(key, value(key, given.get(key.name()), folder, errors));
        }
        texts.putIfAbsent(BOOTSTRAP_SERVERS.name(), (String) values.get(BOOTSTRAP_SERVERS));
        List<CacheConfig> caches = CacheConfig.read(
                cacheNames(values),
                texts,
                name -> Optional.ofNullable(given.get(name))
                        .or(() -> Optional.ofNullable(given.get(CDN_CACHES.name())))
                        .map(Given::place)
                        .orElseGet(() -> new SourcePlace(file, 0, 0)),
                errors);
        return new Reading(new PipelineConfig(texts, values, caches), errors, warnings);
    }

    private static void checkSecret(String name, Given given, List<UserError> errors) {
        if (name.startsWith(SINKS)) {
            SecretProperty.mistake(name.substring(SINKS.length()), given.text)
                    .ifPresent(
                            mistake -> errors.add(invalid(given.place, name + " " + mistake, SecretProperty.INSTEAD)));
        }
    }

    /** It names the topics in which messages wait, which the pipeline has another connector read. */
    private static void checkRetryDelay(String name, Given given, List<UserError> errors) {
        if (name.equals(SINKS + HttpSinkConnector.RETRY_TOPIC_DELAY) && !given.text.matches("\\d{1,9}")) {
            errors.add(invalid(
                    given.place,
                    name + " is no number, but it names the topics that the pipeline has read",
                    "write how many milliseconds"));
        }
    }

    /** This configuration with another value of one key. */
    public <T> PipelineConfig with(ConfigKey<T> key, T value) {
        Map<String, String> otherTexts = new TreeMap<>(texts);
        otherTexts.put(key.name(), value.toString());
        Map<ConfigKey<?>, Object> otherValues = new LinkedHashMap<>(values);
        otherValues.put(key, value);
        return new PipelineConfig(otherTexts, otherValues, caches);
    }

    /** The value that was given, else the default. */
    @SuppressWarnings("unchecked") // read() puts under each key what that key's own parser made.
    public <T> T get(ConfigKey<T> key) {
        return (T) values.get(key);
    }

    /** Whether somebody gave a value, be it the default. */
    public boolean isGiven(ConfigKey<?> key) {
        return texts.containsKey(key.name());
    }

    /** What the schema registry's client is given, by the names of {@link RegistryClient}. */
    public Map<String, String> schemaRegistry() {
        Map<String, String> properties = new TreeMap<>(Map.of(RegistryClient.URL, get(SCHEMA_REGISTRY_URL)));
        get(SCHEMA_REGISTRY_USER).ifPresent(user -> properties.put(RegistryClient.USER_INFO, user));
        return properties;
    }

    /** Properties of every Kafka client, the prefix removed; bootstrap.servers is always among them. */
    public Map<String, String> kafka() {
        return below(KAFKA);
    }

    /** Properties of Kafka Streams, the prefix removed. */
    public Map<String, String> streams() {
        return below(STREAMS);
    }

    /** Properties of every sink's connector, the prefix removed. */
    public Map<String, String> sinks() {
        return below(SINKS);
    }

    /** Where sinks are deployed; empty where they are not to be. */
    public List<String> connectUrls() {
        return get(CONNECT_URL)
                .filter(urls -> !urls.equals(NO_CONNECT))
                .map(urls -> List.of(urls.split("\\s*,\\s*", -1)))
                .orElse(List.of());
    }

    /** The caches that are kept in step, in the order in which they are named. */
    public List<CacheConfig> caches() {
        return caches;
    }

    private static List<String> cacheNames(Map<ConfigKey<?>, Object> values) {
        Optional<?> names = (Optional<?>) values.get(CDN_CACHES);
        return names.map(each -> List.of(((String) each).split("\\s*,\\s*", -1)).stream()
                        .distinct()
                        .toList())
                .orElse(List.of());
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
                || name.startsWith(SINKS)
                || name.startsWith(CacheConfig.PREFIX)
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
                    key.name() + " cannot be " + key.shown(given.text),
                    "it takes " + key.accepts()
                            + (key.defaultText().isEmpty() ? "" : "; the default is " + key.defaultText())));
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
        List<String> known = new ArrayList<>(KEYS.stream().map(ConfigKey::name).toList());
        int dot = name.indexOf('.') + 1;
        if (dot > 0) {
            // Behind these prefixes every name is Kafka's, so only the prefix itself can be mistaken.
            known.add(KAFKA + name.substring(dot));
            known.add(STREAMS + name.substring(dot));
            known.add(SINKS + name.substring(dot));
        }
        return invalid(
                place,
                "unknown property " + name,
                "did you mean " + Nearest.to(name, known) + "? Kafka's own begin with kafka., streams. or sinks.");
    }

    private static String list(String regex) {
        return regex + "(\\s*,\\s*" + regex + ")*";
    }

    private static UserError invalid(SourcePlace place, String message, String hint) {
        return new UserError(UserError.Category.INVALID_PIPELINE, place, message, hint);
    }
}
