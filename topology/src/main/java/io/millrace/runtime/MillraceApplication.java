package io.millrace.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.schemas.RegistryClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running instance of a pipeline. Thread-safe. */
public final class MillraceApplication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MillraceApplication.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);
    private static final long POSITIONS_INTERVAL_MS = 500;

    /** While a change with many matches is worked off it is asked so often how far its rows are read. */
    private static final long FAN_OUT_INTERVAL_MS = 20;

    private final KafkaStreams streams;
    private final Topology topology;
    private final Admin admin;
    private final RocksDbMemory memory;
    private final Positions positions;
    private final StreamsFailures failures;
    private final ViewQueries queries;
    private final ViewChanges changes;
    private final ScheduledExecutorService clock;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private boolean closed;

    private MillraceApplication(PipelineConfig config, Plan plan, MeterRegistry registry, Admin admin) {
        this.admin = admin;
        PipelineTopics topics = PipelineTopics.of(config);
        new Topics(admin, config, plan).prepare();
        RegistryClient schemaRegistry = registryClient(config);
        RuntimeMeters meters = new RuntimeMeters(registry);
        ViewProgress progress = new ViewProgress(plan.views());
        CommitPacer pacer = new CommitPacer(
                config.get(PipelineConfig.COMMIT_DELAY_MS), config.get(PipelineConfig.COMMIT_SHARE_PERCENT));
        FanOut fanOut = new FanOut(
                plan,
                topics,
                config.get(PipelineConfig.PARTITIONS),
                config.get(PipelineConfig.FANOUT_PORTION_ROWS),
                config.get(PipelineConfig.FANOUT_WINDOW_ROWS),
                FanOut.AT_A_TIME);
        SchemaLookup schemas = SchemaLookup.of(schemaRegistry);
        StageResources resources = new StageResources(
                plan,
                topics,
                config.get(PipelineConfig.PARTITIONS),
                config.get(PipelineConfig.DELETIONS_RETAIN_MS),
                schemas,
                Topics.register(schemaRegistry, topics, plan),
                progress,
                meters,
                new FailureLog(),
                pacer,
                fanOut);
        this.topology = TopologyBuilder.build(
                resources, config.get(PipelineConfig.STATE_STORES) == PipelineConfig.Stores.MEMORY);
        this.memory = new RocksDbMemory(config.get(PipelineConfig.ROCKSDB_MEMORY_BYTES));
        this.positions = new Positions(admin, topics, plan, config.get(PipelineConfig.PARTITIONS));
        this.failures = new StreamsFailures(() -> meters.restarts().increment());
        this.streams = newStreams(config, new PacedClients(pacer, fanOut));
        this.queries = new ViewQueries(streams, plan, config, progress, positions);
        this.changes = new ViewChanges(config, plan, schemas);
        for (PlanNode.View view : plan.views()) {
            String name = view.name();
            meters.gauge("millrace.view.rows", "Rows of the view on this instance", name, () -> queries.rows(name));
            meters.gauge("millrace.view.lag", "Records left to read below the view", name, () -> queries.lag(name));
        }
        meters.gauge(
                "millrace.fanout.pending",
                "Changes with so many matches that they are worked off in portions, and not done",
                fanOut::pending);
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, config.get(PipelineConfig.APPLICATION_ID) + "-positions");
            thread.setDaemon(true);
            return thread;
        });
        streams.setUncaughtExceptionHandler(failures);
        streams.setStateListener((now, before) -> {
            LOG.info("application {} is {}", config.get(PipelineConfig.APPLICATION_ID), now);
            if (now.hasCompletedShutdown()) {
                stopped.countDown();
            }
        });
        streams.start();
        every(POSITIONS_INTERVAL_MS, positions::refresh);
        every(FAN_OUT_INTERVAL_MS, () -> positions.tell(fanOut));
        every(config.get(PipelineConfig.PURGE_INTERVAL_MS), positions::purge);
    }

    /**
     * Starts a pipeline's instance: puts its topics in order, registers its schemas, and begins to process. Returns when it
     * has begun; it is {@linkplain #ready ready} later.
     *
     * @param registry takes the meters
     * @throws UserError when a topic is missing or not as declared, or a broker or the registry cannot be reached
     */
    public static MillraceApplication start(PipelineConfig config, Plan plan, MeterRegistry registry) {
        Map<String, Object> properties = new HashMap<>(config.kafka());
        Admin admin;
        try {
            admin = Admin.create(properties);
        } catch (KafkaException e) {
            throw misconfigured(e);
        }
        try {
            return new MillraceApplication(config, plan, registry, admin);
        } catch (RuntimeException e) {
            admin.close(Duration.ZERO);
            throw e;
        }
    }

    private KafkaStreams newStreams(PipelineConfig config, PacedClients clients) {
        try {
            return new KafkaStreams(topology, new StreamsConfig(StreamsProperties.of(config, memory)), clients);
        } catch (ConfigException | StreamsException e) {
            memory.close();
            throw misconfigured(e);
        }
    }

    private static UserError misconfigured(RuntimeException e) {
        String cause = e.getCause() == null
                ? e.getMessage()
                : e.getMessage() + ": " + e.getCause().getMessage();
        UserError error = UserError.of(
                Category.INVALID_PIPELINE, "Kafka's clients cannot be set up: " + cause, "check millrace.properties");
        error.initCause(e);
        return error;
    }

    private static RegistryClient registryClient(PipelineConfig config) {
        try {
            return RegistryClient.of(config.schemaRegistry());
        } catch (IllegalArgumentException e) {
            throw UserError.of(
                    Category.INVALID_PIPELINE,
                    e.getMessage(),
                    "add for example " + RegistryClient.URL + "=http://localhost:8081");
        }
    }

    private void every(long intervalMs, Runnable action) {
        // It never fails, so nothing is to be learned from it.
        ScheduledFuture<?> unused = clock.scheduleWithFixedDelay(
                () -> {
                    try {
                        action.run();
                    } catch (RuntimeException e) {
                        LOG.debug("not this time", e);
                    }
                },
                intervalMs,
                intervalMs,
                TimeUnit.MILLISECONDS);
    }

    /** Reads the views. */
    public ViewQueries queries() {
        return queries;
    }

    /** Follows the views' changes. */
    public ViewChanges changes() {
        return changes;
    }

    /** What Kafka Streams runs, for people. */
    public String describe() {
        return topology.describe().toString();
    }

    /** Kafka Streams' state, as it names it: {@code RUNNING}, {@code REBALANCING}, {@code ERROR}. */
    public String state() {
        return streams.state().name();
    }

    /** Whether it processes, its state is restored, and it has caught up with its sources once. */
    public boolean ready() {
        return streams.state() == KafkaStreams.State.RUNNING && positions.caughtUpOnce();
    }

    /** Whether it is alive: running, or about to. */
    public boolean alive() {
        KafkaStreams.State state = streams.state();
        return state == KafkaStreams.State.CREATED || state.isRunningOrRebalancing();
    }

    /** What stopped it, in words for people, if anything did. */
    public Optional<String> failure() {
        return Optional.ofNullable(failures.fatal()).map(StreamsFailures::message);
    }

    /** Waits until it has stopped, by {@link #close} or by a failure. */
    public void awaitStopped() throws InterruptedException {
        stopped.await();
    }

    /** Stops it: commits what was processed and leaves the group, so that others take over at once. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        clock.shutdownNow();
        changes.close();
        boolean inTime = streams.close(CloseOptions.timeout(CLOSE_TIMEOUT)
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        stopped.countDown();
        admin.close(Duration.ofSeconds(1));
        if (inTime) {
            // Only then is no store open any more that uses it.
            memory.close();
        } else {
            LOG.warn("the application did not stop within {}", CLOSE_TIMEOUT);
        }
    }
}
