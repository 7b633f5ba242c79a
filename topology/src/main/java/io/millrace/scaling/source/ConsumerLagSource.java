package io.millrace.scaling.source;

import io.millrace.scaling.Sample;
import io.millrace.scaling.policy.MetricSource;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** How many records lie between a consumer group's committed positions and the ends of its partitions. */
final class ConsumerLagSource implements Source {
    private static final long PATIENCE_MS = 10_000;

    private final MetricSource.ConsumerLag source;
    private final Admin admin;

    ConsumerLagSource(MetricSource.ConsumerLag source, Admin admin) {
        this.source = source;
        this.admin = admin;
    }

    @Override
    public List<Sample> read(long timeMs) throws IOException, InterruptedException {
        Map<TopicPartition, Long> positions = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> committed =
                get(admin.listConsumerGroupOffsets(source.group()).partitionsToOffsetAndMetadata());
        committed.forEach((partition, position) -> {
            boolean meant = source.topic().isEmpty() || source.topic().equals(partition.topic());
            if (meant && position != null) {
                positions.put(partition, position.offset());
            }
        });
        if (positions.isEmpty()) {
            throw new IOException("the group " + source.group() + " has committed nothing"
                    + (source.topic().isEmpty() ? "" : " of " + source.topic()));
        }
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        positions.keySet().forEach(partition -> asked.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, ListOffsetsResultInfo> ends =
                get(admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .all());
        long lag = 0;
        for (Map.Entry<TopicPartition, Long> position : positions.entrySet()) {
            lag += Math.max(0, ends.get(position.getKey()).offset() - position.getValue());
        }
        return List.of(new Sample(source.service(), "", source.name(), lag, timeMs));
    }

    private static <T> T get(KafkaFuture<T> future) throws IOException, InterruptedException {
        try {
            return future.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException("the brokers do not answer", e);
        }
    }
}
