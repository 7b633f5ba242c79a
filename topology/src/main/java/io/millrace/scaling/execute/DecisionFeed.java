package io.millrace.scaling.execute;

import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.Brokers;
import io.millrace.scaling.Decision;
import io.millrace.scaling.DecisionJson;
import io.millrace.scaling.ScalingTopics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The decision that stands for each service, kept up with the topic on a thread of its own. Each instance knows those of all. */
public final class DecisionFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DecisionFeed.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PAUSE_AFTER_FAILURE_MS = 1_000;
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, Decision> standing = new ConcurrentHashMap<>();
    /** By service the newest decision of any kind, those that only say what is held back included. */
    private final Map<String, Decision> newest = new ConcurrentHashMap<>();

    private final Thread thread = new Thread(this::run, "millrace-scaling-feed");
    private volatile boolean closed;
    private volatile boolean caughtUp;

    private DecisionFeed(PipelineConfig config) {
        this.consumer = new Brokers(config).committedOnly();
        thread.setDaemon(true);
    }

    /** Begins to read. */
    public static DecisionFeed start(PipelineConfig config) {
        DecisionFeed feed = new DecisionFeed(config);
        feed.thread.start();
        return feed;
    }

    /** Whether all that had been decided when it was started is known. */
    public boolean isCaughtUp() {
        return caughtUp;
    }

    /** The decision that stands for a service, if one is known. */
    public Optional<Decision> standing(String service) {
        return Optional.ofNullable(standing.get(service));
    }

    /** The decisions that stand, by service. */
    public Map<String, Decision> standing() {
        return new TreeMap<>(standing);
    }

    /** The newest decision on each service, also one that only says that something is held back. */
    Map<String, Decision> newest() {
        return new TreeMap<>(newest);
    }

    /** Whether it reads, or tries to. */
    boolean isAlive() {
        return thread.isAlive();
    }

    private void run() {
        try {
            Map<TopicPartition, Long> ends = null;
            while (!closed) {
                try {
                    ends = ends == null ? begin() : ends;
                    consumer.poll(POLL).forEach(this::take);
                    caughtUp = caughtUp
                            || ends.entrySet().stream()
                                    .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
                } catch (WakeupException | InterruptException e) {
                    return;
                } catch (KafkaException e) {
                    LOG.warn("decisions cannot be read for now: {}", e.getMessage());
                    Thread.sleep(PAUSE_AFTER_FAILURE_MS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("decisions are not read any more", e);
        } finally {
            consumer.close();
        }
    }

    /** Goes to where decisions begin; returns where they end. */
    private Map<TopicPartition, Long> begin() {
        List<TopicPartition> partitions = Brokers.partitions(consumer, ScalingTopics.DECISIONS);
        if (partitions.isEmpty()) {
            throw new KafkaException("there is no topic " + ScalingTopics.DECISIONS + " yet");
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer.endOffsets(partitions);
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        try {
            Decision decision = DecisionJson.read(record.value());
            newest.merge(decision.service(), decision, DecisionFeed::later);
            if (decision.changes()) {
                standing.merge(decision.service(), decision, DecisionFeed::later);
            }
        } catch (RuntimeException e) {
            LOG.warn("the record at {} of {} is no decision", record.offset(), ScalingTopics.DECISIONS);
        }
    }

    private static Decision later(Decision known, Decision read) {
        return read.timeMs() < known.timeMs() ? known : read;
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
