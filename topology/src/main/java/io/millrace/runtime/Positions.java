package io.millrace.runtime;

import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Stage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * How far the application has read, in all its instances: what is left to read below each view, and what of the exchanges
 * has been read and can go. Asked of the brokers by one thread; read by any.
 */
final class Positions {
    private static final long REQUEST_TIMEOUT_MS = 10_000;

    private final Admin admin;
    private final String applicationId;
    private final Map<String, Set<String>> topicsByView = new HashMap<>();
    private final Set<String> exchangeTopics = new HashSet<>();
    private final Set<TopicPartition> partitions = new HashSet<>();
    private Map<TopicPartition, ListOffsetsResultInfo> lastEnds = Map.of();
    private volatile Map<String, Long> lags = Map.of();
    private final int stages;
    private volatile boolean caughtUpOnce;
    private volatile int looksCaughtUp;

    Positions(Admin admin, PipelineTopics topics, Plan plan, int partitionCount) {
        this.admin = admin;
        this.applicationId = topics.applicationId();
        List<Stage> all = Stage.of(plan);
        this.stages = all.size();
        for (Stage stage : all) {
            for (PlanNode node : stage.nodes()) {
                String topic;
                if (node instanceof PlanNode.Scan scan) {
                    topic = scan.table().source().topic();
                } else if (node instanceof PlanNode.Exchange exchange) {
                    topic = topics.exchange(plan, exchange);
                    exchangeTopics.add(topic);
                } else {
                    continue;
                }
                plan.viewsOf(node).forEach(view -> topicsByView
                        .computeIfAbsent(view, any -> new HashSet<>())
                        .add(topic));
                for (int i = 0; i < partitionCount; i++) {
                    partitions.add(new TopicPartition(topic, i));
                }
            }
        }
    }

    /** How many records are left to read below a view; -1 while that is not known. */
    long lag(String view) {
        Map<String, Long> current = lags;
        if (current.isEmpty()) {
            return -1;
        }
        return topicsByView.getOrDefault(view, Set.of()).stream()
                .mapToLong(topic -> current.getOrDefault(topic, 0L))
                .sum();
    }

    /** Whether there was a moment since the start when all had been read that was there a moment before. */
    boolean caughtUpOnce() {
        return caughtUpOnce;
    }

    /**
     * Whether what was in the sources at a moment since the start has gone through all stages. One look says that all topics
     * were read up to where they ended at the look before; what that led to is in the next stage's topics by then.
     */
    boolean caughtUpThrough() {
        return looksCaughtUp > stages;
    }

    /** Asks the brokers. */
    void refresh() {
        Map<TopicPartition, OffsetAndMetadata> committed = committed();
        Map<TopicPartition, ListOffsetsResultInfo> ends = ends();
        Map<TopicPartition, OffsetSpec> unread = new HashMap<>();
        partitions.forEach(partition -> {
            if (committed.get(partition) == null && ends.get(partition).offset() > 0) {
                unread.put(partition, OffsetSpec.earliest());
            }
        });
        Map<TopicPartition, ListOffsetsResultInfo> starts =
                unread.isEmpty() ? Map.of() : get(admin.listOffsets(unread).all());
        Map<String, Long> byTopic = new HashMap<>();
        boolean behind = false;
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata read = committed.get(partition);
            long from = read != null
                    ? read.offset()
                    : starts.containsKey(partition) ? starts.get(partition).offset() : 0;
            byTopic.merge(partition.topic(), Math.max(0, ends.get(partition).offset() - from), Long::sum);
            // Under a steady flow something is always unread; what was there at the last look must not be.
            behind |=
                    from < lastEnds.getOrDefault(partition, ends.get(partition)).offset();
        }
        lags = byTopic;
        lastEnds = ends;
        caughtUpOnce |= !behind;
        looksCaughtUp = behind ? 0 : looksCaughtUp + 1;
    }

    private Map<TopicPartition, ListOffsetsResultInfo> ends() {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
        return get(admin.listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .all());
    }

    /**
     * Asks the brokers whether there was a moment in this call when all that was in the sources had gone through all stages:
     * all topics were read up to where they end, and what is read and what it led to are committed together.
     */
    boolean nothingLeft() {
        Map<TopicPartition, OffsetAndMetadata> committed = committed();
        Map<TopicPartition, ListOffsetsResultInfo> ends = ends();
        return partitions.stream().allMatch(partition -> {
            OffsetAndMetadata read = committed.get(partition);
            return (read == null ? 0 : read.offset()) >= ends.get(partition).offset();
        });
    }

    /** Asks the brokers how far the rows of a fan-out are read, if any are under way. */
    void tell(FanOut fanOut) {
        Set<TopicPartition> watched = fanOut.watched();
        if (watched.isEmpty()) {
            return;
        }
        Map<TopicPartition, Long> read = new HashMap<>();
        committed().forEach((partition, offset) -> {
            if (offset != null && watched.contains(partition)) {
                read.put(partition, offset.offset());
            }
        });
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        watched.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        get(admin.listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .all())
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        fanOut.learn(read, ends);
    }

    /** Deletes from the exchanges what has been read. */
    void purge() {
        Map<TopicPartition, RecordsToDelete> read = new HashMap<>();
        committed().forEach((partition, offset) -> {
            if (offset != null && exchangeTopics.contains(partition.topic())) {
                read.put(partition, RecordsToDelete.beforeOffset(offset.offset()));
            }
        });
        if (!read.isEmpty()) {
            get(admin.deleteRecords(read).all());
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() {
        return get(admin.listConsumerGroupOffsets(applicationId).partitionsToOffsetAndMetadata());
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("the brokers did not say how far the application has read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }
}
