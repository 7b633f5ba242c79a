package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.delivery.FakeConnect;
import io.millrace.schemas.Purge;
import io.millrace.schemas.Purge.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;

/** A task as Connect drives it. */
final class CacheTask implements AutoCloseable {
    static final TopicPartition PARTITION = new TopicPartition(CacheRecords.TOPIC, 0);
    private static final long PATIENCE_MS = 20_000;

    final FakeConnect connect;
    final List<Purge> purges = Collections.synchronizedList(new ArrayList<>());
    final CdnPurgeSinkTask task = new CdnPurgeSinkTask(new Confirmations() {
        @Override
        public void add(Purge purge) {
            purges.add(purge);
        }

        @Override
        public void flush() {
            // They are there.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    });

    /** A task with properties, of which pauses are short and second purges are not made unless these say else. */
    CacheTask(String... properties) {
        Map<String, String> all = new HashMap<>(Map.of(
                "name",
                "photos.cdn.edge",
                CdnPurgeSinkConfig.CACHE,
                "edge",
                CdnPurgeSinkConfig.AGAIN_AFTER,
                "0",
                DeliveryConfig.RETRY_FIRST_PAUSE,
                "1",
                DeliveryConfig.RETRY_MAX_PAUSE,
                "50"));
        for (int i = 0; i < properties.length; i += 2) {
            all.put(properties[i], properties[i + 1]);
        }
        connect = new FakeConnect(all);
        connect.reporting = Thread.currentThread();
        task.initialize(connect);
        task.start(all);
        task.open(List.of(PARTITION, new TopicPartition(CacheRecords.TOPIC, 1)));
    }

    void put(SinkRecord... records) {
        task.put(List.of(records));
    }

    /** Hands the same records over again as long as the task asks for that. */
    void putUntilTaken(List<SinkRecord> records) throws InterruptedException {
        long until = System.currentTimeMillis() + PATIENCE_MS;
        while (true) {
            try {
                task.put(records);
                return;
            } catch (RetriableException e) {
                assertThat(System.currentTimeMillis()).as(e.getMessage()).isLessThan(until);
                Thread.sleep(Math.max(1, Math.min(200, connect.timeoutMs)));
            }
        }
    }

    /** Comes back with nothing, when the task wants it, until something holds. */
    void until(BooleanSupplier condition) throws InterruptedException {
        long until = System.currentTimeMillis() + PATIENCE_MS;
        while (!condition.getAsBoolean()) {
            assertThat(System.currentTimeMillis()).isLessThan(until);
            Thread.sleep(Math.max(1, Math.min(100, connect.timeoutMs)));
            putUntilTaken(List.of());
        }
    }

    long committable() {
        return task.preCommit(Map.of(PARTITION, new OffsetAndMetadata(0)))
                .get(PARTITION)
                .offset();
    }

    List<String> outcomes() {
        return purges.stream()
                .map(purge -> purge.outcome() + " " + purge.key() + "@" + purge.offset())
                .toList();
    }

    long count(Outcome outcome) {
        return List.copyOf(purges).stream()
                .filter(purge -> purge.outcome() == outcome)
                .count();
    }

    @Override
    public void close() {
        task.stop();
        connect.close();
    }
}
