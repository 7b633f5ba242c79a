package io.millrace.cli;

import io.millrace.deadletter.DeadLetterId;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.deadletter.Discard;
import io.millrace.deadletter.Selection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace dlq discard}: records that dead letters are not needed. */
@Command(
        name = "discard",
        description = "Record that dead letters are not needed, by whom and why; their bytes stay where they are.")
final class DlqDiscardCommand implements Callable<Integer> {
    @Mixin
    private DlqAccess access;

    @Mixin
    private DlqFilters filters;

    @Mixin
    private DlqOutcomes outcomes;

    @Option(names = "--because", required = true, paramLabel = "TEXT", description = "Why, for those who look later.")
    private String because;

    @Override
    public Integer call() {
        Set<DeadLetterId> ids = outcomes.ids(filters);
        access.open();
        outcomes.to(access);
        Selection selection = filters.selection(ids, Set.of());
        List<DeadLetterTopic> topics = ids.isEmpty()
                ? filters.topics(access.topics())
                : ids.stream().map(access::topicOf).distinct().toList();
        try (ProgressLine progress = access.progress()) {
            Discard discard = new Discard(
                    access.brokers(),
                    access.schemas(),
                    new Discard.Options(outcomes.dryRun(), DlqAccess.user(), because),
                    outcomes,
                    progress);
            topics.forEach(topic -> discard.run(topic, selection));
        }
        outcomes.passedOver(ids, "");
        return outcomes.end();
    }
}
