package io.millrace.ops.bench;

import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.RegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** How long changes take from their commit until they are read from their table's topic. Thread-safe. */
final class CaptureDelays implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final double MICROS_PER_MILLI = 1_000;
    private static final long CLOSE_MS = 5_000;

    private final KafkaConsumer<byte[], GenericRecord> consumer;
    private final List<Double> delaysMs = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "capture-delays");

    private CaptureDelays(String bootstrapServers, String registryUrl, String topic) {
        GenericAvroDeserializer<GenericRecord> avro = new GenericAvroDeserializer<>();
        avro.configure(Map.of(RegistryClient.URL, registryUrl), false);
        consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers, "enable.auto.commit", false),
                new ByteArrayDeserializer(),
                avro);
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(each -> new TopicPartition(topic, each.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
    }

    /** Begins to read at the topic's end. */
    static CaptureDelays start(String bootstrapServers, String registryUrl, String topic) {
        CaptureDelays delays = new CaptureDelays(bootstrapServers, registryUrl, topic);
        delays.thread.setDaemon(true);
        delays.thread.start();
        return delays;
    }

    private void run() {
        try (consumer) {
            while (true) {
                for (ConsumerRecord<byte[], GenericRecord> record : consumer.poll(POLL)) {
                    take(record.value());
                }
            }
        } catch (WakeupException e) {
            // It is being closed.
            return;
        }
    }

    private synchronized void take(GenericRecord change) {
        if (change != null && change.get("source") instanceof GenericRecord source) {
            delaysMs.add(System.currentTimeMillis() - (Long) source.get("ts_us") / MICROS_PER_MILLI);
        }
    }

    /** Takes no notice of what was so far. */
    synchronized void forget() {
        delaysMs.clear();
    }

    /** The delays, in words. */
    synchronized String summary() {
        List<Double> sorted = new ArrayList<>(delaysMs);
        Collections.sort(sorted);
        return String.format(
                Locale.ROOT,
                "p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, most %.0f ms",
                quantile(sorted, 0.5),
                quantile(sorted, 0.9),
                quantile(sorted, 0.99),
                quantile(sorted, 1));
    }

    private static double quantile(List<Double> sorted, double quantile) {
        int index = (int) Math.ceil(quantile * sorted.size()) - 1;
        return sorted.isEmpty() ? 0 : sorted.get(Math.max(0, index));
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
