package io.millrace.scaling.execute;

import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.Brokers;
import io.millrace.runtime.StreamsProperties;
import io.millrace.scaling.Decision;
import io.millrace.scaling.DecisionJson;
import io.millrace.scaling.ScalingTopics;
import io.millrace.schemas.ReplayHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The services that an instance sees to at one executor. Instances share them as members of a consumer group of the decisions'
 * topic, so that one alone sees to a service. Where a record of the topic was not settled when an instance died, the next one reads
 * it again. Used by one thread, but for {@link #wakeUp}.
 */
final class SharedServices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedServices.class);
    private static final int SESSION_TIMEOUT_MS = 10_000;

    private final String executor;
    private final PipelineConfig config;
    private final List<String> services;
    private final BiFunction<String, Execution, ServiceExecution> begin;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, ServiceExecution> executions = new TreeMap<>();
    /** The record of each service's standing decision, until it is settled. */
    private final Map<String, ConsumerRecord<byte[], byte[]>> open = new HashMap<>();

    /** The ends of the partitions that have not been read to where they ended when they were assigned. */
    private final Map<TopicPartition, Long> unread = new HashMap<>();

    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    /** Records that are read, and not taken yet. */
    private final Queue<ConsumerRecord<byte[], byte[]>> read = new ArrayDeque<>();

    /** Whether the services of the assigned partitions are taken up. */
    private boolean shared = true;

    /**
     * The share of an instance.
     *
     * @param services those of the policy
     * @param begin what sees to a service, from what was last done for it, which is null for nothing
     */
    SharedServices(
            String executor,
            PipelineConfig config,
            List<String> services,
            BiFunction<String, Execution, ServiceExecution> begin) {
        this.executor = executor;
        this.config = config;
        this.services = services;
        this.begin = begin;
        Map<String, Object> reading = new Brokers(config).properties();
        reading.put(ConsumerConfig.GROUP_ID_CONFIG, config.get(PipelineConfig.APPLICATION_ID) + "-scaling-" + executor);
        reading.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, StreamsProperties.instanceId(config) + "-" + executor);
        reading.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        reading.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        this.consumer = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Joins those that share them. */
    void join() {
        consumer.subscribe(List.of(ScalingTopics.DECISIONS), new Shares());
    }

    /** Takes decisions that were made; waits a little for them. */
    void read(Duration wait) {
        consumer.poll(wait).forEach(read::add);
        if (!shared) {
            share();
            shared = true;
        }
        for (ConsumerRecord<byte[], byte[]> record = read.poll(); record != null; record = read.poll()) {
            take(record);
        }
    }

    /** Whether all is read that had been decided when they were assigned: of decisions that were made long ago only the last count. */
    boolean isCaughtUp() {
        unread.entrySet()
                .removeIf(end -> !consumer.assignment().contains(end.getKey())
                        || consumer.position(end.getKey()) >= end.getValue());
        return unread.isEmpty();
    }

    /** What sees to each. */
    Collection<ServiceExecution> executions() {
        return executions.values();
    }

    /** The record of the decision that stands for a service. */
    ConsumerRecord<byte[], byte[]> standing(String service) {
        return open.get(service);
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        Decision decision;
        try {
            decision = DecisionJson.read(record.value());
        } catch (RuntimeException e) {
            LOG.warn("the record at {} of {} is no decision", record.offset(), ScalingTopics.DECISIONS);
            return;
        }
        ServiceExecution execution = executions.get(decision.service());
        if (!decision.changes() || execution == null) {
            return;
        }
        if (execution.decided(decision, ReplayHeaders.replays(record.headers()) > 0)) {
            open.put(decision.service(), record);
        }
    }

    /** What is settled need not be read again. */
    void commit() {
        open.keySet()
                .removeIf(service -> executions.get(service) == null
                        || executions.get(service).isSettled());
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            long offset = consumer.position(partition);
            for (ConsumerRecord<byte[], byte[]> record : open.values()) {
                offset = record.partition() == partition.partition() ? Math.min(offset, record.offset()) : offset;
            }
            offsets.put(partition, new OffsetAndMetadata(offset));
        }
        offsets.entrySet().removeIf(each -> each.getValue().equals(committed.get(each.getKey())));
        if (!offsets.isEmpty()) {
            consumer.commitSync(offsets);
            committed.putAll(offsets);
        }
    }

    /** Which services are this instance's. */
    private final class Shares implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            shared = false;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            // All of them: by the classic protocol those that stay are assigned anew.
            shared = false;
            executions.clear();
            read.clear();
            open.clear();
            committed.clear();
            unread.clear();
        }
    }

    /** Takes up the services of the partitions that are this instance's, as the account has them. */
    private void share() {
        Set<TopicPartition> partitions = consumer.assignment();
        if (partitions.isEmpty()) {
            return;
        }
        Map<String, Execution> known = new ExecutionLog(config).read();
        int count = consumer.partitionsFor(ScalingTopics.DECISIONS).size();
        for (String service : services) {
            // As producers choose it by the key.
            int partition = Utils.toPositive(Utils.murmur2(service.getBytes(StandardCharsets.UTF_8))) % count;
            if (partitions.contains(new TopicPartition(ScalingTopics.DECISIONS, partition))) {
                executions.put(service, begin.apply(service, known.get(service + " " + executor)));
            }
        }
        unread.putAll(consumer.endOffsets(partitions));
    }

    /** Has whoever reads stop. */
    void wakeUp() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
