package io.millrace.deadletter;

import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.ReplayHeaders;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Sends dead letters again, to the topic and partition that they were read from, once: what is sent and the record of it are one
 * transaction.
 *
 * <p>A change of a table must not come to lie behind a later one of its row: readers would drop it, but compaction would keep it and
 * not the later, so that who reads the topic anew had the old row. So a change is sent only if it is the last of its key in the
 * topic, or is followed by the last in the same transaction; one that is not, is superseded. That is looked at again before the
 * transaction is committed, up to where its records came to lie.
 *
 * <p>An event is one more record; see {@link io.millrace.runtime.source.EventReplay} for who counts it.
 */
public final class Replay {
    /** A transaction has no more dead letters than this, and about this many bytes. */
    private static final int CHUNK_LETTERS = 5_000;

    private static final long CHUNK_BYTES = 32L << 20;

    private final Brokers brokers;
    private final PlannedPipeline planned;
    private final SchemaLookup schemas;
    private final Options options;
    private final Consumer<Outcome> told;
    private final Progress progress;

    /**
     * How to replay.
     *
     * @param again whether those are sent, too, that were sent before
     * @param dryRun whether nothing is written
     * @param by whose doing it is
     * @param value what to send in the place of the value; null for the value itself
     */
    public record Options(boolean again, boolean dryRun, String by, byte[] value) {}

    public Replay(
            Brokers brokers,
            PlannedPipeline planned,
            SchemaLookup schemas,
            Options options,
            Consumer<Outcome> told,
            Progress progress) {
        this.brokers = brokers;
        this.planned = planned;
        this.schemas = schemas;
        this.options = options;
        this.told = told;
        this.progress = progress;
    }

    /** Replays those that are selected of a table's or a sink's dead letters, and tells what comes of each. */
    public void run(DeadLetterTopic topic, Selection selection) {
        Selection wanted = selection.with(options.again ? Set.of(State.OPEN, State.REPLAYED) : Set.of(State.OPEN));
        if (topic.sink().isPresent()) {
            new SinkReplay(brokers, planned.pipeline().config(), schemas, options, told, progress).run(topic, wanted);
            return;
        }
        if (options.dryRun) {
            new Run(topic, null).run(wanted);
        } else {
            try (AuditedWriter writer = AuditedWriter.open(brokers, topic.name())) {
                new Run(topic, writer).run(wanted);
            }
        }
    }

    private static UserError notReplayed(DeadLetterTopic topic) {
        return UserError.of(
                UserError.Category.USAGE,
                topic.name() + " has rows of view " + topic.of()
                        + ", no records of a topic, so nothing can be replayed",
                "a row is computed again when it changes: mend the rows that it comes from, or the view's SQL;"
                        + " then put it off with millrace dlq discard");
    }

    /** Of one topic. */
    private final class Run {
        private final DeadLetterTopic topic;
        private final String source;
        private final boolean events;
        private final AuditedWriter writer;
        private final Optional<Replayable> replayable;
        private List<Candidate> chunk = new ArrayList<>();
        private long chunkBytes;

        Run(DeadLetterTopic topic, AuditedWriter writer) {
            this.topic = topic;
            Optional<Table> table = topic.table();
            this.source =
                    table.map(each -> each.source().topic()).or(topic::topic).orElseThrow(() -> notReplayed(topic));
            this.events = table.map(Table::appendOnly).orElse(true);
            this.writer = writer;
            this.replayable = table.map(each -> new Replayable(each, planned, schemas));
        }

        void run(Selection wanted) {
            // Read when the writer is open: what an earlier one has written is there then.
            Audit audit = Audit.read(brokers, topic.name());
            RecordText text = new RecordText(schemas);
            new DeadLetterReader(brokers, progress).read(topic.name(), letter -> {
                if (wanted.includes(letter, audit.state(letter), text)) {
                    add(letter);
                }
            });
            work();
        }

        private void add(DeadLetter letter) {
            Replayable.Verdict verdict = replayable
                    .map(each -> each.of(letter, options.value))
                    .orElseGet(() -> Replayable.ofTopic(source, letter));
            if (verdict.refusal().isPresent()) {
                told.accept(new Outcome(
                        letter, Outcome.Kind.REFUSED, verdict.refusal().get()));
                return;
            }
            chunk.add(new Candidate(letter, verdict.deletion()));
            chunkBytes += letter.bytes();
            if (chunk.size() >= CHUNK_LETTERS || chunkBytes >= CHUNK_BYTES) {
                work();
            }
        }

        /** Replays the chunk, and begins another. */
        private void work() {
            if (!chunk.isEmpty()) {
                if (events) {
                    write(chunk, Map.of(), null);
                } else {
                    replayChanges();
                }
                chunk = new ArrayList<>();
                chunkBytes = 0;
            }
        }

        private void replayChanges() {
            Map<Integer, Long> from = new HashMap<>();
            Set<KeyHistory.Key> keys = new HashSet<>();
            for (Candidate each : chunk) {
                from.merge(each.partition, each.offset, Math::min);
                keys.add(each.key());
            }
            try (KeyHistory history = new KeyHistory(brokers, source, from, keys, progress)) {
                history.readToEnd();
                // A change that comes while they are sent makes one superseded; then the rest is sent again.
                while (!write(chunk, superseded(history), history)) {}
            }
        }

