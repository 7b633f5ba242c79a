package io.millrace.runtime;

import io.millrace.plan.PlanNode;
import io.millrace.runtime.source.SchemaLookup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.rocksdb.RocksDBException;

/**
 * Views' topics, as they are on the brokers.
 *
 * @param clients properties of Kafka's clients
 * @param directory where what was read is kept meanwhile
 */
record PublishedTopics(Admin admin, Map<String, String> clients, Path directory, SchemaLookup schemas)
        implements Publication.Source {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long REQUEST_TIMEOUT_MS = 30_000;

    /** Reads all that is there when it begins; it waits for open transactions to end. */
    @Override
    public PublishedRows read(PlanNode.View view, TopicPartition partition, BooleanSupplier wanted)
            throws IOException, RocksDBException, ExecutionException, InterruptedException, TimeoutException {
        if (!wanted.getAsBoolean()) {
            return null;
        }
        long end = admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                .partitionResult(partition)
                .get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .offset();
        PublishedRows rows =
                new PublishedRows(view, directory.resolve(view.name() + "-" + partition.partition()), schemas);
        boolean whole = false;
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(partition)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (wanted.getAsBoolean() && !whole) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    rows.take(record.key(), record.value());
                }
                whole = consumer.position(partition) >= end;
            }
            if (whole) {
                rows.begin();
            }
        } finally {
            if (!whole) {
                rows.close();
            }
        }
        return whole ? rows : null;
    }

    private KafkaConsumer<byte[], byte[]> consumer(TopicPartition partition) {
        Map<String, Object> properties = new HashMap<>(clients);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "published-rows-" + partition);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
