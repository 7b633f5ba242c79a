package io.millrace.deadletter;

import io.millrace.runtime.source.SchemaLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Records that dead letters are not needed; their bytes stay. */
public final class Discard {
    private static final int CHUNK_LETTERS = 5_000;

    private final Brokers brokers;
    private final SchemaLookup schemas;
    private final Options options;
    private final Consumer<Outcome> told;
    private final Progress progress;

    /**
     * How to discard.
     *
     * @param dryRun whether nothing is written
     * @param by whose doing it is
     * @param reason why
     */
    public record Options(boolean dryRun, String by, String reason) {}

    public Discard(Brokers brokers, SchemaLookup schemas, Options options, Consumer<Outcome> told, Progress progress) {
        this.brokers = brokers;
        this.schemas = schemas;
        this.options = options;
        this.told = told;
        this.progress = progress;
    }

    /** Discards those that are selected of a topic's dead letters and of which nothing became yet. */
    public void run(DeadLetterTopic topic, Selection selection) {
        Selection wanted = selection.with(Set.of(State.OPEN));
        if (options.dryRun) {
            run(topic, wanted, null);
        } else {
            try (AuditedWriter writer = AuditedWriter.open(brokers, topic.name())) {
                run(topic, wanted, writer);
            }
        }
    }

    private void run(DeadLetterTopic topic, Selection wanted, AuditedWriter writer) {
        Audit audit = Audit.read(brokers, topic.name());
        RecordText text = new RecordText(schemas);
        List<DeadLetter> chunk = new ArrayList<>();
        new DeadLetterReader(brokers, progress).read(topic.name(), letter -> {
            if (wanted.includes(letter, audit.state(letter), text)) {
                chunk.add(letter);
            }
            if (chunk.size() >= CHUNK_LETTERS) {
                discard(chunk, writer);
            }
        });
        discard(chunk, writer);
    }

    private void discard(List<DeadLetter> chunk, AuditedWriter writer) {
        if (writer != null && !chunk.isEmpty()) {
            writer.transaction(() -> {
                chunk.forEach(letter -> writer.record(entry(letter)));
                return true;
            });
        }
        chunk.forEach(letter -> told.accept(new Outcome(letter, Outcome.Kind.DISCARDED, options.reason)));
        chunk.clear();
    }

    private AuditEntry entry(DeadLetter letter) {
        return new AuditEntry(
                letter.id(),
                State.DISCARDED,
                System.currentTimeMillis(),
                options.by,
                options.reason,
                letter.attempts() - 1,
                Optional.empty());
    }
}
