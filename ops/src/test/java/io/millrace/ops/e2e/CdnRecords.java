package io.millrace.ops.e2e;

import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Purge;
import io.millrace.schemas.RegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What is committed of a view's changes, of invalidations and of purges, from the topics' beginnings. Used by one thread. */
final class CdnRecords implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(20);

    private final KafkaConsumer<byte[], GenericRecord> consumer;
    private final String viewTopic;
    private Set<TopicPartition> assigned = Set.of();
    final PageHistory history = new PageHistory();
    final List<Told> told = new ArrayList<>();
    final List<Purge> purges = new ArrayList<>();

    /** An invalidation with where it is in its topic. */
    record Told(int partition, long offset, Invalidation what) {}

    CdnRecords(String bootstrapServers, String registryUrl, String viewTopic) {
        this.viewTopic = viewTopic;
        GenericAvroDeserializer<GenericRecord> avro = new GenericAvroDeserializer<>();
        avro.configure(Map.of(RegistryClient.URL, registryUrl), false);
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        "read_committed",
                        "enable.auto.commit",
                        false,
                        "auto.offset.reset",
                        "earliest"),
                new ByteArrayDeserializer(),
                avro);
    }

    /** Reads what has come. */
    void follow() {
        if (assigned.stream().map(TopicPartition::topic).distinct().count() < 3) {
            List<TopicPartition> found = new ArrayList<>();
            Map<String, List<org.apache.kafka.common.PartitionInfo>> topics = consumer.listTopics();
            for (String topic : List.of(viewTopic, Invalidation.TOPIC, Purge.TOPIC)) {
                topics.getOrDefault(topic, List.of())
                        .forEach(each -> found.add(new TopicPartition(topic, each.partition())));
            }
            if (found.size() > assigned.size()) {
                assigned = Set.copyOf(found);
                consumer.assign(assigned);
            }
        }
        for (ConsumerRecord<byte[], GenericRecord> record : consumer.poll(POLL)) {
            if (record.value() == null) {
                continue;
            }
            if (record.topic().equals(viewTopic)) {
                history.changed(record.value());
            } else if (record.topic().equals(Invalidation.TOPIC)) {
                told.add(new Told(record.partition(), record.offset(), Invalidation.of(record.value())));
            } else {
                purges.add(Purge.of(record.value()));
            }
        }
    }

    /** The invalidations of a tag, in order. */
    List<Invalidation> told(String tag) {
        return told.stream()
                .map(Told::what)
                .filter(what -> what.kind() == Invalidation.TargetKind.TAG
                        && what.target().equals(tag))
                .toList();
    }

    /** The purges of a tag with that outcome, in order. */
    List<Purge> purges(String tag, Purge.Outcome outcome) {
        return purges.stream()
                .filter(purge -> purge.target().equals(tag) && purge.outcome() == outcome)
                .toList();
    }

    /** Whether every invalidation that a tag is purged for has been, twice where it is made twice. */
    boolean allPurged(Purge.Outcome outcome) {
        return notPurged(outcome).isEmpty();
    }

    /** The tags that were told and not purged since. */
    List<Told> notPurged(Purge.Outcome outcome) {
        return told.stream()
                .filter(each -> each.what.kind() == Invalidation.TargetKind.TAG)
                .filter(each -> purges.stream()
                        .noneMatch(purge -> purge.outcome() == outcome
                                && purge.key().equals(each.what.key())
                                && purge.offset() >= each.offset))
                .toList();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
