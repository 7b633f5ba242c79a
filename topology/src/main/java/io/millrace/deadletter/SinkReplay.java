package io.millrace.deadletter;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.RegistryException;
import io.millrace.schemas.ReplayHeaders;
import io.millrace.schemas.ReplayHeaders.Place;
import io.millrace.schemas.TopicNames;
import io.millrace.sink.SinkConnectorConfig;
import io.millrace.sql.Sink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Delivers the dead letters of a sink to it again, by a topic that it alone reads; what is sent and the record of it are one
 * transaction. Views and other sinks see nothing of it.
 *
 * <p>A change for a table is sent only if it is the last of its row in the topic that the sink reads: it tells how the row is
 * now. Whether it still is when it arrives, the sink's database knows, which remembers the last change of each row that was refused.
 * A message to a server is sent as it was, whatever came after it.
 */
final class SinkReplay {
    /** A transaction has no more dead letters than this, and about this many bytes. */
    private static final int CHUNK_LETTERS = 5_000;

    private static final long CHUNK_BYTES = 32L << 20;

    /** The stage of Connect at which the sink itself refuses a record; before it the sink has not seen it. */
    private static final String REFUSED_BY_SINK = "TASK_PUT";

    private final Brokers brokers;
    private final PipelineConfig config;
    private final RecordText text;
    private final Replay.Options options;
    private final Consumer<Outcome> told;
    private final Progress progress;
    private final List<Candidate> chunk = new ArrayList<>();
    private long chunkBytes;

    /**
     * A dead letter that may be sent.
     *
     * @param place where the sink read it
     * @param deletion whether it is the deletion of a row
     * @param parked whether it is a message that waited in a retry topic, to which it goes back
     */
    private record Candidate(DeadLetter letter, Place place, boolean deletion, boolean parked) {
        KeyHistory.Key key() {
            return KeyHistory.Key.of(place.partition(), letter.key());
        }

        long bytes() {
            return letter.bytes();
        }
    }

    SinkReplay(
            Brokers brokers,
            PipelineConfig config,
            SchemaLookup schemas,
            Replay.Options options,
            Consumer<Outcome> told,
            Progress progress) {
        this.brokers = brokers;
        this.config = config;
        this.text = new RecordText(schemas);
        this.options = options;
        this.told = told;
        this.progress = progress;
    }

    /** Replays those that are wanted of a sink's dead letters, and tells what comes of each. */
    void run(DeadLetterTopic topic, Selection wanted) {
        checkThatTheSinkReads(TopicNames.ofReplays(topic.name()), topic.of());
        if (options.dryRun()) {
            run(topic, wanted, null);
        } else {
            try (AuditedWriter writer = AuditedWriter.open(brokers, topic.name())) {
                run(topic, wanted, writer);
            }
        }
    }

    private void checkThatTheSinkReads(String replays, String sink) {
        if (!brokers.topics().contains(replays)) {
            throw UserError.of(
                    UserError.Category.MISMATCH,
                    "there is no topic " + replays + ", by which dead letters are delivered to sink " + sink + " again",
                    "millrace run makes it when it deploys the sink: start the pipeline, then replay");
        }
    }

    private void run(DeadLetterTopic topic, Selection wanted, AuditedWriter writer) {
        Sink sink = topic.sink().orElseThrow();
        // Read when the writer is open: what an earlier one has written is there then.
        Audit audit = Audit.read(brokers, topic.name());
        new DeadLetterReader(brokers, progress).read(topic.name(), letter -> {
            if (wanted.includes(letter, audit.state(letter), text)) {
                add(sink, letter, writer);
            }
        });
        work(sink, writer);
    }

    private void add(Sink sink, DeadLetter letter, AuditedWriter writer) {
        Optional<String> refusal = refusal(sink, letter);
        if (refusal.isPresent()) {
            told.accept(new Outcome(letter, Outcome.Kind.REFUSED, refusal.get()));
            return;
        }
        Candidate candidate = new Candidate(
                letter,
                letter.sinkPlace().orElseThrow(),
                SinkConnectorConfig.keepsATable(sink) && isDeletion(letter).orElseThrow(),
                isParked(letter));
        chunk.add(candidate);
        chunkBytes += candidate.bytes();
        if (chunk.size() >= CHUNK_LETTERS || chunkBytes >= CHUNK_BYTES) {
            work(sink, writer);
        }
    }

    /** Why a dead letter cannot be sent with any use; empty if it can. */
    Optional<String> refusal(Sink sink, DeadLetter letter) {
        String topic = SinkConnectorConfig.topic(config, sink);
        if (options.value() != null) {
            return Optional.of("it is a change that sink " + sink.name()
                    + " could not apply: mend the row in its source, which sends another, or what refuses it");
        }
        Optional<Place> place = letter.sinkPlace();
        if (place.isEmpty()) {
            return Optional.of("its headers do not say where in " + topic + " it was");
        }
        if (isParked(letter)) {
            return refusalOfAParked(sink, place.get());
        }
        if (!place.get().topic().equals(topic)) {
            return Optional.of(
                    "it comes from " + place.get().topic() + ", and sink " + sink.name() + " reads " + topic + " now");
        }
        return SinkConnectorConfig.keepsATable(sink) ? refusalOfARow(sink, letter) : Optional.empty();
    }

    private Optional<String> refusalOfAParked(Sink sink, Place place) {
        Optional<String> read = SinkConnectorConfig.retryTopic(config, sink);
        return read.filter(place.topic()::equals).isPresent()
                ? Optional.empty()
                : Optional.of("it waited in " + place.topic() + ", and sink " + sink.name() + " reads "
                        + read.map(topic -> topic + " instead").orElse("no retry topic") + " now: set the option"
                        + " retry_topic_delay_ms to what it was, deploy, and replay it then");
    }

