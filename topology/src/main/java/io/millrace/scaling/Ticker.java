package io.millrace.scaling;

import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.policy.ServicePolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells each service that a step is over, grace period included, so that it is decided on even where no later metric comes. Its
 * ticks are records among the metrics, so that whoever reads these again sees time pass as it did; of several instances' ticks
 * the first counts.
 */
final class Ticker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);
    private static final long LOOK_INTERVAL_MS = 100;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final ScalingPolicy policy;
    private final Producer<byte[], byte[]> producer;
    private final Map<String, Long> told = new HashMap<>();
    private final Thread thread = new Thread(this::run, "millrace-scaling-ticks");
    private volatile boolean closed;

    Ticker(ScalingPolicy policy, Producer<byte[], byte[]> producer) {
        this.policy = policy;
        this.producer = producer;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!closed) {
            long nowMs = System.currentTimeMillis();
            for (ServicePolicy service : policy.services()) {
                long endMs = Math.floorDiv(nowMs - service.gracePeriodMs(), service.stepMs()) * service.stepMs();
                Long before = told.put(service.name(), endMs);
                if (before != null && before < endMs) {
                    tick(service.name(), endMs + service.gracePeriodMs());
                }
            }
            try {
                Thread.sleep(LOOK_INTERVAL_MS);
            } catch (InterruptedException e) {
                return;
            }
        }
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
