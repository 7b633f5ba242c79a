package io.millrace.deadletter;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Reads dead-letter topics. */
public final class DeadLetterReader {
    private final Brokers brokers;
    private final Progress progress;

    public DeadLetterReader(Brokers brokers, Progress progress) {
        this.brokers = brokers;
        this.progress = progress;
    }

    /** Reads all dead letters that a topic has at the moment of the call, one partition after the other from its beginning. */
    public void read(String topic, Consumer<DeadLetter> reader) {
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.committedOnly()) {
            List<TopicPartition> partitions = Brokers.partitions(consumer, topic);
            // Ends of partitions that are not assigned are answered, with a warning for each.
            consumer.assign(partitions);
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long total = partitions.stream()
                    .mapToLong(each -> ends.get(each) - begins.get(each))
                    .sum();
            long before = 0;
            for (TopicPartition partition : partitions) {
                long done = before - begins.get(partition);
                long end = ends.get(partition);
                consumer.assign(List.of(partition));
                consumer.seek(partition, begins.get(partition));
                brokers.read(consumer, Map.of(partition, end), record -> {
                    if (record.offset() < end) {
                        progress.at(topic, done + record.offset() + 1, total);
                        reader.accept(new DeadLetter(record));
                    }
                });
                before += end - begins.get(partition);
            }
        }
    }

    /** The dead letter of that id; empty where there is none. */
    public Optional<DeadLetter> find(DeadLetterId id) {
        TopicPartition partition = new TopicPartition(id.topic(), id.partition());
        DeadLetter[] found = new DeadLetter[1];
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.committedOnly()) {
            if (!Brokers.partitions(consumer, id.topic()).contains(partition)) {
                return Optional.empty();
            }
            consumer.assign(List.of(partition));
            if (id.offset() < consumer.endOffsets(List.of(partition)).get(partition)) {
                consumer.seek(partition, id.offset());
                brokers.read(consumer, Map.of(partition, id.offset() + 1), record -> {
                    if (record.offset() == id.offset()) {
                        found[0] = new DeadLetter(record);
                    }
                });
            }
        }
        return Optional.ofNullable(found[0]);
    }
}