    private Optional<String> refusalOfARow(Sink sink, DeadLetter letter) {
        if (letter.key() == null) {
            return Optional.of("it has no key, so nothing says which row it changes");
        }
        if (isDeletion(letter).isEmpty()) {
            return Optional.of(
                    "its value cannot be read, so nothing says whether it deletes its row: mend the row in its"
                            + " source, which sends another change");
        }
        // Of a captured table positions tell which change is newer.
        return sink.ofView() && !letter.reason().equals(REFUSED_BY_SINK)
                ? Optional.of(
                        "it could not be read, so that the sink knows nothing of it: have the row computed again, by a"
                                + " change of those that it comes from")
                : Optional.empty();
    }

    private Optional<Boolean> isDeletion(DeadLetter letter) {
        try {
            return text.isDeletion(letter.value());
        } catch (RegistryException e) {
            throw UserError.of(UserError.Category.UNREACHABLE, e.getMessage(), "check " + RegistryClient.URL);
        }
    }

    private static boolean isParked(DeadLetter letter) {
        return letter.headers().lastHeader(SinkConnectorConfig.PARKED_HEADER) != null;
    }

    /** Replays the chunk, and begins another. */
    private void work(Sink sink, AuditedWriter writer) {
        if (chunk.isEmpty()) {
            return;
        }
        Map<Candidate, String> superseded = SinkConnectorConfig.keepsATable(sink) ? superseded(sink) : Map.of();
        List<Outcome> outcomes = new ArrayList<>();
        for (Candidate each : chunk) {
            String why = superseded.get(each);
            outcomes.add(
                    why == null
                            ? new Outcome(each.letter, Outcome.Kind.REPLAYED, "")
                            : new Outcome(each.letter, Outcome.Kind.SUPERSEDED, why));
        }
        if (writer != null) {
            writer.transaction(() -> {
                send(superseded.keySet(), writer);
                outcomes.forEach(outcome -> writer.record(entry(outcome)));
                return true;
            });
        }
        outcomes.forEach(told);
        chunk.clear();
        chunkBytes = 0;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // A commit fails if any of its records was not written.
    private void send(Set<Candidate> superseded, AuditedWriter writer) {
        for (Candidate each : chunk) {
            if (!superseded.contains(each)) {
                writer.send(record(each));
            }
        }
    }

    /** Those of the chunk that are not the last change of their row, and why. */
    private Map<Candidate, String> superseded(Sink sink) {
        Map<Integer, Long> from = new HashMap<>();
        Set<KeyHistory.Key> keys = new HashSet<>();
        for (Candidate each : chunk) {
            // One that was replayed to its table is as old as the first time that it was there.
            from.merge(each.place.partition(), each.place.offset(), Math::min);
            keys.add(each.key());
        }
        String topic = SinkConnectorConfig.topic(config, sink);
        Map<Candidate, String> superseded = new HashMap<>();
        try (KeyHistory history = new KeyHistory(brokers, topic, from, keys, progress)) {
            history.readToEnd();
            chunk.forEach(each -> supersededBy(history, each, topic).ifPresent(why -> superseded.put(each, why)));
        }
        return superseded;
    }

    private static Optional<String> supersededBy(KeyHistory history, Candidate each, String topic) {
        Optional<KeyHistory.Newest> newest = history.newest(each.key());
        if (newest.isEmpty()) {
            return each.deletion
                    ? Optional.empty()
                    : Optional.of("it is no longer in " + topic + ", which keeps the last change of each row");
        }
        long first = ReplayHeaders.firstOffset(each.letter.headers(), each.place.offset());
        boolean last =
                newest.get().offset() == first || (each.deletion && newest.get().tombstone());
        return last
                ? Optional.empty()
                : Optional.of("a later change of its row is at offset "
                        + newest.get().offset() + " of " + topic + "-" + each.place.partition());
    }

    private static ProducerRecord<byte[], byte[]> record(Candidate each) {
        DeadLetter letter = each.letter;
        Headers headers = new RecordHeaders();
        letter.ownHeaders().forEach(headers::add);
        DeadLetterHeaders.set(headers, ReplayHeaders.DEAD_LETTER, letter.id().toString());
        DeadLetterHeaders.set(headers, ReplayHeaders.ATTEMPT, Long.toString(letter.attempts()));
        DeadLetterHeaders.set(headers, ReplayHeaders.FIRST_TIMESTAMP, Long.toString(letter.firstFailedAtMs()));
        if (!each.parked) {
            DeadLetterHeaders.set(headers, ReplayHeaders.SOURCE, each.place.toString());
        }
        return new ProducerRecord<>(
                each.parked
                        ? each.place.topic()
                        : TopicNames.ofReplays(letter.id().topic()),
                each.parked ? each.place.partition() : 0,
                letter.timestampMs() < 0 ? null : letter.timestampMs(),
                letter.key(),
                letter.value(),
                headers);
    }

    private AuditEntry entry(Outcome outcome) {
        DeadLetter letter = outcome.letter();
        boolean sent = outcome.kind() == Outcome.Kind.REPLAYED;
        return new AuditEntry(
                letter.id(),
                outcome.kind().state(),
                System.currentTimeMillis(),
                options.by(),
                outcome.message(),
                sent ? letter.attempts() : letter.attempts() - 1,
                Optional.empty());
    }
}
