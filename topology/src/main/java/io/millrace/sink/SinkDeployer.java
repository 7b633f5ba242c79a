package io.millrace.sink;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.sql.Sink;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the connectors of Kafka Connect equal to the sinks that are deployed, on a thread of its own: what fails is tried again,
 * and the views go on meanwhile. Every instance of a pipeline does so; all of them do the same, and what one finds done it leaves
 * alone:
 *
 * <ul>
 *   <li>A connector is this pipeline's by a property of its own; any other is never touched.
 *   <li>A configuration names the deployment that wrote it. An instance that has not heard of that deployment yet does nothing to
 *       that connector, so that it neither removes nor turns back what is newer.
 *   <li>An instance writes a configuration until it has once found it as it should be. What it is changed to afterwards, by
 *       an instance with other properties or by hand, stays until the next deployment or start. A connector that is gone comes back.
 * </ul>
 */
public final class SinkDeployer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SinkDeployer.class);
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    /** The pause between two looks while a sink waits for its connector, or Connect does not answer. */
    private static final long HURRY_MS = 1_000;

    private final PipelineConfig config;
    private final SinkConnectors connect;
    private final SinkTopics topics;
    private final LagSource progress;
    private final MeterRegistry meters;
    private final long intervalMs;
    private final Counter failures;
    private final Thread thread;
    private final Map<String, SinkState> states = new ConcurrentHashMap<>();
    private final Map<String, SinkMeters> gauges = new HashMap<>();
    /** Connectors that were found as the deployment has them, with that configuration. */
    private final Map<String, SinkConnectorConfig> settled = new HashMap<>();
    /** What was said last of each connector, and of Connect itself under no name, so that it is said once. */
    private final Map<String, String> said = new HashMap<>();

    private Wanted wanted;
    private boolean changed;
    private boolean closed;
    /** Whether the thread looks no more, and only closes what it has read with. */
    private boolean ended;

    /** The newest version that is known, whose sinks may not be told yet. */
    private int newest;

    /** What is deployed: the sinks of a deployment of that version. */
    private record Wanted(int version, List<Sink> sinks) {}

    /**
     * Begins to keep connectors equal to sinks, once these are told.
     *
     * @param topics makes those that sinks alone read
     * @param progress says how far each is behind; is closed with this
     * @param intervalMs how often it looks
     */
    public SinkDeployer(
            PipelineConfig config,
            SinkConnectors connect,
            SinkTopics topics,
            LagSource progress,
            MeterRegistry meters,
            long intervalMs) {
        this.config = config;
        this.connect = connect;
        this.topics = topics;
        this.progress = progress;
        this.meters = meters;
        this.intervalMs = intervalMs;
        this.failures = Counter.builder("millrace.sinks.failures")
                .description("Attempts to deploy sinks that failed, as Kafka Connect did not answer or refused one")
                .register(meters);
        this.thread = new Thread(this::run, config.get(PipelineConfig.APPLICATION_ID) + "-sinks");
        thread.setDaemon(true);
        thread.start();
    }

    /** Tells which sinks are deployed; those without a connector are none of its business, and the caches of the properties join them. */
    public synchronized void deploy(int version, List<Sink> sinks) {
        Wanted next = new Wanted(version, CacheConnectors.behind(SinkKind.withConnector(sinks), config));
        if (!next.equals(wanted)) {
            wanted = next;
            changed = true;
            notifyAll();
        }
    }

    /** Tells of a deployment whose sinks are told later. Until then no connector is created, as it may have been removed by that. */
    public synchronized void announce(int version) {
        newest = Math.max(newest, version);
    }

    private synchronized boolean isNewest(Wanted now) {
        return now.version() >= newest;
    }

    /** How each sink was when it was last looked at, in the order of their definition. */
    public List<SinkState> states() {
        Wanted now;
        synchronized (this) {
            now = wanted;
        }
        return now == null
                ? List.of()
                : now.sinks().stream()
                        .map(sink -> states.getOrDefault(sink.name(), waiting(sink, Optional.empty())))
                        .toList();
    }

    private void run() {
        try {
            keep();
        } finally {
            synchronized (this) {
                ended = true;
            }
            // Else the consumer would be closed in a hurry.
            boolean unused = Thread.interrupted();
            progress.close();
        }
    }

    private void keep() {
        Wanted before = null;
        while (true) {
            Wanted now = next();
            if (now == null) {
                return;
            }
            try {
                if (before == null || !before.sinks().equals(now.sinks())) {
                    settled.clear();
                    measure(now);
                }
                before = now;
                reconcile(now);
                look(now);
            } catch (RuntimeException e) {
                failures.increment();
                LOG.warn("sinks could not be looked at, and are tried again", e);
            }
        }
    }

    /** What is deployed, after the pause between two looks or as soon as it changes; null when this is closed. */
    private synchronized Wanted next() {
        try {
            boolean hurry = states.values().stream().anyMatch(SinkState::waits);
            long until = System.nanoTime() + (hurry ? Math.min(HURRY_MS, intervalMs) : intervalMs) * 1_000_000;
            while (!closed && !changed && (wanted == null || System.nanoTime() - until < 0)) {
                wait(wanted == null ? 0 : Math.max(1, (until - System.nanoTime()) / 1_000_000));
            }
            changed = false;
            return closed ? null : wanted;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Makes Connect's connectors what they should be, as far as it lets itself be asked. */
    private void reconcile(Wanted now) {
        try {
            Map<String, DeployedConnector> found = connect.all();
            say("", "");
            Set<String> names = new HashSet<>();
            for (Sink sink : now.sinks()) {
                SinkState state = null;
                for (SinkConnectorConfig connector : SinkConnectorConfig.all(sink, config)) {
                    names.add(connector.name());
                    SinkState one = settle(sink, connector, Optional.ofNullable(found.get(connector.name())), now);
                    state = state == null ? one : state.beside(one);
                }
                states.put(sink.name(), state);
            }
            for (Map.Entry<String, DeployedConnector> each : found.entrySet()) {
                if (!names.contains(each.getKey())
                        && each.getValue().isOf(config.get(PipelineConfig.APPLICATION_ID))
                        && each.getValue().deployment() <= now.version()) {
                    remove(each.getKey());
                }
            }
        } catch (IOException e) {
            unanswered(now, "Kafka Connect does not answer, " + e.getMessage());
        } catch (ConnectRefusal e) {
            unanswered(now, "Kafka Connect refuses: " + e.getMessage());
        }
    }

    private void remove(String connector) {
        try {
            connect.delete(connector);
            said.remove(connector);
            LOG.info("connector {} is removed, as its sink is not deployed any more", connector);
        } catch (IOException | ConnectRefusal e) {
            failures.increment();
            say(connector, "its sink is not deployed any more, but it could not be removed: " + e.getMessage());
        }
    }

    private void unanswered(Wanted now, String reason) {
        failures.increment();
        say("", reason + "; sinks are deployed when it does, the views go on");
        for (Sink sink : now.sinks()) {
            states.put(sink.name(), waiting(sink, Optional.of(reason)));
        }
    }

    /** Creates or changes a connector where that is needed. */
    private SinkState settle(
            Sink sink, SinkConnectorConfig wantedConfig, Optional<DeployedConnector> found, Wanted now) {
        String name = wantedConfig.name();
        if (found.isPresent() && !found.get().isOf(config.get(PipelineConfig.APPLICATION_ID))) {
            return refused(
                    sink,
                    name,
                    "a connector " + name
                            + " is there already that is not of this pipeline: remove it, or rename the sink");
        }
        boolean asWanted = found.isPresent() && found.get().isConfiguredAs(wantedConfig);
        boolean newer = found.isPresent() && found.get().deployment() > now.version();
        if (asWanted) {
            settled.put(name, wantedConfig);
        } else if (!newer && (found.isEmpty() ? isNewest(now) : !wantedConfig.equals(settled.get(name)))) {
            try {
                for (Map.Entry<String, Optional<String>> topic :
                        wantedConfig.ownTopics().entrySet()) {
                    topics.create(topic.getKey(), topic.getValue());
                }
                connect.put(name, wantedConfig.deployedBy(now.version(), found));
                // From here on it is left alone: an instance with other properties may have its way.
                settled.put(name, wantedConfig);
                LOG.info("connector {} is {}", name, found.isEmpty() ? "created" : "changed");
            } catch (ConnectRefusal e) {
                return refused(sink, name, "Kafka Connect refuses it: " + e.getMessage());
            } catch (IOException e) {
                failures.increment();
                String reason = "Kafka Connect did not take it: " + e.getMessage();
                say(name, reason);
                return found.map(connector -> seen(sink, name, connector, Optional.of(reason)))
                        .orElseGet(() -> state(sink, name, SinkState.WAITING, Optional.of(reason)));
            }
        }
        say(name, found.flatMap(DeployedConnector::failure).orElse(""));
        return found.map(connector -> seen(sink, name, connector, connector.failure()))
                .orElseGet(() -> state(sink, name, SinkState.WAITING, Optional.empty()));
    }

    private SinkState seen(Sink sink, String name, DeployedConnector connector, Optional<String> message) {
        return new SinkState(
                sink.name(),
                sink.type(),
                sink.source(),
                name,
                connector.overallState(),
                connector.tasks().size(),
                message,
                lagOf(sink),
                isBroken(sink));
    }

    private SinkState refused(Sink sink, String connector, String reason) {
        failures.increment();
        say(connector, reason);
        return state(sink, connector, SinkState.REFUSED, Optional.of(reason));
    }

    private SinkState waiting(Sink sink, Optional<String> reason) {
        return state(sink, SinkConnectorConfig.name(config, sink.name()), SinkState.WAITING, reason);
    }

    private SinkState state(Sink sink, String connector, String state, Optional<String> message) {
        return new SinkState(
                sink.name(), sink.type(), sink.source(), connector, state, 0, message, lagOf(sink), isBroken(sink));
    }

    private boolean isBroken(Sink sink) {
        SinkState before = states.get(sink.name());
        return before != null && before.breakerOpen();
    }

    private Optional<SinkLag> lagOf(Sink sink) {
        return Optional.ofNullable(states.get(sink.name())).flatMap(SinkState::lag);
    }

    /** Logs what is new; nothing where all is well again. */
    private void say(String connector, String text) {
        if (!text.equals(said.put(connector, text)) && !text.isEmpty()) {
            LOG.warn("{}{}", connector.isEmpty() ? "" : "connector " + connector + ": ", text);
        }
    }

    /** Looks how far each sink is behind. */
    private void look(Wanted now) {
        for (Sink sink : now.sinks()) {
            Optional<SinkLag> lag = progress.lag(sink);
            lost(sink, progress.deletedUnconfirmed(sink));
            states.computeIfPresent(sink.name(), (name, state) -> state.behind(lag, progress.breakerOpen(sink)));
        }
    }

    private void lost(Sink cache, long records) {
        if (records > 0) {
            deleted(cache.name()).increment((double) records);
            LOG.warn(
                    "{}: retention has deleted up to {} invalidations from {} that it has not confirmed: purge it once as a"
                            + " whole, and have the topic kept for longer than it may be away (retention.ms)",
                    cache.name(),
                    records,
                    cache.source());
        }
    }

    private Counter deleted(String cache) {
        return Counter.builder("millrace.cdn.invalidations.deleted")
                .description("Invalidations that retention has deleted before the cache has confirmed them")
                .tag("sink", cache)
                .register(meters);
    }

    /** Has exactly the sinks that are deployed among the meters. */
    private void measure(Wanted now) {
        Map<String, Sink> byName = new LinkedHashMap<>();
        now.sinks().forEach(sink -> byName.put(sink.name(), sink));
        gauges.keySet().removeIf(name -> {
            if (!byName.containsKey(name)) {
                gauges.get(name).close();
                states.remove(name);
                return true;
            }
            return false;
        });
        now.sinks().stream().filter(CacheConnectors::isOne).forEach(cache -> deleted(cache.name()));
        byName.keySet()
                .forEach(name ->
                        gauges.computeIfAbsent(name, sink -> new SinkMeters(meters, sink, () -> states.get(sink))));
    }

    /** Ends the keeping; the connectors go on. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
            if (!ended) {
                thread.interrupt();
            }
        }
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
