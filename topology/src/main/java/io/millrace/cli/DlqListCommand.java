package io.millrace.cli;

import io.millrace.deadletter.DeadLetter;
import io.millrace.deadletter.DeadLetterReader;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.deadletter.RecordText;
import io.millrace.deadletter.Selection;
import io.millrace.deadletter.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace dlq list}: a line a dead letter, the newest first. */
@Command(name = "list", description = "List dead letters, those that failed last first.")
final class DlqListCommand implements Callable<Integer> {
    private static final int DEFAULT_LIMIT = 100;
    private static final int SHOWN_KEY = 40;
    private static final int SHOWN_MESSAGE = 90;

    private static final Comparator<Listed> OLDEST_FIRST = Comparator.comparingLong(
                    (Listed listed) -> listed.letter.failedAtMs())
            .thenComparing(listed -> listed.letter.id());

    @Mixin
    private DlqAccess access;

    @Mixin
    private DlqFilters filters;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description =
                    "Only those of which that became: open (nothing yet), replayed, superseded or discarded; may be written"
                            + " several times.")
    private List<State> states = new ArrayList<>();

    @Option(names = "--limit", paramLabel = "N", description = "Show at most so many; default: 100.")
    private int limit = DEFAULT_LIMIT;

    private record Listed(DeadLetter letter, State state) {}

    @Override
    public Integer call() {
        access.open();
        Selection selection = filters.selection(Set.of(), Set.copyOf(states));
        RecordText text = new RecordText(access.schemas());
        DlqAccess.Audits audits = access.audits();
        PriorityQueue<Listed> newest = new PriorityQueue<>(OLDEST_FIRST);
        long[] all = {0};
        try (ProgressLine progress = access.progress()) {
            DeadLetterReader reader = new DeadLetterReader(access.brokers(), progress);
            for (DeadLetterTopic topic : filters.topics(access.topics())) {
                reader.read(topic.name(), letter -> {
                    State state = audits.of(topic.name()).state(letter);
                    if (selection.includes(letter, state, text)) {
                        all[0]++;
                        newest.add(new Listed(letter, state));
                        if (newest.size() > limit) {
                            newest.remove();
                        }
                    }
                });
            }
        }
        print(newest.stream().sorted(OLDEST_FIRST.reversed()).toList(), all[0], text);
        return Millrace.OK;
    }

    private void print(List<Listed> shown, long all, RecordText text) {
        if (access.json()) {
            shown.forEach(each -> access.out()
                    .println(access.object()
                            .put("id", each.letter.id().toString())
                            .put("failed_at", time(each.letter.failedAtMs()))
                            .put("state", each.state.label())
                            .put("reason", each.letter.reason())
                            .put("attempts", each.letter.attempts())
                            .put("key", text.of(each.letter.key()))
                            .put("message", each.letter.message())));
        } else {
            TextTable.print(
                    access.out(),
                    List.of("id", "failed at", "state", "reason", "key", "message"),
                    shown.stream()
                            .map(each -> List.of(
                                    each.letter.id().toString(),
                                    time(each.letter.failedAtMs()),
                                    each.state.label(),
                                    each.letter.reason(),
                                    firstLine(text.of(each.letter.key()), SHOWN_KEY),
                                    firstLine(each.letter.message(), SHOWN_MESSAGE)))
                            .toList());
            access.out()
                    .println("(" + all + (all == 1 ? " dead letter" : " dead letters")
                            + (shown.size() < all ? ", the newest " + shown.size() + " shown" : "") + ")");
        }
        access.out().flush();
    }

    static String time(long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }

    /** A text's first line, at most so long. */
    static String firstLine(String text, int length) {
        String line = RecordText.harmless(text.lines().findFirst().orElse(""));
        return line.length() <= length ? line : line.substring(0, length - 1) + "…";
    }
}
