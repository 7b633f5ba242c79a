package io.millrace.scaling;

import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.policy.ServicePolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells each service that a step is over, grace period included, so that it is decided on even where no later metric comes. It says
 * so only when all that was written by then is read: else a tick would overtake metrics that wait in other partitions, and they would
 * be too late. Its ticks are records among the metrics, so that whoever reads these again sees time pass as it did; of several
 * instances' ticks the first counts.
 */
final class Ticker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);
    /** So often the clock is looked at at least: it may have been set. */
    private static final long LOOK_INTERVAL_MS = 100;
    /** Whether metrics are read is looked at after so long again, and then after longer and longer. */
    private static final long FIRST_PAUSE_MS = 10;

    private static final long PAUSE_AFTER_FAILURE_MS = 1_000;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final ScalingPolicy policy;
    private final MetricsBacklog backlog;
    private final Producer<byte[], byte[]> producer;
    private final Map<String, Long> told = new HashMap<>();
    /** The ticks that wait until what was written before them is read. */
    private final Map<String, Long> waiting = new TreeMap<>();

    private final Thread thread = new Thread(this::run, "millrace-scaling-ticks");
    private volatile boolean closed;
    private long waitMs = FIRST_PAUSE_MS / 2;

    Ticker(ScalingPolicy policy, MetricsBacklog backlog, Producer<byte[], byte[]> producer) {
        this.policy = policy;
        this.backlog = backlog;
        this.producer = producer;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!closed) {
                try {
                    look(System.currentTimeMillis());
                    Thread.sleep(pauseMs(System.currentTimeMillis()));
                } catch (KafkaException e) {
                    LOG.warn("no ticks for now: {}", e.getMessage());
                    Thread.sleep(PAUSE_AFTER_FAILURE_MS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // Else the clients would be closed in a hurry.
            boolean unused = Thread.interrupted();
            backlog.close();
        }
    }

    void look(long nowMs) throws InterruptedException {
        if (waiting.isEmpty()) {
            Map<String, Long> due = new TreeMap<>();
            for (ServicePolicy service : policy.services()) {
                long endMs = end(service, nowMs);
                if (told.computeIfAbsent(service.name(), name -> endMs) < endMs) {
                    due.put(service.name(), endMs + service.gracePeriodMs());
                }
            }
            if (!due.isEmpty()) {
                // Where this fails nothing waits yet: a tick must not go by the mark of another one.
                backlog.mark();
                policy.services().forEach(service -> told.put(service.name(), end(service, nowMs)));
                waiting.putAll(due);
            }
        }
        if (!waiting.isEmpty() && backlog.isReadToMark()) {
            waiting.forEach(this::tick);
            waiting.clear();
        }
    }

    /** How long there is nothing to do. */
    long pauseMs(long nowMs) {
        if (!waiting.isEmpty()) {
            waitMs = Math.min(2 * waitMs, LOOK_INTERVAL_MS);
            return waitMs;
        }
        waitMs = FIRST_PAUSE_MS / 2;
        long pauseMs = LOOK_INTERVAL_MS;
        for (ServicePolicy service : policy.services()) {
            long toldMs = told.getOrDefault(service.name(), end(service, nowMs));
            pauseMs = Math.min(pauseMs, toldMs + service.stepMs() + service.gracePeriodMs() - nowMs);
        }
        return Math.max(0, pauseMs);
    }

    /** The end of the last step that is over, grace period included. */
    private static long end(ServicePolicy service, long nowMs) {
        return Math.floorDiv(nowMs - service.gracePeriodMs(), service.stepMs()) * service.stepMs();
    }

    private void tick(String service, long timeMs) {
        byte[] key = service.getBytes(StandardCharsets.UTF_8);
        byte[] tick = MetricsJson.control(service, "tick", 0, timeMs);
        // Whether it was written is told to the callback.
        Future<RecordMetadata> unused =
                producer.send(new ProducerRecord<>(ScalingTopics.METRICS, key, tick), (metadata, failure) -> {
                    if (failure != null) {
                        // The next step's tick says as much.
                        LOG.warn("a tick of {} was not written: {}", service, failure.getMessage());
                    }
                });
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        producer.close(CLOSE_TIMEOUT);
    }
}
