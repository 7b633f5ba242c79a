package io.millrace.invalidation;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.runtime.CommitPacer;
import io.millrace.runtime.CompanionApplication;
import io.millrace.runtime.deployment.Deployment;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.schemas.AvroSerdes;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.RegistryException;
import io.millrace.sink.SinkLag;
import io.millrace.sink.SinkMeters;
import io.millrace.sink.SinkProgress;
import io.millrace.sink.SinkState;
import io.millrace.sql.Sink;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the application of a pipeline's sinks of type cdn, as they are deployed, on a thread of its own: while it waits for something or
 * has failed, the views go on, and it is tried again. Thread-safe.
 */
public final class Invalidations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Invalidations.class);
    private static final long CLOSE_TIMEOUT_MS = 40_000;

    /** The pause before something is tried again. */
    private static final long HURRY_MS = 250;

    /** The pause between tries to leave what was followed. */
    private static final long LEAVE_MS = 1_000;

    /** The pause before an application is started again that has stopped by itself. */
    private static final long FAILED_MS = 10_000;

    /** That pause becomes longer, up to this many times. */
    private static final int MOST_BACKOFF = 30;

    /** What has run for so long has not failed. */
    private static final long STEADY_MS = 60_000;

    /** One does all in turn: there is little to do, and more would commit more often. */
    private static final int THREADS = 1;

    private static final int COMMIT_DELAY_MS = 2;
    private static final int COMMIT_SHARE_PERCENT = 50;
    private static final long LOOK_MS = 5_000;
    private static final String OTHERS = "waiting for other instances to follow what is deployed";

    private final PipelineConfig config;
    private final CdnTopics topics;
    private final MeterRegistry registry;
    private final BooleanSupplier built;
    private final CdnMeters meters;
    private final Thread thread;
    private final Map<String, SinkLag> lags = new ConcurrentHashMap<>();
    private final Map<String, SinkMeters> sinkMeters = new ConcurrentHashMap<>();
    private final HotTags hotTags = new HotTags(() -> System.currentTimeMillis() * 1_000);
    private HotTagsReader hotTagsReader;
    private volatile WantedSinks wanted = WantedSinks.NOTHING;
    private volatile CompanionApplication application;
    private volatile String trouble = "";
    /** Why the application stopped by itself, until another has run for a while. */
    private volatile String stopped = "";

    private int backoff = 1;
    private int latest;
    private boolean purgeFailed;
    private boolean changed;
    private boolean closed;

    /**
     * Begins to follow what is deployed, once that is told.
     *
     * @param built whether the views have caught up: what comes before, as they are built, was never on a page that needs to be
     *     forgotten
     */
    public Invalidations(PipelineConfig config, MeterRegistry registry, BooleanSupplier built) {
        this.config = config;
        this.built = built;
        this.topics = new CdnTopics(config);
        this.registry = registry;
        this.meters = new CdnMeters(registry);
        this.thread = new Thread(this::run, topics.application());
        thread.setDaemon(true);
        thread.start();
    }

    /** The application, while it runs. */
    public Optional<CompanionApplication> running() {
        return Optional.ofNullable(application);
    }

    /** Tells what is deployed. */
    public void deploy(Deployment deployment) {
        WantedSinks next = WantedSinks.of(deployment);
        synchronized (this) {
            // Who told of an older one may only have been slower.
            if (deployment.version() < latest) {
                return;
            }
            latest = deployment.version();
            // Also where there are no sinks: a former life of the pipeline may have had some.
            if (wanted.deployment() == null || !next.isLike(wanted)) {
                wanted = next;
                changed = true;
                notifyAll();
            }
        }
    }

    /**
     * For how long a sink lets caches keep what carries tags, if one of these is hot or was so lately; else 0.
     *
     * @param tags separated by spaces
     */
    public int ttlSeconds(String sink, String tags) {
        return hotTags.ttlSeconds(sink, tags);
    }

    /** How each sink was when it was last looked at, in the order of their definition. */
    public List<SinkState> states() {
        return wanted.sinks().stream().map(this::state).toList();
    }

    private SinkState state(Sink sink) {
        CompanionApplication running = application;
        Optional<String> failure = (running == null ? Optional.<String>empty() : running.failure())
                .or(() -> Optional.of(stopped).filter(text -> !text.isEmpty()));
        String state = failure.isPresent()
                ? "FAILED"
                : running == null ? SinkState.WAITING : running.isRunning() ? "RUNNING" : SinkState.UNASSIGNED;
        return new SinkState(
                sink.name(),
                sink.type(),
                sink.source(),
                topics.application(),
                state,
                running == null ? 0 : running.tasks(),
                failure.or(() -> Optional.of(trouble).filter(text -> !text.isEmpty())),
                Optional.ofNullable(lags.get(sink.name())),
                false);
    }

    private void run() {
        try {
            while (follow()) {
                // Until it is closed.
            }
        } finally {
            // Else the application would be closed in a hurry.
            boolean unused = Thread.interrupted();
            stop();
            sinkMeters.values().forEach(SinkMeters::close);
        }
    }

    /** Runs what is wanted until that is something else. Returns whether to go on. */
    private boolean follow() {
        WantedSinks now;
        synchronized (this) {
            now = wanted;
            changed = false;
        }
        measure(now);
        hotTags.deployed(now.sinks());
        if (now.deployment() == null) {
            return pause(Long.MAX_VALUE);
        }
        long pauseMs;
        try (CdnBrokers brokers = new CdnBrokers(config, topics)) {
            pauseMs = now.sinks().isEmpty() ? leave(now, brokers) : follow(now, brokers);
        } catch (InterruptException e) {
            return false;
        } catch (KafkaException | RegistryException | UserError e) {
            say(e.getMessage());
            pauseMs = FAILED_MS / 10;
        } catch (RuntimeException e) {
            // The views go on whatever it is.
            LOG.error("what caches have to forget cannot be told, and is tried again", e);
            say(e.toString());
            pauseMs = FAILED_MS;
        } finally {
            stop();
        }
        return pause(pauseMs);
    }

    /** The same; returns how long to wait before the next try, if nothing else is wanted by then. */
    private long follow(WantedSinks now, CdnBrokers brokers) {
        try (SinkProgress progress = new SinkProgress(config, brokers.admin())) {
            List<FollowedView> views = now.views();
            if (!start(now, views, brokers)) {
                return HURRY_MS;
            }
            say("");
            boolean goesOn = pause(HURRY_MS);
            long startedAt = System.nanoTime();
            while (goesOn && wanted.isLike(now) && application.isAlive()) {
                if ((System.nanoTime() - startedAt) / 1_000_000 > STEADY_MS) {
                    hasHeld();
                }
                look(now, brokers, progress);
                goesOn = pause(LOOK_MS);
            }
            if (!goesOn || !wanted.isLike(now)) {
                stopped = "";
                return 0;
            }
            return failed();
        }
    }

    /** Takes note that the application runs for good, or is not needed any more. */
    private void hasHeld() {
        stopped = "";
        backoff = 1;
    }

    /** Takes note that the application has stopped by itself; returns how long to wait. */
    private long failed() {
        stopped = application.failure().orElse("the application stopped");
        long wait = FAILED_MS * backoff;
        backoff = Math.min(2 * backoff, MOST_BACKOFF);
        return wait;
    }

    /** Has the last of what is pending told where no sink is left; returns how long to wait before the next try, for ever if that is done. */
    private long leave(WantedSinks now, CdnBrokers brokers) {
        Ending ending = new Ending(config, topics, brokers, meters);
        int revision = topics.revision(List.of(), now.text());
        if (ending.isOver()) {
            return ended();
        }
        if (!ending.mayBegin(revision)) {
            say(OTHERS);
            return LEAVE_MS;
        }
        LOG.info("the last sink of type cdn is gone; what is pending is still told");
        run(revision, List.of());
        while (wanted.isLike(now) && application.isAlive()) {
            if (ending.endsWith(application)) {
                return ended();
            }
            if (!pause(HURRY_MS)) {
                return 0;
            }
        }
        if (!wanted.isLike(now)) {
            return 0;
        }
        long wait = failed();
        say(stopped);
        return wait;
    }

    private long ended() {
        hasHeld();
        say("");
        return Long.MAX_VALUE;
    }

    /** Starts the application; returns whether that could be done by now. */
    private boolean start(WantedSinks now, List<FollowedView> views, CdnBrokers brokers) {
        int revision = topics.revision(views, now.text());
        if (!CompanionApplication.isOnlyOf(config, brokers.admin(), topics.application(), revision)) {
            say(OTHERS);
            return false;
        }
        if (!built.getAsBoolean() && !brokers.areKnown(views)) {
            say("waiting for views to be built");
            return false;
        }
        brokers.prepare(views);
        run(revision, views);
        hotTagsReader = HotTagsReader.start(config, topics, hotTags);
        return true;
    }

    private void run(int revision, List<FollowedView> views) {
        RegistryClient schemaRegistry = RegistryClient.of(config.schemaRegistry());
        CommitPacer pacer = new CommitPacer(COMMIT_DELAY_MS, COMMIT_SHARE_PERCENT);
        application = new CompanionApplication(
                config,
                topics.application(),
                revision,
                THREADS,
                pacer,
                CdnTopology.build(
                        views, topics, SchemaLookup.of(schemaRegistry), meters, pacer, () -> AvroSerdes.values(
                                        schemaRegistry)
                                .serializer()),
                () -> meters.restarts().increment());
    }

    private void look(WantedSinks now, CdnBrokers brokers, SinkProgress progress) {
        try {
            now.sinks().forEach(sink -> progress.lag(sink).ifPresent(lag -> lags.put(sink.name(), lag)));
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.debug("not this time", e);
        }
        try {
            brokers.purge();
            purgeFailed = false;
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            if (!purgeFailed) {
                LOG.warn("topic {} grows, since {}", topics.exchange(), e.getMessage());
            }
            purgeFailed = true;
        }
    }

    /** Has exactly the sinks that are deployed among the meters. */
    private void measure(WantedSinks now) {
        List<String> names = now.sinks().stream().map(Sink::name).toList();
        sinkMeters.keySet().removeIf(name -> {
            if (!names.contains(name)) {
                sinkMeters.get(name).close();
                lags.remove(name);
                return true;
            }
            return false;
        });
        names.forEach(name -> sinkMeters.computeIfAbsent(
                name,
                sink -> new SinkMeters(registry, sink, () -> states().stream()
                        .filter(state -> state.name().equals(sink))
                        .findFirst()
                        .orElse(null))));
    }

    private void stop() {
        if (hotTagsReader != null) {
            hotTagsReader.close();
            hotTagsReader = null;
        }
        CompanionApplication running = application;
        application = null;
        if (running != null) {
            running.close();
        }
    }

    /** Logs what is new. */
    private void say(String text) {
        if (!text.equals(trouble) && !text.isEmpty()) {
            LOG.warn("what caches have to forget is not told yet: {}", text);
        }
        trouble = text;
    }

    /** Waits so long, or until something else is wanted. Returns false when this is closed. */
    private synchronized boolean pause(long ms) {
        long until = System.nanoTime() + Math.min(ms, Long.MAX_VALUE / 4_000_000) * 1_000_000;
        try {
            while (!closed && !changed && System.nanoTime() - until < 0) {
                wait(Math.max(1, (until - System.nanoTime()) / 1_000_000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return !closed;
    }

    /** Stops the application; what is pending is told when it runs again. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