        /** Those of the chunk that are not to be sent, and why. */
        private Map<Candidate, String> superseded(KeyHistory history) {
            Map<KeyHistory.Key, Candidate> last = new HashMap<>();
            for (Candidate each : chunk) {
                last.merge(each.key(), each, (one, other) -> one.offset > other.offset ? one : other);
            }
            Map<Candidate, String> superseded = new HashMap<>();
            for (Candidate each : chunk) {
                last.get(each.key()).supersededBy(history).ifPresent(why -> superseded.put(each, why));
            }
            return superseded;
        }

        /** Sends all but some of the chunk; returns whether that was committed, which it is unless history goes on. */
        private boolean write(List<Candidate> all, Map<Candidate, String> superseded, KeyHistory history) {
            List<Outcome> outcomes = new ArrayList<>();
            all.forEach(each -> outcomes.add(
                    superseded.containsKey(each)
                            ? new Outcome(each.letter, Outcome.Kind.SUPERSEDED, superseded.get(each))
                            : new Outcome(each.letter, Outcome.Kind.REPLAYED, "")));
            if (writer != null && !writer.transaction(() -> send(all, superseded, history, outcomes))) {
                return false;
            }
            outcomes.forEach(told);
            return true;
        }

        private boolean send(
                List<Candidate> all, Map<Candidate, String> superseded, KeyHistory history, List<Outcome> outcomes) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (Candidate each : all) {
                if (!superseded.containsKey(each)) {
                    sent.add(writer.send(record(each)));
                }
            }
            outcomes.forEach(outcome -> writer.record(entry(outcome)));
            if (history == null || sent.isEmpty()) {
                return true;
            }
            writer.flush();
            history.readBefore(firstOffsets(sent));
            return superseded(history).keySet().equals(superseded.keySet());
        }

        private Map<Integer, Long> firstOffsets(List<Future<RecordMetadata>> sent) {
            Map<Integer, Long> first = new HashMap<>();
            try {
                for (Future<RecordMetadata> each : sent) {
                    RecordMetadata at = each.get();
                    first.merge(at.partition(), at.offset(), Math::min);
                }
                return first;
            } catch (ExecutionException e) {
                throw e.getCause() instanceof KafkaException failure ? failure : new KafkaException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new org.apache.kafka.common.errors.InterruptException(e);
            }
        }

        private ProducerRecord<byte[], byte[]> record(Candidate each) {
            DeadLetter letter = each.letter;
            Headers headers = new RecordHeaders();
            letter.ownHeaders().forEach(headers::add);
            DeadLetterHeaders.set(
                    headers, ReplayHeaders.DEAD_LETTER, letter.id().toString());
            DeadLetterHeaders.set(headers, ReplayHeaders.ATTEMPT, Long.toString(letter.attempts()));
            DeadLetterHeaders.set(headers, ReplayHeaders.OFFSET, Long.toString(each.offset));
            DeadLetterHeaders.set(headers, ReplayHeaders.APPLICATION, letter.application());
            DeadLetterHeaders.set(headers, ReplayHeaders.FIRST_TIMESTAMP, Long.toString(letter.firstFailedAtMs()));
            // Once mended, an event's earlier values go on with it: who took one of them takes none of the others.
            if (options.value != null || headers.lastHeader(ReplayHeaders.INSTEAD_OF) != null) {
                headers.add(ReplayHeaders.INSTEAD_OF, letter.value());
            }
            return new ProducerRecord<>(
                    source,
                    each.partition,
                    letter.timestampMs(),
                    letter.key(),
                    options.value == null ? letter.value() : options.value,
                    headers);
        }

        private AuditEntry entry(Outcome outcome) {
            DeadLetter letter = outcome.letter();
            boolean sent = outcome.kind() == Outcome.Kind.REPLAYED;
            return new AuditEntry(
                    letter.id(),
                    outcome.kind().state(),
                    System.currentTimeMillis(),
                    options.by,
                    outcome.message(),
                    sent ? letter.attempts() : letter.attempts() - 1,
                    sent && options.value != null ? Audit.place(letter) : Optional.empty());
        }
    }

    /** A dead letter that may be sent. */
    private static final class Candidate {
        private final DeadLetter letter;
        private final boolean deletion;
        private final int partition;
        private final long offset;

        Candidate(DeadLetter letter, boolean deletion) {
            this.letter = letter;
            this.deletion = deletion;
            this.partition = letter.sourcePartition().orElseThrow().intValue();
            this.offset = letter.firstOffset().orElseThrow();
        }

        KeyHistory.Key key() {
            return KeyHistory.Key.of(partition, letter.key());
        }

        /** Why a change is not the last of its row; empty if it is. */
        Optional<String> supersededBy(KeyHistory history) {
            Optional<KeyHistory.Newest> newest = history.newest(key());
            String topic = letter.sourceTopic().orElseThrow();
            if (newest.isEmpty()) {
                // The topic keeps the last change of every row, unless that is a deletion, which it keeps for a while.
                return deletion
                        ? Optional.empty()
                        : Optional.of("it is no longer in " + topic + ", which keeps the last change of each row");
            }
            boolean last =
                    newest.get().offset() == offset || (deletion && newest.get().tombstone());
            return last
                    ? Optional.empty()
                    : Optional.of("a later change of its row is at offset "
                            + newest.get().offset() + " of " + topic + "-" + partition);
        }
    }
}
