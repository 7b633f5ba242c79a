package io.millrace.scaling.execute;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has one executor carry decisions out, on a thread of its own: reads those on the services that are its share, and has each service
 * looked at in its turn. Of a service's decisions the newest counts: those that came meanwhile are not made up for.
 */
public final class ExecutorRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExecutorRunner.class);
    private static final Duration POLL = Duration.ofMillis(50);
    /** After so long the group is told that this instance lives, before other services are looked at. */
    private static final long ROUND_MS = 2_000;

    private static final long PAUSE_AFTER_FAILURE_MS = 1_000;
    private static final long CLOSE_TIMEOUT_MS = 15_000;

    private final Executor executor;
    private final ExecutorSettings settings;
    private final ScalingMeters meters;
    private final SharedServices share;
    private final ExecutionWriter writer;
    private final Turns turns = new Turns(ROUND_MS, System::currentTimeMillis);
    private final Thread thread;
    private volatile boolean closed;

    private ExecutorRunner(Executor executor, PipelineConfig config, List<String> services, MeterRegistry registry) {
        this.executor = executor;
        this.settings = ExecutorSettings.of(config);
        this.meters = new ScalingMeters(registry);
        this.share = new SharedServices(executor.name(), config, services, this::execution);
        this.writer = new ExecutionWriter(executor.name(), config, share::standing);
        this.thread = new Thread(this::run, "millrace-scaling-" + executor.name());
        thread.setDaemon(true);
    }

    /**
     * Begins to carry decisions out.
     *
     * @param services those of the policy
     */
    public static ExecutorRunner start(
            Executor executor, PipelineConfig config, List<String> services, MeterRegistry registry) {
        ExecutorRunner runner = new ExecutorRunner(executor, config, services, registry);
        runner.thread.start();
        return runner;
    }

    private ServiceExecution execution(String service, Execution last) {
        return new ServiceExecution(service, executor, settings, last, meters, writer, System::currentTimeMillis);
    }

    private void run() {
        try {
            share.join();
            while (!closed) {
                try {
                    round();
                } catch (WakeupException | InterruptException e) {
                    return;
                } catch (KafkaException | UserError e) {
                    LOG.warn("decisions cannot be carried out at {} for now: {}", executor.name(), e.getMessage());
                    Thread.sleep(PAUSE_AFTER_FAILURE_MS);
                } catch (RuntimeException e) {
                    LOG.error("decisions cannot be carried out at {} for now", executor.name(), e);
                    Thread.sleep(PAUSE_AFTER_FAILURE_MS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("decisions are not carried out at {} any more", executor.name(), e);
        } finally {
            // Else the clients would be closed in a hurry.
            boolean unused = Thread.interrupted();
            executor.close();
            share.close();
            writer.close();
        }
    }

    private void round() throws InterruptedException {
        share.read(POLL);
        if (share.isCaughtUp()) {
            turns.round(share.executions());
            share.commit();
        }
    }

    String name() {
        return executor.name();
    }

    /** Whether it works, or tries to. */
    boolean isAlive() {
        return thread.isAlive();
    }

    @Override
    public void close() {
        closed = true;
        share.wakeUp();
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
