package io.millrace.connectors.cdn;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Says where partitions end. Used by one thread. */
final class TopicEnds implements AutoCloseable {
    private static final long PATIENCE_MS = 2_000;

    private final Map<String, Object> client;
    private Admin admin;

    TopicEnds(Map<String, Object> client) {
        this.client = client;
    }

    /** The ends of partitions; nothing where the brokers do not say. */
    Map<TopicPartition, Long> of(Set<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        try {
            if (admin == null) {
                admin = Admin.create(client);
            }
            admin.listOffsets(asked)
                    .all()
                    .get(PATIENCE_MS, TimeUnit.MILLISECONDS)
                    .forEach((partition, end) -> ends.put(partition, end.offset()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            return Map.of();
        }
        return ends;
    }

    @Override
    public void close() {
        if (admin != null) {
            admin.close(Duration.ofSeconds(1));
        }
    }
}
