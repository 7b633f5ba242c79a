package io.millrace.invalidation;

import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.Brokers;
import io.millrace.runtime.NewTopics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the topics and positions of sinks of type cdn in order, before the application starts. Used by one thread. */
final class CdnBrokers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CdnBrokers.class);
    private static final long REQUEST_TIMEOUT_MS = 30_000;
    private static final String FOREVER = "-1";

    /** A transaction that its writer left open lasts longer; then it is looked at again. */
    private static final Duration REMAINS_PATIENCE = Duration.ofSeconds(5);

    private final PipelineConfig config;
    private final CdnTopics topics;
    private final Admin admin;

    CdnBrokers(PipelineConfig config, CdnTopics topics) {
        this.config = config;
        this.topics = topics;
        this.admin = Admin.create(new HashMap<>(config.kafka()));
    }

    Admin admin() {
        return admin;
    }

    /** Whether views were followed of which it was not forgotten yet up to where. */
    boolean hasFollowed() {
        return committed().keySet().stream()
                .anyMatch(partition -> !partition.topic().equals(topics.exchange()));
    }

    /** Whether all of these views have been followed before, so that it is known where to go on. */
    boolean areKnown(List<FollowedView> views) {
        Set<String> known = topicsOf(committed().keySet());
        return views.stream().allMatch(view -> known.contains(topics.view(view.name())));
    }

    /**
     * Prepares a start of the application with those views.
     *
     * @throws KafkaException if a view's topic is not there, or the brokers do not do it: it may be tried again
     */
    void prepare(List<FollowedView> views) {
        List<String> followed =
                views.stream().map(view -> topics.view(view.name())).toList();
        Map<String, Integer> partitions = partitions(followed);
        Set<String> missing = new TreeSet<>(followed);
        missing.removeAll(partitions.keySet());
        if (!missing.isEmpty()) {
            throw new KafkaException("topics of views are not there yet: " + String.join(", ", missing));
        }
        boolean isFirst = partitions(List.of(topics.exchange())).isEmpty();
        createMissing(views);
        if (!isFirst && committed().isEmpty()) {
            LOG.warn(
                    "where {} had read views to is not known any more: purge the caches once, which were not told of what changed"
                            + " meanwhile",
                    topics.application());
        }
        keepChanges(followed);
        Set<String> read = new HashSet<>(followed);
        views.forEach(view -> view.sinks().forEach(sink -> read.add(topics.replays(sink.name()))));
        read.add(topics.exchange());
        placeOffsets(partitions, read);
    }

    private void createMissing(List<FollowedView> views) {
        int all = config.get(PipelineConfig.PARTITIONS);
        Map<String, NewTopic> wanted = new TreeMap<>();
        add(wanted, topics.exchange(), all, true);
        // How long they are kept is for the brokers, or for who looks after them.
        add(wanted, topics.invalidations(), all, false);
        add(wanted, topics.purges(), all, false);
        for (FollowedView view : views) {
            view.sinks().forEach(sink -> {
                add(wanted, topics.deadLetters(sink.name()), all, true);
                add(wanted, topics.replays(sink.name()), 1, true);
            });
        }
        wanted.keySet().removeAll(partitions(wanted.keySet()).keySet());
        try {
            NewTopics.create(admin, wanted.values());
        } catch (ExecutionException e) {
            throw failed(e.getMessage(), e);
        } catch (TimeoutException e) {
            throw unanswered(e);
        }
    }

    private void add(Map<String, NewTopic> wanted, String topic, int partitions, boolean kept) {
        Map<String, String> settings = new HashMap<>();
        settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
        if (kept) {
            settings.put(TopicConfig.RETENTION_MS_CONFIG, FOREVER);
            settings.put(TopicConfig.RETENTION_BYTES_CONFIG, FOREVER);
        }
        wanted.put(topic, NewTopics.of(config, topic, partitions, settings));
    }

    /** Sees to it that compaction leaves changes alone while the application is away for a while. */
    private void keepChanges(Collection<String> views) {
        long wantedMs = config.get(PipelineConfig.CDN_CHANGES_KEPT_MS);
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        try {
            List<ConfigResource> resources = views.stream()
                    .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                    .toList();
            get(admin.describeConfigs(resources).all()).forEach((resource, known) -> {
                long now = Long.parseLong(
                        known.get(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG).value());
                if (now < wantedMs) {
                    changes.put(
                            resource,
                            List.of(new AlterConfigOp(
                                    new ConfigEntry(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG, Long.toString(wantedMs)),
                                    AlterConfigOp.OpType.SET)));
                }
            });
            if (!changes.isEmpty()) {
                get(admin.incrementalAlterConfigs(changes).all());
            }
        } catch (ExecutionException e) {
            // It may be forbidden; then somebody else has to see to it.
            LOG.warn(
                    "{} cannot be set on the topics {}: changes may be compacted away while the pipeline is stopped: {}",
                    TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
                    views,
                    e.getCause().getMessage());
        }
    }

    /**
     * Has a topic that is read for the first time be read from its end on, as what was cached before is not known to be stale; and
     * forgets where in topics it was that are not read any more, so that it will be so again with them.
     */
    private void placeOffsets(Map<String, Integer> views, Set<String> read) {
        Set<TopicPartition> committed = committed().keySet();
        Set<TopicPartition> left = new HashSet<>(committed);
        left.removeIf(partition -> read.contains(partition.topic()));
        Map<TopicPartition, OffsetSpec> fresh = new HashMap<>();
        views.forEach((topic, partitions) -> {
            for (int i = 0; i < partitions; i++) {
                TopicPartition partition = new TopicPartition(topic, i);
                if (!committed.contains(partition)) {
                    fresh.put(partition, OffsetSpec.latest());
                }
            }
        });
        try {
            if (!left.isEmpty()) {
                get(admin.deleteConsumerGroupOffsets(topics.application(), left).all());
            }
            if (!fresh.isEmpty()) {
                Map<TopicPartition, OffsetAndMetadata> start = new HashMap<>();
                ends(fresh).forEach((partition, end) -> start.put(partition, new OffsetAndMetadata(end)));
                get(admin.alterConsumerGroupOffsets(topics.application(), start).all());
                LOG.info("changes of {} are followed from now on", new TreeSet<>(topicsOf(start.keySet())));
            }
        } catch (ExecutionException e) {
            // While another instance runs already it cannot be done, and need not: that one did it before it ran.
            throw failed("where to begin cannot be set", e);
        }
    }

    /**
     * Whether nothing is left that is to be told, by all instances: what was on its way to where targets meet was read, and none of them
     * is pending. So it is committed then, whatever happens to who did it.
     */
    boolean hasToldAll() {
        try (Consumer<byte[], byte[]> consumer = new Brokers(config).committedOnly()) {
            Remains remains = new Remains(consumer, REMAINS_PATIENCE);
            Map<TopicPartition, Long> read = all(topics.exchange(), OffsetSpec.earliest());
            committed().forEach((partition, offset) -> {
                if (offset != null) {
                    read.computeIfPresent(partition, (any, first) -> Math.max(first, offset.offset()));
                }
            });
            // In this order: what is read by now is pending, or was told.
            return remains.nothingIn(read, all(topics.exchange(), OffsetSpec.latest()))
                    && remains.nothingKeptIn(
                            all(topics.pending(), OffsetSpec.earliest()), all(topics.pending(), OffsetSpec.latest()));
        }
    }

    /** Of all partitions of a topic, of which there may be none; ends are those of transactions that are open, too. */
    private Map<TopicPartition, Long> all(String topic, OffsetSpec wanted) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        int partitions = partitions(List.of(topic)).getOrDefault(topic, 0);
        for (int i = 0; i < partitions; i++) {
            asked.put(new TopicPartition(topic, i), wanted);
        }
        return ends(asked);
    }

    /** Forgets up to where views were read. @throws KafkaException while anybody reads them */
    void forgetViews() {
        Set<TopicPartition> read = new HashSet<>(committed().keySet());
        read.removeIf(partition -> partition.topic().equals(topics.exchange()));
        if (!read.isEmpty()) {
            try {
                get(admin.deleteConsumerGroupOffsets(topics.application(), read).all());
            } catch (ExecutionException e) {
                throw failed("positions cannot be deleted", e);
            }
        }
    }

    private static Set<String> topicsOf(Set<TopicPartition> partitions) {
        Set<String> names = new TreeSet<>();
        partitions.forEach(partition -> names.add(partition.topic()));
        return names;
    }

    /** Deletes what the exchange is done with. */
    void purge() {
        Map<TopicPartition, RecordsToDelete> done = new HashMap<>();
        committed().forEach((partition, offset) -> {
            if (offset != null && partition.topic().equals(topics.exchange()) && offset.offset() > 0) {
                done.put(partition, RecordsToDelete.beforeOffset(offset.offset()));
            }
        });
        if (!done.isEmpty()) {
            try {
                get(admin.deleteRecords(done).all());
            } catch (ExecutionException e) {
                throw failed("what was read cannot be deleted", e);
            }
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> committed() {
        try {
            return get(admin.listConsumerGroupOffsets(topics.application()).partitionsToOffsetAndMetadata());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return Map.of();
            }
            throw failed("positions cannot be read", e);
        }
    }

    private Map<TopicPartition, Long> ends(Map<TopicPartition, OffsetSpec> partitions) {
        try {
            Map<TopicPartition, Long> ends = new HashMap<>();
            get(admin.listOffsets(partitions).all())
                    .forEach((partition, result) -> ends.put(partition, result.offset()));
            return ends;
        } catch (ExecutionException e) {
            throw failed("the ends of topics cannot be seen", e);
        }
    }

    private Map<String, Integer> partitions(Collection<String> names) {
        Map<String, Integer> partitions = new HashMap<>();
        admin.describeTopics(names).topicNameValues().forEach((topic, description) -> {
            try {
                partitions.put(topic, get(description).partitions().size());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw failed("topic " + topic + " cannot be described", e);
                }
            }
        });
        return partitions;
    }

    private static <T> T get(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw unanswered(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }

    private static KafkaException unanswered(TimeoutException e) {
        return new KafkaException("the brokers do not answer", e);
    }

    private static KafkaException failed(String what, ExecutionException e) {
        return new KafkaException(what + ": " + e.getCause().getMessage(), e.getCause());
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(1));
    }
}
