package io.millrace.scaling.source;

import io.millrace.scaling.Sample;
import io.millrace.scaling.policy.MetricSource;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
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
        Map<TopicPartition, Long> committed = new HashMap<>();
        get(admin.listConsumerGroupOffsets(source.group()).partitionsToOffsetAndMetadata())
                .forEach((partition, position) -> {
                    if (position != null) {
                        committed.put(partition, position.offset());
                    }
                });
        Set<String> topics = get(admin.listTopics().names());
        Set<TopicPartition> meant =
                source.topic().isEmpty() ? present(committed.keySet(), topics) : partitions(source.topic(), topics);
        if (meant.isEmpty()) {
            throw new IOException(
                    "the group " + source.group() + " has committed nothing; name its topic, and all of that counts");
        }
        Map<TopicPartition, Long> begins = offsets(meant, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = offsets(meant, OffsetSpec.latest());
        return List.of(new Sample(source.service(), "", source.name(), lag(committed, begins, ends), timeMs));
    }

    /** A topic that is deleted has no end that anybody could tell. */
    static Set<TopicPartition> present(Set<TopicPartition> committed, Set<String> topics) {
        return committed.stream()
                .filter(partition -> topics.contains(partition.topic()))
                .collect(Collectors.toSet());
    }

    private Set<TopicPartition> partitions(String topic, Set<String> topics) throws IOException, InterruptedException {
        if (!topics.contains(topic)) {
            throw new IOException("there is no topic " + topic);
        }
        return get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).partitions().stream()
                .map(each -> new TopicPartition(topic, each.partition()))
                .collect(Collectors.toSet());
    }

    private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec spec)
            throws IOException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, spec));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        get(admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .all())
                .forEach((partition, info) -> offsets.put(partition, info.offset()));
        return offsets;
    }

    /** Where nothing is committed all waits: a group of which no member ever ran must be able to get its first one. */
    static long lag(
            Map<TopicPartition, Long> committed, Map<TopicPartition, Long> begins, Map<TopicPartition, Long> ends) {
        long lag = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            long begin = begins.get(end.getKey());
            // What was deleted before it was read is not read any more.
            long position = Math.max(begin, committed.getOrDefault(end.getKey(), begin));
            lag += Math.max(0, end.getValue() - position);
        }
        return lag;
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
