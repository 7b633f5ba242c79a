package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates topics of a pipeline's own. */
public final class NewTopics {
    private static final long REQUEST_TIMEOUT_MS = 30_000;
    private static final long LOOK_MS = 100;

    private NewTopics() {}

    /**
     * A topic as a pipeline's are: of large records, and of times that may be ahead of the brokers'.
     *
     * @param more further settings of it
     */
    public static NewTopic of(PipelineConfig config, String name, int partitions, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(more);
        settings.put(
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(config.get(PipelineConfig.RECORD_MAX_BYTES)));
        // Records carry the databases' time, whose clock may be ahead of the brokers'.
        settings.put(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, Long.toString(Long.MAX_VALUE));
        return new NewTopic(
                        name,
                        Optional.of(partitions),
                        Optional.of(config.get(PipelineConfig.REPLICATION_FACTOR))
                                .filter(factor -> factor > 0)
                                .map(Integer::shortValue))
                .configs(settings);
    }

    /**
     * Creates topics and waits until they take records. A producer that is refused its first batch, but not its second, since the
     * broker was just about to open the topic, cannot send the first one any more: the sequence has gone on.
     *
     * @throws ExecutionException if the brokers refuse one; its message says what was done
     * @throws TimeoutException if they do not answer
     */
    public static void create(Admin admin, Collection<NewTopic> topics) throws ExecutionException, TimeoutException {
        for (Map.Entry<String, KafkaFuture<Void>> creation :
                admin.createTopics(topics).values().entrySet()) {
            try {
                get(creation.getValue());
            } catch (ExecutionException e) {
                // Another instance that starts at the same time may have been faster.
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw new ExecutionException("creating topic " + creation.getKey(), e.getCause());
                }
            }
        }
        Map<TopicPartition, OffsetSpec> opened = new HashMap<>();
        for (NewTopic topic : topics) {
            for (int i = 0; i < topic.numPartitions(); i++) {
                opened.put(new TopicPartition(topic.name(), i), OffsetSpec.latest());
            }
        }
        if (!opened.isEmpty()) {
            awaitOpen(admin, opened);
        }
    }

    private static void awaitOpen(Admin admin, Map<TopicPartition, OffsetSpec> opened)
            throws ExecutionException, TimeoutException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REQUEST_TIMEOUT_MS);
        while (true) {
            try {
                get(admin.listOffsets(opened).all());
                return;
            } catch (ExecutionException e) {
                // A broker that has not heard of a topic yet is no reason for the client to ask again.
                boolean passes = e.getCause() instanceof UnknownTopicOrPartitionException;
                if (!passes || System.nanoTime() - deadline >= 0) {
                    throw new ExecutionException("waiting for new topics", e.getCause());
                }
            }
            try {
                Thread.sleep(LOOK_MS);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    private static <T> T get(KafkaFuture<T> future) throws ExecutionException, TimeoutException {
        try {
            return future.get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static InterruptException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new InterruptException(e);
    }
}
