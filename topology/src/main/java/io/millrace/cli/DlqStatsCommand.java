package io.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.deadletter.DeadLetterReader;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.deadletter.RecordText;
import io.millrace.deadletter.Selection;
import io.millrace.deadletter.State;
import io.millrace.deadletter.Stats;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code millrace dlq stats}: how many dead letters there are, by topic and reason. */
@Command(
        name = "stats",
        description = "Count dead letters by topic and reason: what became of them, how old they are, how many come.")
final class DlqStatsCommand implements Callable<Integer> {
    @Mixin
    private DlqAccess access;

    @Mixin
    private DlqFilters filters;

    @Override
    public Integer call() {
        access.open();
        Selection selection = filters.selection(Set.of(), Set.of());
        RecordText text = new RecordText(access.schemas());
        DlqAccess.Audits audits = access.audits();
        Stats stats = new Stats(System.currentTimeMillis());
        try (ProgressLine progress = access.progress()) {
            DeadLetterReader reader = new DeadLetterReader(access.brokers(), progress);
            for (DeadLetterTopic topic : filters.topics(access.topics())) {
                reader.read(topic.name(), letter -> {
                    State state = audits.of(topic.name()).state(letter);
                    if (selection.includes(letter, state, text)) {
                        stats.add(letter, state);
                    }
                });
            }
        }
        if (access.json()) {
            printJson(stats);
        } else {
            print(stats);
        }
        access.out().flush();
        return Millrace.OK;
    }

    private void printJson(Stats stats) {
        stats.byTopic()
                .forEach((topic, reasons) -> reasons.forEach((reason, counts) -> {
                    ObjectNode line = access.object().put("topic", topic).put("reason", reason);
                    for (State state : State.values()) {
                        line.put(state.label(), counts.of(state));
                    }
                    line.put("oldest", DlqListCommand.time(counts.oldestMs()));
                    line.put(
                            "oldest_open",
                            counts.of(State.OPEN) == 0 ? null : DlqListCommand.time(counts.oldestOpenMs()));
                    line.put("newest", DlqListCommand.time(counts.newestMs()));
                    line.put("a_minute", counts.aMinute());
                    access.out().println(line);
                }));
    }

    private void print(Stats stats) {
        List<String> columns = new ArrayList<>(List.of("topic", "reason"));
        for (State state : State.values()) {
            columns.add(state.label());
        }
        columns.addAll(List.of("oldest", "oldest open", "newest", "a minute, last hour"));
        List<List<String>> rows = new ArrayList<>();
        stats.byTopic()
                .forEach((topic, reasons) -> reasons.forEach((reason, counts) -> {
                    List<String> row = new ArrayList<>(List.of(topic, reason));
                    for (State state : State.values()) {
                        row.add(Long.toString(counts.of(state)));
                    }
                    row.add(DlqListCommand.time(counts.oldestMs()));
                    row.add(counts.of(State.OPEN) == 0 ? "" : DlqListCommand.time(counts.oldestOpenMs()));
                    row.add(DlqListCommand.time(counts.newestMs()));
                    row.add(String.format(Locale.ROOT, "%.2f", counts.aMinute()));
                    rows.add(row);
                }));
        TextTable.print(access.out(), columns, rows);
    }
}
