package io.millrace.scaling.execute;

import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.Brokers;
import io.millrace.scaling.ScalingTopics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What became of decisions, read from the topic of executions: of each service and executor the newest. */
public final class ExecutionLog {
    private static final Logger LOG = LoggerFactory.getLogger(ExecutionLog.class);

    private final Brokers brokers;

    public ExecutionLog(PipelineConfig config) {
        this.brokers = new Brokers(config);
    }

    /** By service and executor, in that order. */
    public Map<String, Execution> read() {
        Map<String, Execution> newest = new TreeMap<>();
        if (!brokers.topics().contains(ScalingTopics.EXECUTIONS)) {
            return newest;
        }
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.committedOnly()) {
            List<TopicPartition> partitions = Brokers.partitions(consumer, ScalingTopics.EXECUTIONS);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            brokers.read(consumer, consumer.endOffsets(partitions), record -> take(record, newest));
        }
        return newest;
    }

    /** A record without a value takes back what its key had; what is no execution says nothing. */
    static void take(ConsumerRecord<byte[], byte[]> record, Map<String, Execution> newest) {
        if (record.key() != null && record.value() == null) {
            newest.remove(new String(record.key(), StandardCharsets.UTF_8));
            return;
        }
        try {
            Execution execution = Execution.parse(record.value());
            newest.put(execution.key(), execution);
        } catch (IOException e) {
            LOG.warn("the record at {} of {} is no execution", record.offset(), ScalingTopics.EXECUTIONS);
        }
    }
}
