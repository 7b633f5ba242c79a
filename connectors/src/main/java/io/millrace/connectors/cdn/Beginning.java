package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a cache begins that has read nothing yet: it is empty, and need not forget what changed before it was there. Its group is
 * given offsets before any task reads: those of a time that is given, or a while before now, so that whatever was published since the
 * connector was created is behind them, however long Connect took to start it. Partitions that come later are read from their
 * beginning.
 */
final class Beginning {
    private static final Logger LOG = LoggerFactory.getLogger(Beginning.class);

    /** Longer than Connect takes from a connector's creation to its start: it may wait five minutes for a worker. */
    static final Duration BEFORE = Duration.ofMinutes(15);

    private static final long PATIENCE_MS = 30_000;

    private final Map<String, String> properties;
    private final CdnPurgeSinkConfig config;

    Beginning(CdnPurgeSinkConfig config, Map<String, String> properties) {
        this.config = config;
        this.properties = properties;
    }

    /** Gives the group offsets where it has none and is to begin at the end. */
    void set() {
        if (!config.beginsLater()) {
            return;
        }
        long sinceMs = config.beginsAt()
                .map(Instant::toEpochMilli)
                .orElseGet(() -> System.currentTimeMillis() - BEFORE.toMillis());
        try (Admin admin = Admin.create(config.purgesClient())) {
            for (String topic : properties.get("topics").split(",", -1)) {
                if (!topic.strip().equals(config.getString(DeliveryConfig.REPLAY_TOPIC))) {
                    setIfThere(admin, topic.strip(), sinceMs);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted", e);
        } catch (ExecutionException e) {
            throw unset(e.getCause());
        } catch (TimeoutException | KafkaException e) {
            throw unset(e);
        }
    }

    private void setIfThere(Admin admin, String topic, long sinceMs)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            set(admin, topic, sinceMs);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof UnknownTopicOrPartitionException)
                    && !(e.getCause() instanceof UnknownMemberIdException)) {
                throw e;
            }
            LOG.debug("there is nothing to pass over in {}", topic, e);
        }
    }

    private static ConnectException unset(Throwable cause) {
        return new ConnectException(
                "the group's first offsets could not be set: " + cause.getMessage() + ". Set "
                        + CdnPurgeSinkConfig.PURGES_SERVERS + " and, for what else a client needs, "
                        + CdnPurgeSinkConfig.PURGES_CLIENT_PREFIX + "NAME, or " + CdnPurgeSinkConfig.BEGIN
                        + " = beginning",
                cause);
    }

    private void set(Admin admin, String topic, long sinceMs)
            throws InterruptedException, ExecutionException, TimeoutException {
        String group =
                properties.getOrDefault("consumer.override.group.id", "connect-" + properties.getOrDefault("name", ""));
        boolean begun = admin
                .listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get(PATIENCE_MS, TimeUnit.MILLISECONDS)
                .entrySet()
                .stream()
                .anyMatch(each -> each.getKey().topic().equals(topic) && each.getValue() != null);
        if (begun) {
            return;
        }
        TopicDescription described = admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get(PATIENCE_MS, TimeUnit.MILLISECONDS)
                .get(topic);
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        Map<TopicPartition, ListOffsetsResultInfo> ends = at(admin, described, OffsetSpec.latest());
        at(admin, described, OffsetSpec.forTimestamp(sinceMs)).forEach((partition, found) -> {
            // None where nothing has come since then.
            long offset = found.offset() < 0 ? ends.get(partition).offset() : found.offset();
            offsets.put(partition, new OffsetAndMetadata(offset));
        });
        admin.alterConsumerGroupOffsets(group, offsets).all().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        LOG.info("{} begins in {} with what came since {}", group, topic, Instant.ofEpochMilli(sinceMs));
    }

    private static Map<TopicPartition, ListOffsetsResultInfo> at(Admin admin, TopicDescription topic, OffsetSpec spec)
            throws InterruptedException, ExecutionException, TimeoutException {
        return admin.listOffsets(topic.partitions().stream()
                        .collect(Collectors.toMap(
                                each -> new TopicPartition(topic.name(), each.partition()), each -> spec)))
                .all()
                .get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }
}
