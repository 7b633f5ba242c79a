package io.millrace.sink;

import io.millrace.catalog.PipelineConfig;
import io.millrace.cdn.CdnSink;
import io.millrace.connectors.delivery.Breaker;
import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.ChangePosition;
import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.RegistryException;
import io.millrace.sql.Sink;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Looks how far sinks are behind their topics. A sink commits for its group, {@code connect-<connector>}, what its target holds, and
 * one that caches follow for the group of all of these what is on its way to their topic;
 * what comes after that waits. Offsets alone would count what is no change, such as the ends of transactions, and would not say
 * how old a change is: so the records that wait are read, as many as {@link #MOST_READ} of a partition. Of caches, {@link CacheProgress}.
 * Used by one thread at a time.
 */
public final class SinkProgress implements LagSource {
    /** So many records of a partition are counted; beyond them their offsets are. */
    static final int MOST_READ = 1_000;

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long READ_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long REQUEST_TIMEOUT_MS = 10_000;
    private static final long MICROS_PER_MILLI = 1_000;

    private final PipelineConfig config;
    private final Admin admin;
    private final GenericAvroDeserializer<GenericRecord> avro = new GenericAvroDeserializer<>();
    /** By partition the last look. */
    private final Map<TopicPartition, Look> looks = new HashMap<>();

    /** The sinks whose groups say that a breaker is open. */
    private final Set<String> broken = new HashSet<>();

    /** By name of the cache, as sinks have it. */
    private final Map<String, CacheProgress> caches = new HashMap<>();

    private KafkaConsumer<byte[], byte[]> consumer;

    /** What waited between two offsets. */
    private record Look(long from, long end, SinkLag lag) {
        /** What waits up to another end, where it need not be read again: nothing more, or more than is counted anyway. */
        Optional<SinkLag> upTo(long from, long end, long now) {
            boolean same = this.from == from && this.end == end && lag.records() == 0;
            boolean uncounted = this.from == from && lag.atLeast();
            return same || uncounted
                    ? Optional.of(new SinkLag(
                            lag.records() + end - this.end, uncounted, lag.oldestMicros(), lag.positions(), now))
                    : Optional.empty();
        }
    }

    /**
     * Looks at the sinks of a pipeline.
     *
     * @param admin is not closed here
     */
    public SinkProgress(PipelineConfig config, Admin admin) {
        this.config = config;
        this.admin = admin;
        avro.configure(config.schemaRegistry(), false);
    }

    @Override
    public Optional<SinkLag> lag(Sink sink) {
        try {
            Map<TopicPartition, Long> ends = ends(SinkConnectorConfig.topic(config, sink));
            if (CacheConnectors.isOne(sink)) {
                Map<TopicPartition, Long> starts = starts(ends.keySet());
                return cache(sink).lag(applied(sink, ends), starts, ends);
            }
            Map<TopicPartition, Long> applied = applied(sink, ends);
            SinkLag lag = new SinkLag(0, false, Optional.empty(), Map.of(), System.currentTimeMillis());
            for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
                lag = lag.and(behind(end.getKey(), applied.get(end.getKey()), end.getValue()));
            }
            return Optional.of(lag);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            return Optional.empty();
        }
    }

    private CacheProgress cache(Sink sink) {
        return caches.computeIfAbsent(
                sink.name(),
                name -> new CacheProgress(
                        new WaitingInvalidations(
                                config.get(PipelineConfig.APPLICATION_ID), CacheConnectors.config(sink, config)),
                        newReader(),
                        config.get(PipelineConfig.CDN_PURGES_TOPIC),
                        avro));
    }

    @Override
    public long deletedUnconfirmed(Sink sink) {
        CacheProgress cache = caches.get(sink.name());
        return cache == null ? 0 : cache.takeDeleted();
    }

    @Override
    public boolean breakerOpen(Sink sink) {
        return broken.contains(sink.name());
    }

    /** Where each partition of a sink's topic ends now. @throws KafkaException if the brokers do not say */
    public Map<TopicPartition, Long> ends(Sink sink) {
        try {
            return ends(SinkConnectorConfig.topic(config, sink));
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("the end of the topic of sink " + sink.name() + " cannot be seen", e);
        }
    }

    /** Whether a sink has applied all that its topic held up to there. */
    public boolean hasPassed(Sink sink, Map<TopicPartition, Long> ends) {
        try {
            Map<TopicPartition, Long> applied = applied(sink, ends);
            for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
                if (behind(end.getKey(), applied.get(end.getKey()), end.getValue())
                                .records()
                        > 0) {
                    return false;
                }
            }
            return true;
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            return false;
        }
    }

    private Map<TopicPartition, Long> ends(String topic) throws ExecutionException, TimeoutException {
        TopicDescription description =
                get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        description
                .partitions()
                .forEach(partition -> asked.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        get(admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .all())
                .forEach((partition, result) -> ends.put(partition, result.offset()));
        return ends;
    }

    /** Where each partition goes on; where nothing was applied yet, its beginning. */
    private Map<TopicPartition, Long> applied(Sink sink, Map<TopicPartition, Long> ends)
            throws ExecutionException, TimeoutException {
        String group = CdnSink.isOne(sink)
                ? CdnSink.group(config.get(PipelineConfig.APPLICATION_ID))
                : "connect-" + SinkConnectorConfig.name(config, sink.name());
        Map<TopicPartition, OffsetAndMetadata> committed =
                get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        if (committed.values().stream().anyMatch(each -> each != null && Breaker.OPEN_MARK.equals(each.metadata()))) {
            broken.add(sink.name());
        } else {
            broken.remove(sink.name());
        }
        Map<TopicPartition, Long> applied = new HashMap<>();
        Set<TopicPartition> unread = new HashSet<>();
        for (TopicPartition partition : ends.keySet()) {
            if (committed.get(partition) == null) {
                unread.add(partition);
            } else {
                applied.put(partition, committed.get(partition).offset());
            }
        }
        if (!unread.isEmpty()) {
            applied.putAll(starts(unread));
        }
        return applied;
    }

    /** Where each partition begins now. */
    private Map<TopicPartition, Long> starts(Set<TopicPartition> partitions)
            throws ExecutionException, TimeoutException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, OffsetSpec.earliest()));
        Map<TopicPartition, Long> starts = new HashMap<>();
        get(admin.listOffsets(asked).all()).forEach((partition, result) -> starts.put(partition, result.offset()));
        return starts;
    }

    private static <T> T get(KafkaFuture<T> future) throws ExecutionException, TimeoutException {
        try {
            return future.get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }

    /** What waits in a partition between two offsets. */
    private SinkLag behind(TopicPartition partition, long from, long end) {
        long now = System.currentTimeMillis();
        SinkLag none = new SinkLag(0, false, Optional.empty(), Map.of(), now);
        if (from >= end) {
            return none;
        }
        Optional<SinkLag> known = Optional.ofNullable(looks.get(partition)).flatMap(look -> look.upTo(from, end, now));
        if (known.isPresent()) {
            return known.get();
        }
        SinkLag lag = none;
        KafkaConsumer<byte[], byte[]> reader = reader();
        reader.assign(List.of(partition));
        reader.seek(partition, from);
        long deadline = System.nanoTime() + READ_PATIENCE_NANOS;
        long next = from;
        while (next < end && lag.records() < MOST_READ && System.nanoTime() - deadline < 0) {
            for (ConsumerRecord<byte[], byte[]> each : reader.poll(POLL)) {
                if (each.offset() < end && each.value() != null) {
                    lag = lag.and(waiting(each, now));
                }
            }
            next = reader.position(partition);
        }
        SinkLag waits = next >= end
                ? lag
                : new SinkLag(lag.records() + end - next, true, lag.oldestMicros(), lag.positions(), now);
        looks.put(partition, new Look(from, end, waits));
        return waits;
    }

    /** A change that waits; of one that cannot be read, only that there is one. */
    private SinkLag waiting(ConsumerRecord<byte[], byte[]> change, long now) {
        try {
            GenericRecord value = avro.deserialize(change.topic(), change.value());
            if (field(value, "source") instanceof GenericRecord source) {
                return new SinkLag(
                        1,
                        false,
                        committedAt(source).or(() -> Optional.of(change.timestamp() * MICROS_PER_MILLI)),
                        position(change, source),
                        now);
            }
        } catch (KafkaException | RegistryException e) {
            // Its place in the topic counts nevertheless.
            return unread(change, now);
        }
        return unread(change, now);
    }

    private static SinkLag unread(ConsumerRecord<byte[], byte[]> change, long now) {
        return new SinkLag(1, false, Optional.of(change.timestamp() * MICROS_PER_MILLI), Map.of(), now);
    }

    /** When the source committed a change; empty for a row that comes from none, as a view's constants. */
    private static Optional<Long> committedAt(GenericRecord source) {
        if (field(source, "ts_us") instanceof Long micros && micros > 0) {
            return Optional.of(micros);
        }
        return field(source, "ts_ms") instanceof Long millis && millis > 0
                ? Optional.of(millis * MICROS_PER_MILLI)
                : Optional.empty();
    }

    /** The shard that a change comes from, and where it stands in its log; empty where it does not say. */
    private Map<String, Long> position(ConsumerRecord<byte[], byte[]> change, GenericRecord source) {
        Object shard = shard(change, source);
        return shard != null && field(source, "lsn") instanceof Long position && position != ChangePosition.NONE
                ? Map.of(shard.toString(), ChangePosition.lsn(position))
                : Map.of();
    }

    /** A view's record names the shard in its source, a table's in its key; null where neither does. */
    private Object shard(ConsumerRecord<byte[], byte[]> change, GenericRecord source) {
        if (source.hasField("shard")) {
            return field(source, "shard");
        }
        return change.key() == null
                ? null
                : field(avro.deserialize(change.topic(), change.key()), ChangeEvents.SHARD_FIELD);
    }

    private static Object field(GenericRecord of, String name) {
        return of.hasField(name) ? of.get(name) : null;
    }

    private KafkaConsumer<byte[], byte[]> reader() {
        if (consumer == null) {
            consumer = newReader();
        }
        return consumer;
    }

    private KafkaConsumer<byte[], byte[]> newReader() {
        Map<String, Object> properties = new HashMap<>(config.kafka());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST_READ);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public void close() {
        caches.values().forEach(CacheProgress::close);
        if (consumer != null) {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        }
    }
}
