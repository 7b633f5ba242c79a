package io.millrace.deadletter;

import io.millrace.schemas.TopicNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Which dead letters are open, look by look: each look reads what has come since the one before, of dead-letter topics and of what
 * became of their letters. Used by one thread.
 */
public final class DeadLetterWatch implements AutoCloseable {
    /** So many open dead letters of a topic are held, the ones that came first; when half of them are gone all are read anew. */
    private static final int MOST_HELD = 100_000;

    private final Brokers brokers;
    private final List<String> wanted;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Set<TopicPartition> assigned = new LinkedHashSet<>();
    private final Map<String, Watched> topics = new LinkedHashMap<>();

    /**
     * The dead letters of a topic.
     *
     * @param open how many are open, or more
     * @param oldestMs when the oldest of them failed, milliseconds since the epoch; empty where none is open
     * @param arrived how many have come since the first look
     */
    public record Status(long open, Optional<Long> oldestMs, long arrived) {}

    /** An open dead letter. */
    private record Open(long failedAtMs, Optional<AuditEntry.Place> place, long attempts) {}

    private static final class Watched {
        private final Map<DeadLetterId, Open> open = new HashMap<>();
        /** Those of which something became before they were read here. */
        private final Set<DeadLetterId> closedBefore = new HashSet<>();
        /** Events that were mended for all, with the number of their replays. */
        private final Map<AuditEntry.Place, Long> mended = new HashMap<>();

        private final Map<Integer, Long> read = new HashMap<>();
        private long notHeld;
        private long arrived;
        private boolean looked;
    }

    /** Of dead-letter topics, each of which may or may not exist. */
    public DeadLetterWatch(Brokers brokers, List<DeadLetterTopic> wanted) {
        this.brokers = brokers;
        this.wanted = wanted.stream().map(DeadLetterTopic::name).toList();
        this.consumer = brokers.committedOnly();
    }

    /**
     * Looks; returns the topics that there are.
     *
     * @param meanwhile is run again and again while there is much to read
     */
    public Map<String, Status> look(Runnable meanwhile) {
        assign();
        Map<TopicPartition, Long> ends = consumer.endOffsets(assigned);
        if (!assigned.isEmpty()) {
            brokers.read(consumer, ends, this::take, meanwhile);
        }
        Map<String, Status> found = new LinkedHashMap<>();
        topics.forEach((topic, watched) -> {
            watched.looked = true;
            found.put(
                    topic,
                    new Status(
                            watched.open.size() + watched.notHeld,
                            watched.open.values().stream().map(Open::failedAtMs).min(Long::compare),
                            watched.arrived));
            if (watched.notHeld > 0 && watched.open.size() < MOST_HELD / 2) {
                readAnew(topic, watched);
            }
        });
        return found;
    }

    private void assign() {
        Set<String> present = brokers.topics();
        List<TopicPartition> added = new ArrayList<>();
        for (String topic : wanted) {
            if (present.contains(topic)) {
                topics.computeIfAbsent(topic, any -> new Watched());
                added.addAll(Brokers.partitions(consumer, topic));
                String audit = TopicNames.ofAudit(topic);
                if (present.contains(audit)) {
                    added.add(new TopicPartition(audit, 0));
                }
            }
        }
        added.removeAll(assigned);
        if (!added.isEmpty()) {
            assigned.addAll(added);
            consumer.assign(assigned);
            consumer.seekToBeginning(added);
        }
    }

    private void readAnew(String topic, Watched watched) {
        watched.open.clear();
        watched.closedBefore.clear();
        watched.read.clear();
        watched.notHeld = 0;
        watched.looked = false;
        consumer.seekToBeginning(assigned.stream()
                .filter(partition ->
                        partition.topic().equals(topic) || partition.topic().equals(TopicNames.ofAudit(topic)))
                .toList());
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        Watched letters = topics.get(record.topic());
        if (letters != null) {
            takeLetter(letters, new DeadLetter(record));
        } else {
            AuditEntry entry = AuditEntry.of(record);
            Watched audited = topics.get(entry.id().topic());
            if (audited != null) {
                takeEntry(audited, entry);
            }
        }
    }

    private static void takeLetter(Watched watched, DeadLetter letter) {
        DeadLetterId id = letter.id();
        watched.read.put(id.partition(), id.offset());
        watched.arrived += watched.looked ? 1 : 0;
        Open open = new Open(letter.failedAtMs(), Audit.place(letter), letter.attempts());
        if (watched.closedBefore.remove(id) || isMended(watched, open)) {
            return;
        }
        if (watched.open.size() < MOST_HELD) {
            watched.open.put(id, open);
        } else {
            watched.notHeld++;
        }
    }

    private static boolean isMended(Watched watched, Open open) {
        return open.place()
                .map(place -> watched.mended.getOrDefault(place, 0L) >= open.attempts())
                .orElse(false);
    }

    private static void takeEntry(Watched watched, AuditEntry entry) {
        DeadLetterId id = entry.id();
        Long read = watched.read.get(id.partition());
        if (read != null && read >= id.offset()) {
            watched.notHeld -= watched.open.remove(id) == null && watched.notHeld > 0 ? 1 : 0;
        } else {
            watched.closedBefore.add(id);
        }
        entry.mended().ifPresent(place -> {
            watched.mended.merge(place, entry.replays(), Math::max);
            watched.open.values().removeIf(open -> isMended(watched, open));
        });
    }

    @Override
    public void close() {
        consumer.close();
    }
}
