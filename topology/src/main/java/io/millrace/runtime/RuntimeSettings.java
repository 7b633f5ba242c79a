package io.millrace.runtime;

import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a pipeline's properties say about how it runs. {@code kafka.*} goes to every Kafka client and {@code streams.*} to
 * Kafka Streams, both without the prefix; they win over what is set here. Immutable.
 */
public final class RuntimeSettings {
    /** The pipeline's consumer group and the front of its internal topics' names; default: the pipeline's name. */
    public static final String APPLICATION_ID = "application.id";

    /** The brokers' addresses. */
    public static final String BOOTSTRAP_SERVERS = "bootstrap.servers";

    /** The partition count of the pipeline's topics; default 4. */
    public static final String PARTITIONS = "partitions";

    /** How many brokers hold each topic that is created; default -1, the brokers' own default. */
    public static final String REPLICATION_FACTOR = "replication.factor";

    /** How many threads process; default: one a processor core. */
    public static final String THREADS = "threads";

    /** Where state stores are kept; default {@code .millrace/state}. */
    public static final String STATE_DIRECTORY = "state.dir";

    /** {@code rocksdb} (the default) or {@code memory}: what stores are made of; both are restored from changelogs. */
    public static final String STATE_STORES = "state.stores";

    /** What all RocksDB stores together may use for cache and write buffers, in bytes; default 256 MiB. */
    public static final String ROCKSDB_MEMORY_BYTES = "rocksdb.memory.bytes";

    /** How many other instances hold a warm copy of each store; default 0. */
    public static final String STANDBY_REPLICAS = "standby.replicas";

    /** How long a changed record may wait for a commit at most, in milliseconds; default 100. */
    public static final String COMMIT_MAX_MS = "commit.max.ms";

    /** How long a first change waits for others while more records are at hand, in milliseconds; default 5. */
    public static final String COMMIT_DELAY_MS = "commit.delay.ms";

    /** The share of a busy thread's time that commits may take, in percent; default 20. */
    public static final String COMMIT_SHARE_PERCENT = "commit.share.percent";

    /** How long the position of a deleted row is remembered, in milliseconds; default one day. */
    public static final String DELETIONS_RETAIN_MS = "deletions.retain.ms";

    /** How long a start waits for source topics to appear, in milliseconds; default 0. */
    public static final String SOURCES_WAIT_MS = "sources.wait.ms";

    /** How often records that were read are deleted from exchanges' topics, in milliseconds; default 30,000. */
    public static final String PURGE_INTERVAL_MS = "purge.interval.ms";

    /** The largest record in bytes; default 16 MiB. */
    public static final String RECORD_MAX_BYTES = "record.max.bytes";

    /** {@code host:port} by which other instances reach this one's HTTP. */
    public static final String APPLICATION_SERVER = "application.server";

    private static final String KAFKA_PREFIX = "kafka.";
    private static final String STREAMS_PREFIX = "streams.";

    private final String pipeline;
    private final Map<String, String> properties;

    private RuntimeSettings(String pipeline, Map<String, String> properties) {
        this.pipeline = pipeline;
        this.properties = new TreeMap<>(properties);
    }

    /**
     * The settings of a pipeline.
     *
     * @param pipeline its name
     * @param properties as written in {@code millrace.properties}, overrides included; those of others are ignored
     */
    public static RuntimeSettings of(String pipeline, Map<String, String> properties) {
        return new RuntimeSettings(pipeline, properties);
    }

    public String pipeline() {
        return pipeline;
    }

    /** Every property, as for {@link io.millrace.schemas.RegistryClient#of}. */
    public Map<String, String> properties() {
        return Map.copyOf(properties);
    }

    public String applicationId() {
        return text(APPLICATION_ID).orElse(pipeline);
    }

    String bootstrapServers() {
        return Optional.ofNullable(kafkaProperties().get(BOOTSTRAP_SERVERS))
                .or(() -> text(BOOTSTRAP_SERVERS))
                .orElseThrow(() -> UserError.of(
                        Category.INVALID_PIPELINE,
                        "the property " + BOOTSTRAP_SERVERS + " is missing: the brokers' addresses",
                        "add for example " + BOOTSTRAP_SERVERS + "=localhost:9092"));
    }

    public int partitions() {
        return (int) number(PARTITIONS, 4, 1, 10_000);
    }

    short replicationFactor() {
        return (short) number(REPLICATION_FACTOR, -1, -1, Short.MAX_VALUE);
    }

    int threads() {
        return (int) number(THREADS, Runtime.getRuntime().availableProcessors(), 1, 1_000);
    }

    Path stateDirectory() {
        return Path.of(text(STATE_DIRECTORY).orElse(".millrace/state"));
    }

    boolean storesInMemory() {
        String stores = text(STATE_STORES).orElse("rocksdb");
        return switch (stores) {
            case "rocksdb" -> false;
            case "memory" -> true;
            default ->
                throw UserError.of(
                        Category.INVALID_PIPELINE,
                        "the property " + STATE_STORES + " is " + stores,
                        "write rocksdb or memory");
        };
    }

    long rocksDbMemoryBytes() {
        return number(ROCKSDB_MEMORY_BYTES, 256L << 20, 8L << 20, Long.MAX_VALUE);
    }

    int standbyReplicas() {
        return (int) number(STANDBY_REPLICAS, 0, 0, 100);
    }

    int commitMaxMs() {
        return (int) number(COMMIT_MAX_MS, 100, 1, 60_000);
    }

    int commitDelayMs() {
        return (int) number(COMMIT_DELAY_MS, 5, 0, 60_000);
    }

    int commitSharePercent() {
        return (int) number(COMMIT_SHARE_PERCENT, 20, 1, 100);
    }

    long deletionsRetainMs() {
        return number(DELETIONS_RETAIN_MS, 86_400_000, 0, Long.MAX_VALUE / 1_000);
    }

    long sourcesWaitMs() {
        return number(SOURCES_WAIT_MS, 0, 0, Long.MAX_VALUE / 1_000_000);
    }

    long purgeIntervalMs() {
        return number(PURGE_INTERVAL_MS, 30_000, 100, 86_400_000);
    }

    int recordMaxBytes() {
        return (int) number(RECORD_MAX_BYTES, 16 << 20, 1 << 20, 1 << 30);
    }

    Optional<String> applicationServer() {
        return text(APPLICATION_SERVER);
    }

    /** What every Kafka client is given: {@code kafka.*} without the prefix. */
    public Map<String, String> kafkaProperties() {
        return withoutPrefix(KAFKA_PREFIX);
    }

    Map<String, String> streamsProperties() {
        return withoutPrefix(STREAMS_PREFIX);
    }

    private Map<String, String> withoutPrefix(String prefix) {
        Map<String, String> stripped = new TreeMap<>();
        properties.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                stripped.put(name.substring(prefix.length()), value);
            }
        });
        return stripped;
    }

    private Optional<String> text(String name) {
        return Optional.ofNullable(properties.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    private long number(String name, long otherwise, long least, long greatest) {
        String value = text(name).orElse(null);
        if (value == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= least && number <= greatest) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The message below says all that this one could.
        }
        throw UserError.of(
                Category.INVALID_PIPELINE,
                "the property " + name + " is " + value,
                "write a whole number from " + least + " to " + greatest);
    }
}
