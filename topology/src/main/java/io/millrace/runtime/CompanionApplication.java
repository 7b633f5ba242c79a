package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An application of Kafka Streams that runs beside a pipeline's generations, and as they do: exactly-once, committing for low latency,
 * replacing threads that failed by what may pass. It follows what the pipeline puts out; if it stops, the pipeline goes on. Its stores
 * are in memory. Thread-safe.
 */
public final class CompanionApplication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CompanionApplication.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final String name;
    private final PacedClients clients;
    private final KafkaStreams streams;
    private final StreamsFailures failures;

    /**
     * Starts an application, of which no other revision runs.
     *
     * @param name its consumer group, and the front of its internal topics' names
     * @param revision says of which topics its topology is: members of others must not be in the group
     * @param threads how many threads it has
     * @param pacer is told by the topology what it has changed
     * @param restarted is told of each thread that was replaced
     */
    public CompanionApplication(
            PipelineConfig config,
            String name,
            int revision,
            int threads,
            CommitPacer pacer,
            Topology topology,
            Runnable restarted) {
        this.name = name;
        this.failures = new StreamsFailures(restarted);
        Map<String, Object> properties =
                StreamsProperties.of(config, name, GroupMembers.name(StreamsProperties.instanceId(config), revision));
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
        try {
            this.clients = new PacedClients(pacer, () -> PacedClients.Transactions.UNHEARD);
            this.streams = new KafkaStreams(topology, new StreamsConfig(properties), clients);
        } catch (ConfigException | StreamsException e) {
            throw RunningGeneration.misconfigured(e);
        }
        streams.setUncaughtExceptionHandler(failures);
        streams.setStateListener((now, before) -> LOG.info("application {} is {}", name, now));
        streams.start();
    }

    /**
     * Whether the group of an application has only members of that revision; those of others that an earlier life of this instance left
     * behind are sent away.
     */
    public static boolean isOnlyOf(PipelineConfig config, Admin admin, String name, int revision) {
        return new GroupMembers(admin, StreamsProperties.instanceId(config)).areOnlyOf(name, revision);
    }

    /** Its name, which is its group. */
    String name() {
        return name;
    }

    /** By what the brokers know this process in the application's group. */
    Presence presence() {
        return clients.presence(name);
    }

    /** Takes over at once what a killed process held, instead of when the brokers have missed it for long enough. */
    void takeOver(Takeover takeover, Presence left) throws TimeoutException {
        long startNanos = System.nanoTime();
        if (takeover.from(left)) {
            clients.rejoin(startNanos);
        }
    }

    /** Whether it processes. */
    public boolean isRunning() {
        return streams.state() == KafkaStreams.State.RUNNING;
    }

    /** Whether it is running, or about to. */
    public boolean isAlive() {
        return streams.state() == KafkaStreams.State.CREATED || streams.state().isRunningOrRebalancing();
    }

    /** How many tasks of it run here. */
    public int tasks() {
        return streams.metadataForLocalThreads().stream()
                .mapToInt(thread -> thread.activeTasks().size())
                .sum();
    }

    /** What stopped it, in words for people, if anything did. */
    public Optional<String> failure() {
        return Optional.ofNullable(failures.fatal()).map(StreamsFailures::message);
    }

    /** Stops it: commits what was processed and leaves the group, so that others take over at once. */
    @Override
    public void close() {
        boolean stopped = streams.close(CloseOptions.timeout(CLOSE_TIMEOUT)
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        if (!stopped) {
            LOG.warn("application {} did not stop within {}", name, CLOSE_TIMEOUT);
        }
    }
}
