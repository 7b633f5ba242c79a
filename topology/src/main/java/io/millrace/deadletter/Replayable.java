package io.millrace.deadletter;

import io.millrace.catalog.Table;
import io.millrace.plan.PlanNode;
import io.millrace.row.SourceChange;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.source.SourceDecoder;
import io.millrace.runtime.source.SourceRecordError;
import java.util.Optional;
import java.util.stream.IntStream;

/** Which dead letters of a table can be sent again with any use. */
final class Replayable {
    private final Table table;
    private final SourceDecoder decoder;

    /** Those of a table as the pipeline's folder declares it now. */
    Replayable(Table table, PlannedPipeline planned, SchemaLookup schemas) {
        this.table = table;
        this.decoder = SourceDecoder.of(table, neededColumns(table, planned), schemas);
    }

    /** The columns that views need, since no others can have failed; all where no view reads the table. */
    private static int[] neededColumns(Table table, PlannedPipeline planned) {
        int[] needed = planned.plan().nodes().stream()
                .filter(PlanNode.Scan.class::isInstance)
                .map(PlanNode.Scan.class::cast)
                .filter(scan -> scan.table().equals(table))
                .flatMapToInt(scan -> scan.columns().stream().mapToInt(Integer::intValue))
                .distinct()
                .sorted()
                .toArray();
        return needed.length > 0
                ? needed
                : IntStream.range(0, table.columns().size()).toArray();
    }

    /**
     * Whether it can.
     *
     * @param refusal why not; empty if it can
     * @param deletion whether it is the deletion of a row
     */
    record Verdict(Optional<String> refusal, boolean deletion) {
        private static Verdict no(String why) {
            return new Verdict(Optional.of(why), false);
        }
    }

    /**
     * Looks at a dead letter.
     *
     * @param mended the value to send in the place of its own; null for its own
     */
    Verdict of(DeadLetter letter, byte[] mended) {
        Verdict place = ofTopic(table.source().topic(), letter);
        if (place.refusal().isPresent()) {
            return place;
        }
        if (!table.appendOnly()) {
            Optional<String> never = neverOfATable(letter, mended);
            if (never.isPresent()) {
                return new Verdict(never, false);
            }
        }
        try {
            SourceChange change = decode(letter, letter.value());
            return mended == null
                    ? new Verdict(Optional.empty(), change != null && change.deletion())
                    : Verdict.no("it can be read now: replay it as it is, without another value");
        } catch (SourceRecordError e) {
            return mended == null
                    ? Verdict.no("it would fail again: " + e.getMessage() + whatToDo())
                    : mended(letter, mended);
        }
    }

    /** Looks at a dead letter of a topic that no table is declared for: whoever reads that judges it. */
    static Verdict ofTopic(String topic, DeadLetter letter) {
        boolean known = letter.sourceTopic().filter(topic::equals).isPresent()
                && letter.sourcePartition().isPresent()
                && letter.firstOffset().isPresent();
        return known
                ? new Verdict(Optional.empty(), false)
                : Verdict.no("its headers do not say where in " + topic + " it was");
    }

    private Verdict mended(DeadLetter letter, byte[] mended) {
        try {
            decode(letter, mended);
            return new Verdict(Optional.empty(), false);
        } catch (SourceRecordError e) {
            return Verdict.no("the other value would fail, too: " + e.getMessage());
        }
    }

    private Optional<String> neverOfATable(DeadLetter letter, byte[] mended) {
        String name = table.name();
        if (!table.hasKey()) {
            return Optional.of(
                    "table " + name + " has no primary key, and of its changes later ones have been taken: take a"
                            + " new snapshot (docs/ingest.md)");
        }
        if (mended != null) {
            return Optional.of(
                    "it is a change of table " + name + ": mend the row in the database, which sends another");
        }
        if (letter.key() == null) {
            return Optional.of("it has no key, so nothing says which row of " + name + " it changes");
        }
        return letter.reason().equals("wrong_partition")
                ? Optional.of("it lies in another partition than its key says: " + letter.message())
                : Optional.empty();
    }

    private String whatToDo() {
        return table.appendOnly()
                ? "; mend it with --value, or change what tables.sql declares"
                : "; change what tables.sql declares, or the row in the database";
    }

    private SourceChange decode(DeadLetter letter, byte[] value) throws SourceRecordError {
        return decoder.decode(
                letter.key(),
                value,
                letter.sourcePartition().orElseThrow().intValue(),
                letter.firstOffset().orElseThrow(),
                letter.timestampMs());
    }
}
