package io.millrace.ops.pages;

import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.Purge;
import io.millrace.schemas.RegistryClient;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is invalidated and what came of it, from both topics, as they go on from here. Thread-safe. */
public final class PurgeWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PurgeWatch.class);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long CLOSE_MS = 5_000;
    private static final double MICROS_PER_MILLI = 1_000;

    private final KafkaConsumer<byte[], GenericRecord> consumer;
    private final int latest;
    private final Thread thread = new Thread(this::run, "purge-watch");
    /** By the key of what is invalidated, where in its topic and when the oldest change was committed. */
    private final Map<String, Deque<Pending>> pending = new HashMap<>();

    private final Deque<Double> latenciesMs = new ArrayDeque<>();
    private long told;
    private long changes;
    private long purges;
    private long removed;
    private volatile boolean closed;

    private record Pending(long offset, long committedAtMicros) {}

    /**
     * How it stands.
     *
     * @param told how many invalidations there were that caches are purged for
     * @param changes how many changes of rows came together in them
     * @param purges how many targets caches confirmed
     * @param removed how many objects they say that they removed
     * @param oldestPendingMs how long ago what was not confirmed yet was committed first
     * @param latenciesMs of the latest that were confirmed, from the commit on, sorted
     */
    public record Figures(
            long told,
            long changes,
            long purges,
            long removed,
            OptionalDouble oldestPendingMs,
            List<Double> latenciesMs) {
        /** What that share of them took at most; 0 where there are none. */
        public double latencyMs(double quantile) {
            int index = (int) Math.ceil(quantile * latenciesMs.size()) - 1;
            return latenciesMs.isEmpty() ? 0 : latenciesMs.get(Math.max(0, index));
        }
    }

    private PurgeWatch(String bootstrapServers, String registryUrl, int latest) {
        this.latest = latest;
        GenericAvroDeserializer<GenericRecord> avro = new GenericAvroDeserializer<>();
        avro.configure(Map.of(RegistryClient.URL, registryUrl), false);
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        "read_committed",
                        "enable.auto.commit",
                        false,
                        "allow.auto.create.topics",
                        false,
                        "auto.offset.reset",
                        "earliest"),
                new ByteArrayDeserializer(),
                avro);
    }

    /**
     * Begins to watch both topics, which may not be there yet.
     *
     * @param latest of how many purges it remembers how long they took
     */
    public static PurgeWatch start(String bootstrapServers, String registryUrl, int latest) {
        PurgeWatch watch = new PurgeWatch(bootstrapServers, registryUrl, latest);
        watch.thread.setDaemon(true);
        watch.thread.start();
        return watch;
    }

    private void run() {
        List<TopicPartition> assigned = new ArrayList<>();
        try (consumer) {
            while (!closed) {
                try {
                    if (assigned.stream().map(TopicPartition::topic).distinct().count() < 2) {
                        assign(assigned);
                    }
                    if (assigned.isEmpty()) {
                        Thread.sleep(POLL.toMillis());
                        continue;
                    }
                    consumer.poll(POLL).forEach(this::take);
                } catch (WakeupException | RetriableException e) {
                    LOG.debug("it is being closed, or the brokers do not answer for now", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void assign(List<TopicPartition> assigned) {
        Map<String, List<PartitionInfo>> topics = consumer.listTopics();
        for (String topic : List.of(Invalidation.TOPIC, Purge.TOPIC)) {
            boolean isNew = assigned.stream().noneMatch(each -> each.topic().equals(topic));
            if (isNew && topics.containsKey(topic)) {
                topics.get(topic).forEach(each -> assigned.add(new TopicPartition(topic, each.partition())));
            }
        }
        consumer.assign(assigned);
    }

    private synchronized void take(ConsumerRecord<byte[], GenericRecord> record) {
        if (record.value() == null) {
            return;
        }
        if (record.topic().equals(Invalidation.TOPIC)) {
            Invalidation invalidation = Invalidation.of(record.value());
            // A page that carries a tag of the same change is not purged by itself.
            if (invalidation.kind() == TargetKind.TAG || !invalidation.tagged()) {
                told++;
                changes += invalidation.changes();
                Long committed = invalidation.firstCommittedAtMicros();
                pending.computeIfAbsent(invalidation.key(), any -> new ArrayDeque<>())
                        .add(new Pending(
                                record.offset(), committed == null ? invalidation.emittedAtMicros() : committed));
            }
            return;
        }
        Purge purge = Purge.of(record.value());
        Deque<Pending> ofKey = pending.get(purge.key());
        // What a cache has done, it has done for all that was told of the key before.
        while (ofKey != null && !ofKey.isEmpty() && ofKey.peek().offset <= purge.offset()) {
            ofKey.poll();
        }
        if (ofKey != null && ofKey.isEmpty()) {
            pending.remove(purge.key());
        }
        if (purge.outcome() == Purge.Outcome.PURGED) {
            purges++;
            removed += purge.removed() == null ? 0 : purge.removed();
            if (purge.firstCommittedAtMicros() != null) {
                latenciesMs.add((purge.purgedAtMicros() - purge.firstCommittedAtMicros()) / MICROS_PER_MILLI);
            }
            if (latenciesMs.size() > latest) {
                latenciesMs.poll();
            }
        }
    }

    /** How it stands now. */
    public synchronized Figures figures() {
        double nowMicros = System.currentTimeMillis() * MICROS_PER_MILLI;
        OptionalDouble oldest = pending.values().stream()
                .mapToDouble(each -> (nowMicros - each.peek().committedAtMicros) / MICROS_PER_MILLI)
                .max();
        return new Figures(
                told,
                changes,
                purges,
                removed,
                oldest,
                latenciesMs.stream().sorted().toList());
    }

    /** Takes no notice of how long purges took so far. */
    public synchronized void forgetLatencies() {
        latenciesMs.clear();
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
