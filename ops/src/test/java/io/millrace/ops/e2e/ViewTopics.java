package io.millrace.ops.e2e;

import io.millrace.differential.TopicReader;
import io.millrace.ops.stack.Stack;
import io.millrace.plan.PlanNode;
import io.millrace.schemas.AvroSerdes;
import io.millrace.schemas.RegistryClient;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** A reader of committed records of views' topics, from their beginning. */
final class ViewTopics implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(20);

    private final KafkaConsumer<GenericRecord, GenericRecord> consumer;
    private final Map<String, TopicReader> readers = new LinkedHashMap<>();

    /** Reads the topics of views, which are there; their names begin with the application's. */
    ViewTopics(Stack stack, String application, List<PlanNode.View> views) {
        RegistryClient registry = new RegistryClient(stack.registry().url());
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        stack.broker().bootstrapServers(),
                        "isolation.level",
                        "read_committed",
                        "enable.auto.commit",
                        false),
                AvroSerdes.keys(registry).deserializer(),
                AvroSerdes.values(registry).deserializer());
        views.forEach(view -> readers.put(application + "." + view.name(), new TopicReader(view)));
        List<TopicPartition> partitions = readers.keySet().stream()
                .flatMap(topic -> consumer.partitionsFor(topic).stream())
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** Follows all that has come; fails when a change does not follow from those before. */
    void follow() {
        ConsumerRecords<GenericRecord, GenericRecord> come = consumer.poll(POLL);
        while (!come.isEmpty()) {
            come.forEach(change -> readers.get(change.topic()).read(change.key(), change.value()));
            come = consumer.poll(POLL);
        }
    }

    /** The rows that a view's changes led to, of a multiset view each once. */
    List<String> rows(String topic) {
        return readers.get(topic).rows();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
