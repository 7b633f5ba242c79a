package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.plan.Plan;
import io.millrace.runtime.deployment.Generation;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.state.DiskStores;
import io.millrace.runtime.state.RocksDbMemory;
import io.millrace.schemas.RegistryClient;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.StreamsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A generation as it runs on this instance: an application of Kafka Streams. Thread-safe. */
final class RunningGeneration implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunningGeneration.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final Generation generation;
    private final String applicationId;
    private final Plan plan;
    private final Topology topology;
    private final PacedClients clients;
    private final KafkaStreams streams;
    private final Positions positions;
    private final StreamsFailures failures;
    private final Publication publication;
    private final FanOut fanOut;
    private final ViewQueries queries;
    private final DiskStores stores;
    private final LocalState local;
    private final ExecutorService beside;
    private final AtomicReference<KilledInstance> takingOver = new AtomicReference<>();
    private volatile boolean stoppedInTime;

    /**
     * What all generations of an instance share.
     *
     * @param instance the front of the instance's names in consumer groups
     * @param traced the views of which is remembered by which changes their rows came
     */
    record Shared(
            PipelineConfig config,
            Admin admin,
            RegistryClient registry,
            SchemaLookup schemas,
            RuntimeMeters meters,
            RocksDbMemory memory,
            String instance,
            Supplier<Set<String>> traced) {}

    /**
     * Starts a generation, of which no other revision runs. What its views have lost is deleted.
     *
     * @param stopped is told when it has stopped, by whatever
     */
    RunningGeneration(Generation generation, Shared shared, Runnable stopped) {
        PipelineConfig config = shared.config();
        PipelineTopics topics = PipelineTopics.of(config, generation);
        this.generation = generation;
        this.applicationId = topics.applicationId();
        this.plan = generation.plan();
        new Topics(shared.admin(), config, topics, plan).prepare();
        this.publication = topics.ofLaterGeneration()
                ? Publication.late(
                        new PublishedTopics(
                                shared.admin(), config.kafka(), publishedRows(config, applicationId), shared.schemas()),
                        Publication.COMPARE_LIMIT)
                : Publication.fromTheStart();
        ViewProgress progress = new ViewProgress(plan.views(), shared.traced());
        CommitPacer pacer = new CommitPacer(
                config.get(PipelineConfig.COMMIT_DELAY_MS), config.get(PipelineConfig.COMMIT_SHARE_PERCENT));
        this.fanOut = new FanOut(
                plan,
                topics,
                config.get(PipelineConfig.PARTITIONS),
                config.get(PipelineConfig.FANOUT_PORTION_ROWS),
                config.get(PipelineConfig.FANOUT_WINDOW_ROWS),
                FanOut.AT_A_TIME);
        this.beside = Executors.newSingleThreadExecutor(RunningGeneration::besideThread);
        this.stores = new DiskStores(shared.memory());
        StageResources resources = new StageResources(
                plan,
                topics,
                config.get(PipelineConfig.PARTITIONS),
                config.get(PipelineConfig.DELETIONS_RETAIN_MS),
                shared.schemas(),
                Topics.register(shared.registry(), topics, plan),
                progress,
                shared.meters(),
                new FailureLog(),
                pacer,
                fanOut,
                publication,
                stores,
                beside);
        this.topology = TopologyBuilder.build(
                resources, config.get(PipelineConfig.STATE_STORES) == PipelineConfig.Stores.MEMORY);
        this.local = localState(config, applicationId);
        local.discardOld();
        if (generation.revision() > 1) {
            TaskDirectories.arrange(config.get(PipelineConfig.STATE_DIR).resolve(applicationId), topology);
            StaleTopics.delete(shared.admin(), applicationId, topics.internal(plan));
        }
        this.positions = new Positions(shared.admin(), topics, plan, config.get(PipelineConfig.PARTITIONS));
        this.failures = new StreamsFailures(() -> shared.meters().restarts().increment());
        this.clients = new PacedClients(pacer, fanOut, stores);
        this.streams = newStreams(shared);
        this.queries = new ViewQueries(streams, plan, config, topics, progress, positions);
        streams.setUncaughtExceptionHandler(failures);
        streams.setStateListener((now, before) -> {
            LOG.info("application {} is {}", applicationId, now);
            if (now == KafkaStreams.State.RUNNING) {
                hasTakenOver(shared.meters());
            }
            if (now.hasCompletedShutdown()) {
                stopped.run();
            }
        });
        try {
            streams.start();
        } catch (ProcessorStateException e) {
            beside.shutdownNow();
            // It has the lock of the folder, without which nobody can try again.
            streams.close(CloseOptions.timeout(Duration.ZERO));
            throw unusable(config.get(PipelineConfig.STATE_DIR), e);
        }
    }

    /** Checks what a generation needs before it is deployed, and registers its views' schemas. */
    static void check(Generation generation, Shared shared) {
        PipelineTopics topics = PipelineTopics.of(shared.config(), generation);
        Plan plan = generation.plan();
        new Topics(shared.admin(), shared.config(), topics, plan).prepare();
        Topics.register(shared.registry(), topics, plan);
    }

    /** An application's stores on this instance. */
    static LocalState localState(PipelineConfig config, String applicationId) {
        return new LocalState(config.get(PipelineConfig.STATE_DIR), applicationId, System::currentTimeMillis);
    }

    /** Where is kept what is read of views' topics. */
    static Path publishedRows(PipelineConfig config, String applicationId) {
        return config.get(PipelineConfig.STATE_DIR).resolve(applicationId + ".published");
    }

    private static Thread besideThread(Runnable work) {
        Thread thread = new Thread(work, "beside-tasks");
        thread.setDaemon(true);
        return thread;
    }

    private KafkaStreams newStreams(Shared shared) {
        try {
            return new KafkaStreams(
                    topology,
                    new StreamsConfig(StreamsProperties.of(
                            shared.config(),
                            applicationId,
                            GroupMembers.name(shared.instance(), generation.revision()))),
                    clients);
        } catch (ConfigException | StreamsException e) {
            throw misconfigured(e);
        }
    }

    private static UserError unusable(Path folder, ProcessorStateException e) {
        String cause = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
        UserError error = UserError.of(
                Category.INVALID_PIPELINE,
                "the state in " + folder.toAbsolutePath() + " cannot be used: " + e.getMessage() + cause,
                "see that the folder can be written and its disk has room; what is deleted of it is restored from Kafka");
        error.initCause(e);
        return error;
    }

    static UserError misconfigured(RuntimeException e) {
        String cause = e.getCause() == null
                ? e.getMessage()
                : e.getMessage() + ": " + e.getCause().getMessage();
        UserError error = UserError.of(
                Category.INVALID_PIPELINE, "Kafka's clients cannot be set up: " + cause, "check millrace.properties");
        error.initCause(e);
        return error;
    }

    Generation generation() {
        return generation;
    }

    Plan plan() {
        return plan;
    }

    ViewQueries queries() {
        return queries;
    }

    /** Lets its views go to their topics. */
    void allowPublication() {
        publication.allow();
    }

    String applicationId() {
        return applicationId;
    }

    /** By what the brokers know this process in the generation's group. */
    Presence presence() {
        return clients.presence(applicationId);
    }

    /** Takes over at once what a killed process held, instead of when the brokers have missed it for long enough. */
    void takeOver(Takeover takeover, KilledInstance killed, Presence left) throws TimeoutException {
        takingOver.set(killed);
        boolean gained = false;
        try {
            long startNanos = System.nanoTime();
            gained = takeover.from(left);
            if (gained) {
                clients.rejoin(startNanos);
            }
        } finally {
            // Where another instance was faster this one may be about to run with its part.
            if (!gained && isRunning()) {
                takingOver.compareAndSet(killed, null);
            }
        }
    }

    private void hasTakenOver(RuntimeMeters meters) {
        KilledInstance done = takingOver.getAndSet(null);
        if (done != null) {
            Duration took = Duration.ofNanos(System.nanoTime() - done.noticedNanos());
            meters.takeover().record(took);
            LOG.info(
                    "application {} has taken over from instance {}, {} ms after its death was noticed",
                    applicationId,
                    done.name(),
                    took.toMillis());
        }
    }

    /** Asks the brokers how far it is. */
    void lookAtPositions() {
        positions.refresh();
    }

    /** Tells how far rows of changes with many matches are read. */
    void paceFanOut() {
        positions.tell(fanOut);
    }

    /** How many changes with many matches are not done. */
    long fanOutPending() {
        return fanOut.pending();
    }

    /** Has its stores survive a kill as they are now. */
    void keepState() {
        beside.execute(() -> {
            try {
                // While stores are opened or restored, not all are there, or not whole.
                boolean running = isRunning();
                stores.flush();
                if (running && isRunning()) {
                    local.noteWhole();
                }
            } catch (InvalidStateStoreException e) {
                LOG.debug("a store was closed meanwhile; not this time", e);
            } catch (ProcessorStateException | UncheckedIOException e) {
                LOG.warn(
                        "application {} cannot write its state, and would restore more after a kill", applicationId, e);
            }
        });
    }

    /** Deletes what its exchanges are done with. */
    void purge() {
        positions.purge();
    }

    /** Whether it processes, its state is restored, and it has caught up with its sources once. */
    boolean ready() {
        return isRunning() && positions.caughtUpOnce();
    }

    /** Whether its views have, through all stages, what their sources had a moment ago. */
    boolean caughtUp() {
        return isRunning() && positions.caughtUpThrough();
    }

    /** Whether, at a moment in this call, its views had all that their sources held; asks the brokers. */
    boolean nothingLeft() {
        return isRunning() && fanOut.pending() == 0 && positions.nothingLeft() && fanOut.pending() == 0;
    }

    /** How many records are left to read below its views; -1 while that is not known. */
    long lag() {
        return plan.views().stream()
                .mapToLong(view -> positions.lag(view.name()))
                .max()
                .orElse(-1);
    }

    String state() {
        return streams.state().name();
    }

    boolean alive() {
        KafkaStreams.State state = streams.state();
        return state == KafkaStreams.State.CREATED || state.isRunningOrRebalancing();
    }

    /** What stopped it, in words for people, if anything did. */
    Optional<String> failure() {
        return Optional.ofNullable(failures.fatal()).map(StreamsFailures::message);
    }

    String describe() {
        return topology.describe().toString();
    }

    /** Whether it has stopped, so that no store is open any more. */
    boolean hasStopped() {
        return stoppedInTime;
    }

    /** Stops it: commits what was processed and leaves the group, so that others take over at once. */
    @Override
    public void close() {
        boolean whole = isRunning();
        stoppedInTime = streams.close(CloseOptions.timeout(CLOSE_TIMEOUT)
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        publication.close();
        endBeside();
        if (!stoppedInTime) {
            LOG.warn("application {} did not stop within {}", applicationId, CLOSE_TIMEOUT);
        } else if (whole) {
            noteWhole();
        }
    }

    private boolean isRunning() {
        return streams.state() == KafkaStreams.State.RUNNING;
    }

    private void endBeside() {
        beside.shutdownNow();
        try {
            // What it notes must not come after what is noted when all is closed.
            if (!beside.awaitTermination(CLOSE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("application {} still writes its state", applicationId);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void noteWhole() {
        try {
            local.noteWhole();
        } catch (UncheckedIOException e) {
            LOG.warn("application {} will restore its state when it is started again", applicationId, e);
        }
    }
}
