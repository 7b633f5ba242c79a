package io.millrace.deadletter;

import io.millrace.schemas.TopicNames;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** What became of the dead letters of a topic, as recorded in the topic {@code <topic>.dlq.audit}. */
public final class Audit {
    private final Map<DeadLetterId, AuditEntry> entries = new HashMap<>();
    private final Map<AuditEntry.Place, AuditEntry> mended = new HashMap<>();

    Audit() {}

    /** What is recorded now; nothing where nobody has replayed or discarded any. */
    public static Audit read(Brokers brokers, String deadLetters) {
        Audit audit = new Audit();
        TopicPartition partition = new TopicPartition(TopicNames.ofAudit(deadLetters), 0);
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.committedOnly()) {
            if (!consumer.listTopics().containsKey(partition.topic())) {
                return audit;
            }
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            brokers.read(consumer, consumer.endOffsets(List.of(partition)), record -> audit.add(AuditEntry.of(record)));
        }
        return audit;
    }

    void add(AuditEntry entry) {
        entries.put(entry.id(), entry);
        entry.mended()
                .ifPresent(place ->
                        mended.merge(place, entry, (one, other) -> one.replays() > other.replays() ? one : other));
    }

    /**
     * What is recorded of a dead letter. An event that was mended is so for all who have set it aside, or do so later, since a
     * mended event counts for all who cannot read what it was; unless the mended one failed again.
     */
    public Optional<AuditEntry> of(DeadLetter letter) {
        AuditEntry own = entries.get(letter.id());
        if (own != null) {
            return Optional.of(own);
        }
        return place(letter).map(mended::get).filter(entry -> entry.replays() >= letter.attempts());
    }

    /** What became of a dead letter. */
    public State state(DeadLetter letter) {
        return of(letter).map(AuditEntry::state).orElse(State.OPEN);
    }

    /** Where a dead letter's record was read first. */
    static Optional<AuditEntry.Place> place(DeadLetter letter) {
        return letter.sourcePartition()
                .flatMap(partition -> letter.firstOffset().map(offset -> new AuditEntry.Place(partition, offset)));
    }
}
