package io.millrace.ops.bench;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How far a consumer group has come, by its committed positions: what is committed is done, outputs included, since each
 * program measured here runs exactly-once.
 */
final class GroupProgress {
    private static final long LOOK_NANOS = 20_000_000L;

    /** A transaction's marker takes an offset that nobody commits. */
    private static final long MARKERS = 2;

    private final Admin admin;
    private final String group;
    private final BenchProcess process;

    GroupProgress(Admin admin, String group, BenchProcess process) {
        this.admin = admin;
        this.group = group;
        this.process = process;
    }

    /**
     * Waits until the group has read a topic's partition 0 up to an offset.
     *
     * @return the offset that it has come to by then, at least that
     */
    long await(String topic, long offset) throws InterruptedException, ExecutionException {
        TopicPartition partition = new TopicPartition(topic, 0);
        while (true) {
            OffsetAndMetadata position = committed().get(partition);
            if (position != null && position.offset() >= offset) {
                return position.offset();
            }
            pause();
        }
    }

    /**
     * Waits until the group has read so many records of topics, all together.
     *
     * @return how many it has read by then, at least that
     */
    long awaitTotal(Collection<String> topics, long records) throws InterruptedException, ExecutionException {
        while (true) {
            long read = committed().entrySet().stream()
                    .filter(each -> topics.contains(each.getKey().topic()))
                    .mapToLong(each -> each.getValue().offset())
                    .sum();
            if (read >= records) {
                return read;
            }
            pause();
        }
    }

    /** Waits until the group has read all that there is in every topic that it reads, its own exchanges included. */
    void awaitAllRead() throws InterruptedException, ExecutionException {
        while (!allRead()) {
            pause();
        }
    }

    private boolean allRead() throws InterruptedException, ExecutionException {
        Map<TopicPartition, OffsetAndMetadata> committed = committed();
        Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> ends = admin.listOffsets(
                        committed.keySet().stream()
                                .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest())))
                .all()
                .get();
        return committed.entrySet().stream()
                .allMatch(each ->
                        ends.get(each.getKey()).offset() - each.getValue().offset() <= MARKERS);
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() throws InterruptedException, ExecutionException {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>(admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get());
        committed.values().removeIf(Objects::isNull);
        return committed;
    }

    private void pause() {
        process.checkAlive();
        LockSupport.parkNanos(LOOK_NANOS);
    }
}
