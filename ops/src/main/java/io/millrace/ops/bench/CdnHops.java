package io.millrace.ops.bench;

import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Purge;
import io.millrace.schemas.RegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * When each change of a table came where on its way to the cache: what is read of the topics on it, as soon as it may be, and what the
 * records say. Changes that are told together with others are left out. Thread-safe.
 */
final class CdnHops implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long CLOSE_MS = 5_000;
    private static final double MICROS_PER_MILLI = 1_000;
    private static final List<String> NAMES = List.of(
            "in the table's topic, by Debezium",
            "in the view's topic",
            "decided to tell of, after the window",
            "in the topic of invalidations",
            "purged");

    private final String table;
    private final String view;
    private final KafkaConsumer<byte[], GenericRecord> consumer;
    private final Map<Change, Long> captured = new HashMap<>();
    private final Map<Change, Long> viewed = new HashMap<>();
    private final List<Told> told = new ArrayList<>();
    /** By where the invalidation is. */
    private final Map<Place, Long> purged = new HashMap<>();

    private final Thread thread = new Thread(this::run, "cdn-hops");

    /** A change in the source, known by its place in a shard's log and its time. */
    private record Change(long position, long committedAtMicros) {}

    private record Place(int partition, long offset) {}

    private record Told(Change change, Place place, long decidedMicros, long readMicros) {}

    private CdnHops(String bootstrapServers, String registryUrl, String table, String view) {
        this.table = table;
        this.view = view;
        GenericAvroDeserializer<GenericRecord> avro = new GenericAvroDeserializer<>();
        avro.configure(Map.of(RegistryClient.URL, registryUrl), false);
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "enable.auto.commit",
                        false,
                        "isolation.level",
                        "read_committed"),
                new ByteArrayDeserializer(),
                avro);
        List<TopicPartition> partitions = Stream.of(table, view, Invalidation.TOPIC, Purge.TOPIC)
                .flatMap(topic -> consumer.partitionsFor(topic).stream())
                .map(each -> new TopicPartition(each.topic(), each.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
    }

    /** Begins to read at the topics' ends. */
    static CdnHops start(String bootstrapServers, String registryUrl, String table, String view) {
        CdnHops hops = new CdnHops(bootstrapServers, registryUrl, table, view);
        hops.thread.setDaemon(true);
        hops.thread.start();
        return hops;
    }

    private void run() {
        try (consumer) {
            while (true) {
                for (ConsumerRecord<byte[], GenericRecord> record : consumer.poll(POLL)) {
                    if (record.value() != null) {
                        take(record, System.currentTimeMillis() * 1_000);
                    }
                }
            }
        } catch (WakeupException e) {
            // It is being closed.
            return;
        }
    }

    private synchronized void take(ConsumerRecord<byte[], GenericRecord> record, long nowMicros) {
        if (record.topic().equals(table) || record.topic().equals(view)) {
            GenericRecord source = (GenericRecord) record.value().get("source");
            if (source.get("lsn") instanceof Long position && source.get("ts_us") instanceof Long committed) {
                (record.topic().equals(table) ? captured : viewed)
                        .putIfAbsent(new Change(position, committed), nowMicros);
            }
        } else if (record.topic().equals(Invalidation.TOPIC)) {
            Invalidation each = Invalidation.of(record.value());
            if (each.changes() == 1 && each.position() != null && each.lastCommittedAtMicros() != null) {
                told.add(new Told(
                        new Change(each.position(), each.lastCommittedAtMicros()),
                        new Place(record.partition(), record.offset()),
                        each.emittedAtMicros(),
                        nowMicros));
            }
        } else {
            Purge each = Purge.of(record.value());
            if (each.outcome() == Purge.Outcome.PURGED) {
                purged.putIfAbsent(new Place(each.partition(), each.offset()), each.purgedAtMicros());
            }
        }
    }

    /** Takes no notice of what was so far. */
    synchronized void forget() {
        captured.clear();
        viewed.clear();
        told.clear();
        purged.clear();
    }

    /** A line for each hop: how long it took, and how long since the commit. */
    synchronized List<String> report() {
        List<long[]> ways = new ArrayList<>();
        for (Told each : told) {
            Long inTable = captured.get(each.change);
            Long inView = viewed.get(each.change);
            Long gone = purged.get(each.place);
            if (inTable != null && inView != null && gone != null) {
                ways.add(new long[] {
                    each.change.committedAtMicros, inTable, inView, each.decidedMicros, each.readMicros, gone
                });
            }
        }
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%-38s %34s %34s",
                "of " + ways.size() + " changes, told alone:",
                "the hop, ms: p50 p90 p99 most",
                "since the commit: p50 p90 p99 most"));
        for (int i = 0; i < NAMES.size(); i++) {
            int hop = i + 1;
            lines.add(String.format(
                    Locale.ROOT,
                    "%-38s %34s %34s",
                    NAMES.get(i),
                    quantiles(ways, way -> way[hop] - way[hop - 1]),
                    quantiles(ways, way -> way[hop] - way[0])));
        }
        return lines;
    }

    private static String quantiles(List<long[]> ways, ToLongFunction<long[]> micros) {
        long[] sorted = ways.stream().mapToLong(micros).sorted().toArray();
        StringBuilder line = new StringBuilder();
        for (double quantile : new double[] {0.5, 0.9, 0.99, 1}) {
            int index = (int) Math.ceil(quantile * sorted.length) - 1;
            double ms = sorted.length == 0 ? 0 : sorted[Math.max(0, index)] / MICROS_PER_MILLI;
            line.append(String.format(Locale.ROOT, "%6.0f", ms));
        }
        return line.toString();
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
