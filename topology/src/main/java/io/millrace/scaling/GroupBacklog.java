package io.millrace.scaling;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * The backlog as the consumer group's committed positions tell it. What is committed has been sent on to its services in the same
 * transaction, so that a tick that is written afterwards comes behind it.
 */
final class GroupBacklog implements MetricsBacklog {
    private static final long PATIENCE_MS = 10_000;
    /** A record that is read is mostly committed within this time: what is not by then is looked at. */
    private static final long COMMITTED_MS = 150;

    private final Admin admin;
    private final String group;
    private final BooleanSupplier running;
    private final Gap gap;
    private final Map<TopicPartition, Long> mark = new HashMap<>();
    private final Map<TopicPartition, Long> first = new HashMap<>();
    private Map<TopicPartition, OffsetSpec> ends = Map.of();
    private long markedNanos;

    /**
     * The backlog of a group.
     *
     * @param gap says whether what is not committed is nothing
     * @param running whether this instance is among those that read
     */
    GroupBacklog(Admin admin, String group, Gap gap, BooleanSupplier running) {
        this.running = running;
        this.gap = gap;
        this.admin = admin;
        this.group = group;
    }

    @Override
    public void mark() throws InterruptedException {
        if (ends.isEmpty()) {
            TopicDescription topic = get(admin.describeTopics(List.of(ScalingTopics.METRICS))
                            .allTopicNames())
                    .get(ScalingTopics.METRICS);
            Map<TopicPartition, OffsetSpec> found = new HashMap<>();
            topic.partitions()
                    .forEach(each -> found.put(
                            new TopicPartition(ScalingTopics.METRICS, each.partition()), OffsetSpec.latest()));
            ends = found;
        }
        Map<TopicPartition, OffsetSpec> beginnings = new HashMap<>();
        ends.keySet().forEach(partition -> beginnings.put(partition, OffsetSpec.earliest()));
        // Both at once: a decision waits for it.
        ListOffsetsResult ending = admin.listOffsets(ends, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED));
        ListOffsetsResult beginning = admin.listOffsets(beginnings);
        Map<TopicPartition, ListOffsetsResultInfo> now = get(ending.all());
        Map<TopicPartition, ListOffsetsResultInfo> begin = get(beginning.all());
        mark.clear();
        first.clear();
        now.forEach((partition, end) -> {
            gap.bounds(partition, begin.get(partition).offset(), end.offset());
            // Where nothing is left, nobody has committed anything, perhaps.
            if (end.offset() > begin.get(partition).offset()) {
                mark.put(partition, end.offset());
                first.put(partition, begin.get(partition).offset());
            }
        });
        markedNanos = System.nanoTime();
    }

    @Override
    public boolean isReadToMark() throws InterruptedException {
        if (!running.getAsBoolean()) {
            return false;
        }
        Map<TopicPartition, OffsetAndMetadata> committed =
                get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        boolean late = System.nanoTime() - markedNanos > TimeUnit.MILLISECONDS.toNanos(COMMITTED_MS);
        return mark.entrySet().stream().allMatch(end -> {
            OffsetAndMetadata at = committed.get(end.getKey());
            long from = at == null ? first.get(end.getKey()) : at.offset();
            return from >= end.getValue() || (late && gap.isEmpty(end.getKey(), from, end.getValue()));
        });
    }

    private static <T> T get(KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("how far metrics are read is not known", e);
        }
    }

    @Override
    public void close() {
        admin.close();
        gap.close();
    }
}
