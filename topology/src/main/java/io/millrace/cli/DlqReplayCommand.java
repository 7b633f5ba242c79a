package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.deadletter.DeadLetterId;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.deadletter.Replay;
import io.millrace.deadletter.Selection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace dlq replay}: sends dead letters again, once. */
@Command(
        name = "replay",
        description =
                "Send dead letters again to where they came from, each once: changes of tables unless a later change of the"
                        + " row is there, events, and what a sink could not apply to that sink.")
final class DlqReplayCommand implements Callable<Integer> {
    @Mixin
    private DlqAccess access;

    @Mixin
    private DlqFilters filters;

    @Mixin
    private DlqOutcomes outcomes;

    @Option(
            names = "--value",
            paramLabel = "TEXT",
            description = "Send this in the place of the value, to mend an event; with exactly one ID.")
    private String value;

    @Option(names = "--value-file", paramLabel = "FILE", description = "As --value, with the bytes of a file.")
    private Path valueFile;

    @Option(
            names = "--again",
            description =
                    "Send those too that were replayed before. An event counts once more then, a server gets a message once more.")
    private boolean again;

    @Override
    public Integer call() throws IOException {
        Set<DeadLetterId> ids = outcomes.ids(filters);
        byte[] mended = mended(ids);
        access.open();
        outcomes.to(access);
        Selection selection = filters.selection(ids, Set.of());
        List<DeadLetterTopic> topics = topics(ids);
        try (ProgressLine progress = access.progress()) {
            Replay replay = new Replay(
                    access.brokers(),
                    access.planned(),
                    access.schemas(),
                    new Replay.Options(again, outcomes.dryRun(), DlqAccess.user(), mended),
                    outcomes,
                    progress);
            topics.forEach(topic -> replay.run(topic, selection));
        }
        outcomes.passedOver(ids, "; --again sends what was replayed once more");
        return outcomes.end();
    }

    /** Those of the named dead letters; else those that the filters leave, but for views' rows, which cannot be replayed. */
    private List<DeadLetterTopic> topics(Set<DeadLetterId> ids) {
        if (!ids.isEmpty()) {
            return ids.stream().map(access::topicOf).distinct().toList();
        }
        List<DeadLetterTopic> meant = filters.topics(access.topics());
        List<DeadLetterTopic> replayable =
                meant.stream().filter(DeadLetterTopic::isReplayable).toList();
        return replayable.isEmpty() ? meant : replayable;
    }

    private byte[] mended(Set<DeadLetterId> ids) throws IOException {
        if (value == null && valueFile == null) {
            return null;
        }
        if (ids.size() != 1 || (value != null && valueFile != null)) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "another value is for exactly one dead letter",
                    "name its ID, and write one of --value and --value-file");
        }
        if (value != null) {
            return value.getBytes(StandardCharsets.UTF_8);
        }
        if (!Files.isReadable(valueFile)) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "the file " + valueFile + " cannot be read",
                    "--value-file names a file with the value's bytes");
        }
        return Files.readAllBytes(valueFile);
    }
}
