package io.millrace.alert;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.deadletter.Brokers;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.deadletter.DeadLetterWatch;
import io.millrace.deadletter.DeadLetterWatch.Status;
import io.millrace.sink.SinkState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a pipeline's dead letters and sinks again and again, on a thread of its own, in one of the pipeline's instances: that one
 * shows how old dead letters are, and posts alerts. The first look is an interval after the start.
 */
public final class AlertWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AlertWatch.class);
    private static final long CLOSE_TIMEOUT_MS = 5_000;
    /** So many looks must find nothing for an alert to be over. */
    private static final int QUIET_LOOKS = 4;

    private static final long MAX_PAUSE_MS = 60_000;
    private static final double MILLIS_PER_SECOND = 1e3;

    private final PipelineConfig config;
    private final List<DeadLetterTopic> topics;
    private final Supplier<List<SinkState>> sinks;
    private final Supplier<List<Reading>> others;
    private final MeterRegistry meters;
    private final Optional<SignedHook> hook;
    private final Thresholds thresholds;
    private final Alerts alerts;
    private final Map<String, Status> letters = new ConcurrentHashMap<>();
    private final Map<String, List<Meter>> gauges = new HashMap<>();
    private final Thread thread;
    private AlertLog log;
    private DeadLetterWatch watch;
    private long pauseMs;
    private long notBeforeMs;
    private String said = "";
    private volatile boolean closed;

    private AlertWatch(
            PipelineConfig config,
            List<DeadLetterTopic> topics,
            Supplier<List<SinkState>> sinks,
            Supplier<List<Reading>> others,
            MeterRegistry meters,
            Optional<SignedHook> hook) {
        this.config = config;
        this.topics = topics;
        this.sinks = sinks;
        this.others = others;
        this.meters = meters;
        this.hook = hook;
        this.thresholds = new Thresholds(config);
        this.alerts = new Alerts(QUIET_LOOKS * (long) config.get(PipelineConfig.ALERTS_INTERVAL_MS));
        this.thread = new Thread(this::run, config.get(PipelineConfig.APPLICATION_ID) + "-alerts");
        thread.setDaemon(true);
    }

    /**
     * Begins to look.
     *
     * @param topics those of the pipeline's dead letters
     * @param sinks says how the sinks are
     * @throws UserError if the properties refer to a secret that is not there
     */
    public static AlertWatch start(
            PipelineConfig config,
            List<DeadLetterTopic> topics,
            Supplier<List<SinkState>> sinks,
            MeterRegistry meters) {
        return start(config, topics, sinks, List::of, meters);
    }

    /**
     * The same, with something else that is looked at.
     *
     * @param others says what there is of it
     */
    public static AlertWatch start(
            PipelineConfig config,
            List<DeadLetterTopic> topics,
            Supplier<List<SinkState>> sinks,
            Supplier<List<Reading>> others,
            MeterRegistry meters) {
        AlertWatch watch = new AlertWatch(config, topics, sinks, others, meters, SignedHook.of(config));
        watch.thread.start();
        return watch;
    }

    /** Looks up what the properties refer to. @throws UserError if it is not there */
    public static void check(PipelineConfig config) {
        SignedHook.of(config);
    }

    private void run() {
        try {
            while (!closed) {
                Thread.sleep(config.get(PipelineConfig.ALERTS_INTERVAL_MS));
                try {
                    look();
                    say("");
                } catch (KafkaException | UserError e) {
                    if (!closed) {
                        say("dead letters and sinks could not be looked at, and are looked at again: "
                                + e.getMessage());
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("alerts have ended; the views go on", e);
        } finally {
            // Else the clients would be closed in a hurry.
            boolean unused = Thread.interrupted();
            release();
            if (log != null) {
                log.close();
            }
        }
    }

    private void look() throws InterruptedException {
        if (log == null) {
            log = new AlertLog(config);
        }
        if (!log.isMine(alerts)) {
            release();
            return;
        }
        if (watch == null) {
            watch = new DeadLetterWatch(new Brokers(config), topics);
        }
        // The first look may take long.
        Map<String, Status> found = watch.look(log::isStillMine);
        if (!log.isStillMine()) {
            return;
        }
        show(found);
        if (hook.isPresent()) {
            long now = System.currentTimeMillis();
            List<Reading> readings = thresholds.readings(found, sinks.get(), now);
            readings.addAll(others.get());
            for (Alert changed : alerts.look(readings, now)) {
                // Recorded before it is posted: who goes on after this instance posts the same, by the same idempotency
                // key.
                log.record(changed.key(), Optional.of(changed));
            }
            post(hook.get(), now);
        }
    }

    private void post(SignedHook to, long now) throws InterruptedException {
        for (Alert due : alerts.due()) {
            if (now < notBeforeMs || !log.isStillMine()) {
                return;
            }
            String pipeline = config.get(PipelineConfig.APPLICATION_ID);
            Optional<String> failure = to.post(due.message(pipeline), due.idempotencyKey(pipeline));
            if (failure.isPresent()) {
                pauseMs = Math.min(MAX_PAUSE_MS, Math.max(1_000, pauseMs * 2));
                notBeforeMs = System.currentTimeMillis() + pauseMs;
                LOG.warn("an alert is not taken, and is posted again in {} ms: {}", pauseMs, failure.get());
                return;
            }
            pauseMs = 0;
            Alert after = alerts.told(due);
            log.record(after.key(), alerts.isKnown(after) ? Optional.of(after) : Optional.empty());
        }
    }

    /** Shows how the dead letters are; only the instance that looks does. */
    private void show(Map<String, Status> found) {
        letters.putAll(found);
        found.keySet().forEach(topic -> gauges.computeIfAbsent(topic, this::gauges));
    }

    private List<Meter> gauges(String topic) {
        List<Meter> made = new ArrayList<>();
        made.add(gauge(
                "millrace.dead.letters.open",
                "Dead letters that were neither replayed nor discarded",
                topic,
                Status::open));
        made.add(gauge(
                "millrace.dead.letters.oldest.seconds",
                "How old the oldest dead letter is that was neither replayed nor discarded; 0 where there is none",
                topic,
                status -> status.oldestMs()
                        .map(oldest -> Math.max(0, (System.currentTimeMillis() - oldest) / MILLIS_PER_SECOND))
                        .orElse(0.0)));
        return made;
    }

    private Meter gauge(String name, String description, String topic, ToDoubleFunction<Status> value) {
        return Gauge.builder(name, () -> {
                    Status status = letters.get(topic);
                    return status == null ? Double.NaN : value.applyAsDouble(status);
                })
                .description(description)
                .tag("topic", topic)
                .strongReference(true)
                .register(meters);
    }

    /** Another instance looks, or none any more. */
    private void release() {
        gauges.values().forEach(each -> each.forEach(meters::remove));
        gauges.clear();
        letters.clear();
        thresholds.clear();
        if (watch != null) {
            watch.close();
            watch = null;
        }
    }

    private void say(String text) {
        if (!text.equals(said) && !text.isEmpty()) {
            LOG.warn("{}", text);
        }
        said = text;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
