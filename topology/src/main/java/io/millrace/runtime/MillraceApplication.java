package io.millrace.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.cdn.CdnSink;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.deployment.Deployment;
import io.millrace.runtime.deployment.DeploymentLog;
import io.millrace.runtime.deployment.Generation;
import io.millrace.runtime.deployment.ViewStep;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.state.RocksDbMemory;
import io.millrace.schemas.RegistryClient;
import io.millrace.sink.CacheConnectors;
import io.millrace.sink.ConnectClient;
import io.millrace.sink.SinkDeployer;
import io.millrace.sink.SinkKind;
import io.millrace.sink.SinkProgress;
import io.millrace.sink.SinkState;
import io.millrace.sink.SinkTopics;
import io.millrace.sql.PipelineText;
import io.millrace.sql.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running instance of a pipeline: it deploys its folder if that is new, and then runs what is recorded as deployed, whoever
 * deployed it. Thread-safe.
 */
public final class MillraceApplication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MillraceApplication.class);
    private static final long POSITIONS_INTERVAL_MS = 500;
    private static final long SINKS_INTERVAL_MS = 5_000;
    private static final Duration FOLLOW_PATIENCE = Duration.ofMillis(500);
    private static final long WAIT_INTERVAL_MS = 200;
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long CLOSE_TIMEOUT_MS = 60_000;
    private static final long TAKEN_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** While a change with many matches is worked off it is asked so often how far its rows are read. */
    private static final long FAN_OUT_INTERVAL_MS = 20;

    private final PipelineConfig config;
    private final Admin admin;
    private final RunningGeneration.Shared shared;
    private final GroupMembers members;
    private final DeploymentLog log;
    private final ViewChanges changes;
    private final Thread follower;
    private final ScheduledExecutorService clock;
    private final Optional<SinkDeployer> sinks;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Set<String> measured = ConcurrentHashMap.newKeySet();
    /** By number; written by one thread at a time. */
    private final Map<Integer, RunningGeneration> running = new ConcurrentSkipListMap<>();
    /** By instance when it was last taken over from. */
    private final Map<String, Long> taken = new ConcurrentHashMap<>();
    /** By view what answers for it. */
    private volatile Map<String, RunningGeneration> serving = Map.of();

    /** The views that caches are told of, of which is remembered by which changes their rows came. */
    private volatile Set<String> traced = Set.of();

    private volatile Deployment deployment;
    private volatile Runnable servedListener = () -> {};
    private volatile Consumer<Deployment> deployedListener = deployed -> {};
    /** What runs beside the generations, and is taken over with them. */
    private volatile Supplier<Optional<CompanionApplication>> companion = Optional::empty;

    /** What is deployed and runs here. */
    private volatile Deployment applied;

    private volatile boolean closed;

    private MillraceApplication(PipelineConfig config, PipelineText text, MeterRegistry registry, Admin admin) {
        this.config = config;
        this.admin = admin;
        this.log = DeploymentLog.open(admin, config);
        RegistryClient schemaRegistry = registryClient(config);
        SchemaLookup schemas = SchemaLookup.of(schemaRegistry);
        String instance = StreamsProperties.instanceId(config);
        RocksDbMemory memory = new RocksDbMemory(config.get(PipelineConfig.ROCKSDB_MEMORY_BYTES));
        this.shared = new RunningGeneration.Shared(
                config, admin, schemaRegistry, schemas, new RuntimeMeters(registry), memory, instance, () -> traced);
        this.members = new GroupMembers(admin, instance);
        this.changes = new ViewChanges(config, schemas);
        this.sinks = ConnectClient.of(config)
                .map(connect -> new SinkDeployer(
                        config,
                        connect,
                        SinkTopics.on(admin, config),
                        new SinkProgress(config, admin),
                        registry,
                        SINKS_INTERVAL_MS));
        try {
            this.deployment = deploy(text);
            while (!apply(deployment)) {
                deployment = log.latest().orElseThrow();
            }
        } catch (RuntimeException e) {
            running.values().forEach(RunningGeneration::close);
            sinks.ifPresent(SinkDeployer::close);
            log.close();
            memory.close();
            throw e;
        }
        shared.meters().takeover();
        shared.meters()
                .gauge(
                        "millrace.fanout.pending",
                        "Changes with so many matches that they are worked off in portions, and not done",
                        () -> running.values().stream()
                                .mapToLong(RunningGeneration::fanOutPending)
                                .sum());
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, config.get(PipelineConfig.APPLICATION_ID) + "-positions");
            thread.setDaemon(true);
            return thread;
        });
        every(POSITIONS_INTERVAL_MS, RunningGeneration::lookAtPositions);
        every(FAN_OUT_INTERVAL_MS, RunningGeneration::paceFanOut);
        every(config.get(PipelineConfig.PURGE_INTERVAL_MS), RunningGeneration::purge);
        every(LocalState.FLUSH_INTERVAL.toMillis(), RunningGeneration::keepState);
        this.follower = new Thread(this::follow, config.get(PipelineConfig.APPLICATION_ID) + "-deployments");
        follower.setDaemon(true);
        follower.start();
    }

    /**
     * Starts a pipeline's instance: deploys the pipeline if this instance has not run it before, puts its topics in order,
     * registers its schemas, and begins to process. Returns when it has begun; it is {@linkplain #ready ready} later.
     *
     * @param text what the folder holds
     * @param registry takes the meters
     * @throws UserError when a topic is missing or not as declared, or a broker or the registry cannot be reached, or where there
     *     are sinks but no address of Kafka Connect
     */
    public static MillraceApplication start(PipelineConfig config, PipelineText text, MeterRegistry registry) {
        checkConnect(config, text.sinks());
        Map<String, Object> properties = new HashMap<>(config.kafka());
        Admin admin;
        try {
            admin = Admin.create(properties);
        } catch (KafkaException e) {
            throw RunningGeneration.misconfigured(e);
        }
        try {
            return new MillraceApplication(config, text, registry, admin);
        } catch (RuntimeException e) {
            admin.close(Duration.ZERO);
            throw e;
        }
    }

    private static void checkConnect(PipelineConfig config, List<Sink> sinks) {
        List<Sink> deployed = CacheConnectors.behind(SinkKind.withConnector(sinks), config);
        if (!deployed.isEmpty() && config.get(PipelineConfig.CONNECT_URL).isEmpty()) {
            throw UserError.of(
                    Category.INVALID_PIPELINE,
                    "the pipeline has sinks ("
                            + deployed.stream().map(Sink::name).collect(Collectors.joining(", ")) + "), but "
                            + PipelineConfig.CONNECT_URL.name() + " is not set",
                    "set it to Kafka Connect's REST interface, such as http://connect:8083, or to none if the sinks are"
                            + " not to be deployed");
        }
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

    /** Records what the folder makes of what is deployed, unless this instance has run that folder before. */
    private Deployment deploy(PipelineText text) {
        Path file =
                config.get(PipelineConfig.STATE_DIR).resolve(config.get(PipelineConfig.APPLICATION_ID) + ".deployed");
        try {
            boolean known = Files.exists(file) && Files.readString(file).strip().equals(text.digest());
            Deployment deployed = deploy(text, known);
            Files.writeString(file, text.digest());
            return deployed;
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be used", e);
        }
    }

    private Deployment deploy(PipelineText text, boolean known) {
        while (true) {
            Optional<Deployment> before = log.latest();
            if (before.isPresent() && known) {
                return before.get();
            }
            Deployment after = before.map(each -> each.changedTo(text)).orElseGet(() -> Deployment.first(text));
            before.ifPresent(each -> report(each.steps(text)));
            if (before.isPresent() && after.equals(before.get())) {
                return after;
            }
            Set<Integer> numbers = new LinkedHashSet<>();
            before.ifPresent(each -> each.generations().forEach(old -> numbers.add(old.number())));
            after.generations().stream()
                    .filter(each -> !numbers.contains(each.number()))
                    .forEach(each -> RunningGeneration.check(each, shared));
            if (log.append(after).equals(after)) {
                return after;
            }
            LOG.info("another instance has deployed meanwhile; looking again");
        }
    }

    private static void report(List<ViewStep> steps) {
        for (ViewStep step : steps) {
            if (step.kind() != ViewStep.Kind.UNCHANGED) {
                LOG.info("view {} {}", step.view(), step.kind().meaning());
            }
        }
    }

    /** Runs what is deployed, and records when a new generation has caught up, until it is closed. */
    private void follow() {
        Deployment followed = deployment;
        long nextLogNanos = System.nanoTime() + LOG_INTERVAL_NANOS;
        while (!closed) {
            try {
                if (System.nanoTime() - nextLogNanos >= 0) {
                    nextLogNanos += LOG_INTERVAL_NANOS;
                    building().forEach((view, lag) -> LOG.info("view {} is being built: {} records left", view, lag));
                }
                Deployment latest = log.follow(FOLLOW_PATIENCE).orElse(followed);
                for (RunningGeneration each : running.values()) {
                    int number = each.generation().number();
                    if (isBuilding(latest, number) && each.caughtUp()) {
                        LOG.info("generation {} has caught up", number);
                        latest = log.append(latest.switched(number));
                    }
                }
                if (!latest.equals(followed) && apply(latest)) {
                    followed = latest;
                }
            } catch (RuntimeException e) {
                if (!closed) {
                    LOG.warn("what is deployed could not be followed, and is tried again: {}", e.getMessage(), e);
                    pause();
                }
            }
        }
    }

    private static boolean isBuilding(Deployment deployment, int number) {
        return deployment.generations().stream().anyMatch(each -> each.number() == number && each.building());
    }

    /**
     * Makes what runs here what is deployed. It may be called again after it failed.
     *
     * @return false if something else has been deployed meanwhile, so that it was not done
     */
    private boolean apply(Deployment next) {
        deployment = next;
        traced = next.sinks().stream().filter(CdnSink::isOne).map(Sink::source).collect(Collectors.toSet());
        sinks.ifPresent(each -> each.announce(next.version()));
        serve(next);
        Map<Integer, Generation> wanted = new LinkedHashMap<>();
        next.generations().stream().filter(each -> !each.building()).forEach(each -> wanted.put(each.number(), each));
        next.generations().stream().filter(Generation::building).forEach(each -> wanted.put(each.number(), each));
        for (RunningGeneration each : List.copyOf(running.values())) {
            Generation wantedNow = wanted.get(each.generation().number());
            if (wantedNow == null || wantedNow.revision() != each.generation().revision()) {
                running.remove(each.generation().number());
                each.close();
            }
        }
        for (Generation generation : wanted.values()) {
            if (!running.containsKey(generation.number())) {
                awaitOnlyOf(generation);
                // As late as can be: what has been written by now may take views from the generation.
                if (!log.latest().equals(Optional.of(next))) {
                    return false;
                }
                start(generation);
                serve(next);
            }
        }
        // By now the topics of all views are there.
        sinks.ifPresent(each -> each.deploy(next.version(), next.sinks()));
        for (int number = 1; number < next.next(); number++) {
            if (!wanted.containsKey(number)) {
                remove(number);
            }
        }
        applied = next;
        deployedListener.accept(next);
        // By now nobody runs what older generations have lost.
        running.values().stream()
                .filter(each -> !isBuilding(next, each.generation().number()))
                .forEach(RunningGeneration::allowPublication);
        return true;
    }

    private void awaitOnlyOf(Generation generation) {
        String group = generation.applicationId(config.get(PipelineConfig.APPLICATION_ID));
        while (!members.areOnlyOf(group, generation.revision())) {
            pause();
        }
    }

    private void start(Generation generation) {
        LOG.info("generation {} has {}", generation.number(), String.join(", ", generation.views()));
        int number = generation.number();
        RunningGeneration started = new RunningGeneration(generation, shared, () -> stopped(number));
        running.put(number, started);
        if (!started.alive()) {
            // It was told of before it was known.
            stopped(number);
        }
    }

    /** Deletes all of a generation that has lost all its views. */
    private void remove(int number) {
        String group = Generation.applicationId(config.get(PipelineConfig.APPLICATION_ID), number);
        while (!members.areNone(group)) {
            pause();
        }
        StaleTopics.delete(admin, group, Set.of());
        StaleTopics.deleteGroup(admin, group);
        RunningGeneration.localState(config, group).delete();
        TaskDirectories.delete(RunningGeneration.publishedRows(config, group));
    }

    private void pause() {
        try {
            Thread.sleep(WAIT_INTERVAL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (closed || Thread.currentThread().isInterrupted()) {
            throw new IllegalStateException("the application is being closed");
        }
    }

    private void stopped(int number) {
        RunningGeneration generation = running.get(number);
        // One that is being built or that was closed here is missed by nobody.
        if (generation != null && !isBuilding(deployment, number)) {
            stopped.countDown();
        }
    }

    /** Lets the generations answer that do so in a deployment; one that does not run here at the moment, as it was before. */
    private void serve(Deployment next) {
        Map<String, RunningGeneration> before = serving;
        Map<String, RunningGeneration> after = new LinkedHashMap<>();
        for (Generation generation : next.generations()) {
            if (!generation.building()) {
                for (String view : generation.views()) {
                    RunningGeneration answering = running.getOrDefault(generation.number(), before.get(view));
                    if (answering != null) {
                        after.put(view, answering);
                    }
                }
            }
        }
        List<PlanNode.View> views = new ArrayList<>();
        after.forEach((name, each) -> views.add(each.queries().view(name)));
        changes.serve(views);
        serving = after;
        after.keySet().forEach(this::measure);
        servedListener.run();
    }

    private void measure(String view) {
        if (measured.add(view)) {
            shared.meters().gauge("millrace.view.rows", "Rows of the view on this instance", view, () -> {
                RunningGeneration answering = serving.get(view);
                return answering == null ? 0 : answering.queries().rows(view);
            });
            shared.meters().gauge("millrace.view.lag", "Records left to read below the view", view, () -> {
                RunningGeneration answering = serving.get(view);
                return answering == null ? -1 : answering.queries().lag(view);
            });
        }
    }

    private void every(long intervalMs, java.util.function.Consumer<RunningGeneration> action) {
        // It never fails, so nothing is to be learned from it.
        ScheduledFuture<?> unused = clock.scheduleWithFixedDelay(
                () -> {
                    for (RunningGeneration each : running.values()) {
                        try {
                            action.accept(each);
                        } catch (RuntimeException e) {
                            LOG.debug("not this time", e);
                        }
                    }
                },
                intervalMs,
                intervalMs,
                TimeUnit.MILLISECONDS);
    }

    /** Is told whenever other views, or other versions of them, are served; also now. */
    public void onServed(Runnable listener) {
        servedListener = listener;
        listener.run();
    }

    /** Is told whatever is deployed, once it runs here and the topics of its views are there; also now. */
    public void onDeployed(Consumer<Deployment> listener) {
        deployedListener = listener;
        Deployment now = applied;
        if (now != null) {
            listener.accept(now);
        }
    }

    /** By view, in order, the plan by which it is served. */
    public Map<String, Plan> served() {
        Map<String, Plan> plans = new LinkedHashMap<>();
        serving.forEach((view, answering) -> plans.put(view, answering.plan()));
        return plans;
    }

    /** By view that a new version of is being built, how many records are left to read; -1 while that is not known. */
    public Map<String, Long> building() {
        Map<String, Long> lags = new LinkedHashMap<>();
        for (Generation generation : deployment.generations()) {
            if (generation.building()) {
                RunningGeneration building = running.get(generation.number());
                generation.views().forEach(view -> lags.put(view, building == null ? -1 : building.lag()));
            }
        }
        return lags;
    }

    /** The generation that answers for a view, of this instance; 0 if none does. */
    public int generation(String view) {
        RunningGeneration answering = serving.get(view);
        return answering == null ? 0 : answering.generation().number();
    }

    /** Reads the rows of a version of a view. @throws NotReady if that version is not served any more */
    public ViewQueries queries(PlanNode.View view) throws NotReady {
        RunningGeneration answering = serving.get(view.name());
        if (answering == null || !answering.queries().has(view)) {
            throw NotReady.moving(ViewQueries.switched(view));
        }
        return answering.queries();
    }

    /** {@code host:port} of every other instance that says where it is. */
    public List<String> others() {
        return serving.values().stream()
                .distinct()
                .flatMap(each -> each.queries().others().stream())
                .distinct()
                .toList();
    }

    /** The front of this instance's names in its groups, which it keeps when it is started again. */
    public String instance() {
        return shared.instance();
    }

    /** By what the brokers know this process, in one line. */
    public String presence() {
        return Presence.write(Stream.concat(
                        running.values().stream().map(RunningGeneration::presence),
                        companion.get().stream().map(CompanionApplication::presence))
                .toList());
    }

    /** Names what runs beside the generations of this pipeline, while it does: it is taken over with them. */
    public void accompaniedBy(Supplier<Optional<CompanionApplication>> running) {
        companion = running;
    }

    /** Takes over at once what another instance held whose process was killed. */
    public void takeOver(KilledInstance killed) {
        if (closed || killed.name().equals(shared.instance()) || wasTakenLately(killed)) {
            return;
        }
        LOG.warn("instance {} at {} was killed; its work is taken over", killed.name(), killed.address());
        Takeover takeover = new Takeover(admin, killed);
        Set<String> groups = groups();
        Takeover.atOnce(
                killed.left().stream()
                        .filter(left -> groups.contains(left.group()))
                        .toList(),
                left -> takeOver(takeover, killed, left));
    }

    private void takeOver(Takeover takeover, KilledInstance killed, Presence left) {
        try {
            Optional<RunningGeneration> here = running.values().stream()
                    .filter(each -> each.applicationId().equals(left.group()))
                    .findFirst();
            Optional<CompanionApplication> beside =
                    companion.get().filter(each -> each.name().equals(left.group()));
            if (here.isPresent()) {
                here.get().takeOver(takeover, killed, left);
            } else if (beside.isPresent()) {
                beside.get().takeOver(takeover, left);
            } else {
                // One that is not run here yet waits for the members of an older revision to go.
                boolean unused = takeover.from(left);
            }
        } catch (TimeoutException | RuntimeException e) {
            LOG.warn(
                    "what instance {} left behind in group {} stays until the brokers have missed it long enough",
                    killed.name(),
                    left.group(),
                    e);
        }
    }

    /** An instance that dies so often, or seems to, is left to the brokers. */
    private boolean wasTakenLately(KilledInstance killed) {
        long now = killed.noticedNanos();
        return taken.merge(killed.name(), now, (before, after) -> after - before < TAKEN_PAUSE_NANOS ? before : after)
                != now;
    }

    private Set<String> groups() {
        Set<String> groups = new HashSet<>();
        deployment
                .generations()
                .forEach(each -> groups.add(each.applicationId(config.get(PipelineConfig.APPLICATION_ID))));
        running.values().forEach(each -> groups.add(each.applicationId()));
        // Also where it does not run here yet: it waits for the members of an older deployment to go.
        groups.add(CdnSink.group(config.get(PipelineConfig.APPLICATION_ID)));
        return groups;
    }

    /** How each sink was when it was last looked at; none where sinks are not deployed from here. */
    public List<SinkState> sinks() {
        return sinks.map(SinkDeployer::states).orElse(List.of());
    }

    /** The sinks that are deployed. */
    public List<Sink> deployedSinks() {
        return deployment.sinks();
    }

    /** Follows the views' changes. */
    public ViewChanges changes() {
        return changes;
    }

    /** What Kafka Streams runs, for people. */
    public String describe() {
        StringBuilder text = new StringBuilder();
        running.values().forEach(each -> text.append(each.describe()));
        return text.toString();
    }

    /** What answers for views, each once. */
    private List<RunningGeneration> answering() {
        return serving.values().stream().distinct().toList();
    }

    /** Kafka Streams' state, as it names it: {@code RUNNING}, {@code REBALANCING}, {@code ERROR}. */
    public String state() {
        return answering().stream()
                .filter(each -> !each.ready())
                .findFirst()
                .or(() -> answering().stream().findFirst())
                .map(RunningGeneration::state)
                .orElse("CREATED");
    }

    /** Whether it processes, its state is restored, and it has caught up with its sources once. */
    public boolean ready() {
        return answering().stream().allMatch(RunningGeneration::ready);
    }

    /** How many records are left to read below the view that has the most left; -1 while that is not known. */
    public long lag() {
        return answering().stream().mapToLong(RunningGeneration::lag).max().orElse(-1);
    }

    /** Whether the views that are served have, through all stages, what their sources had a moment ago. */
    public boolean caughtUp() {
        return answering().stream().allMatch(RunningGeneration::caughtUp);
    }

    /** Whether, at a moment in this call, the views that are served had all that their sources held; asks the brokers. */
    public boolean nothingLeft() {
        return answering().stream().allMatch(RunningGeneration::nothingLeft);
    }

    /** Whether it is alive: running, or about to. */
    public boolean alive() {
        return stopped.getCount() > 0;
    }

    /** What stopped it, in words for people, if anything did. */
    public Optional<String> failure() {
        return running.values().stream()
                .flatMap(each -> each.failure().stream())
                .findFirst();
    }

    /** Waits until it has stopped, by {@link #close} or by a failure. */
    public void awaitStopped() throws InterruptedException {
        stopped.await();
    }

    /** Stops it: commits what was processed and leaves the groups, so that others take over at once. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        clock.shutdownNow();
        sinks.ifPresent(SinkDeployer::close);
        changes.close();
        try {
            follower.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.close();
        running.values().parallelStream().forEach(RunningGeneration::close);
        stopped.countDown();
        admin.close(Duration.ofSeconds(1));
        if (running.values().stream().allMatch(RunningGeneration::hasStopped)) {
            // Only then is no store open any more that uses it.
            shared.memory().close();
        }
    }
}
