package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.deadletter.Audit;
import io.millrace.deadletter.AuditEntry;
import io.millrace.deadletter.DeadLetter;
import io.millrace.deadletter.DeadLetterId;
import io.millrace.deadletter.DeadLetterReader;
import io.millrace.deadletter.Outcome;
import io.millrace.deadletter.Progress;
import io.millrace.deadletter.RecordText;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which dead letters a command changes, and what it tells of each. */
final class DlqOutcomes implements Consumer<Outcome> {
    private static final int SHOWN = 20;

    @Parameters(
            paramLabel = "ID",
            arity = "0..*",
            description = "Dead letters, as list shows them; without one, those that the filters leave.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--all", description = "All that are open; needed where there is neither an ID nor a filter.")
    private boolean all;

    @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
    private boolean dryRun;

    private final Map<Outcome.Kind, Long> counts = new EnumMap<>(Outcome.Kind.class);
    private final Set<DeadLetterId> told = new HashSet<>();
    private DlqAccess access;

    boolean dryRun() {
        return dryRun;
    }

    /** The dead letters that are named. @throws UserError where neither a name nor a filter says which are meant */
    Set<DeadLetterId> ids(DlqFilters filters) {
        if (names.isEmpty() && !filters.narrow() && !all) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "which dead letters?",
                    "name some by their ids, narrow them down (--topic, --reason, --since, --key), or write --all");
        }
        Set<DeadLetterId> ids = new TreeSet<>();
        names.forEach(name -> ids.add(DeadLetterId.parse(name)));
        return ids;
    }

    void to(DlqAccess to) {
        access = to;
    }

    /** Prints what was done: as text the first of each kind, whose numbers come at the end. */
    @Override
    public void accept(Outcome outcome) {
        counts.merge(outcome.kind(), 1L, Long::sum);
        told.add(outcome.letter().id());
        String id = outcome.letter().id().toString();
        if (access.json()) {
            access.out()
                    .println(access.object()
                            .put("id", id)
                            .put("outcome", outcome.kind().label())
                            .put("message", outcome.message())
                            .put("dry_run", dryRun));
        } else if (counts.get(outcome.kind()) <= SHOWN) {
            access.out()
                    .println(id + " " + sentence(outcome.kind())
                            + (outcome.message().isEmpty() ? "" : ": " + RecordText.harmless(outcome.message())));
        }
    }

    private String sentence(Outcome.Kind kind) {
        return dryRun && kind != Outcome.Kind.REFUSED ? "would be " + kind.label() : kind.label();
    }

    /** Tells of those that were named, but not open any more. */
    void passedOver(Set<DeadLetterId> ids, String hint) {
        for (DeadLetterId id : ids) {
            if (!told.contains(id)) {
                DeadLetter letter = new DeadLetterReader(access.brokers(), Progress.NONE)
                        .find(id)
                        .orElseThrow(() -> UserError.of(
                                UserError.Category.NOT_FOUND,
                                "there is no dead letter " + id,
                                "millrace dlq list shows which there are"));
                Optional<AuditEntry> entry =
                        Audit.read(access.brokers(), id.topic()).of(letter);
                accept(new Outcome(
                        letter,
                        Outcome.Kind.REFUSED,
                        entry.map(became -> "it was " + became.state().label() + " at "
                                        + DlqListCommand.time(became.atMs()) + " by " + became.by() + hint)
                                .orElse("the filters leave it out")));
            }
        }
    }

    /** Prints the numbers; returns the exit code. */
    int end() {
        if (!access.json()) {
            if (counts.isEmpty()) {
                access.out().println("no dead letter is meant");
            }
            List<String> numbers = new ArrayList<>();
            counts.forEach((kind, count) -> numbers.add(count + " " + sentence(kind)));
            if (counts.values().stream().mapToLong(Long::longValue).sum() > 1) {
                access.out().println(String.join(", ", numbers));
            }
        }
        access.out().flush();
        return counts.containsKey(Outcome.Kind.REFUSED) ? Millrace.FAILURE : Millrace.OK;
    }
}
