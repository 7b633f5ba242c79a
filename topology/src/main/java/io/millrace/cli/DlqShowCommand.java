package io.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.catalog.UserError;
import io.millrace.deadletter.AuditEntry;
import io.millrace.deadletter.DeadLetter;
import io.millrace.deadletter.DeadLetterId;
import io.millrace.deadletter.DeadLetterReader;
import io.millrace.deadletter.Progress;
import io.millrace.deadletter.RecordText;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.common.header.Header;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code millrace dlq show ID}: all of one dead letter. */
@Command(
        name = "show",
        description = "Show a dead letter: why it was set aside, what became of it, its headers, key and value.")
final class DlqShowCommand implements Callable<Integer> {
    @Mixin
    private DlqAccess access;

    @Parameters(paramLabel = "ID", description = "The dead letter, as list shows it: clicks.dlq-0-17.")
    private String id;

    @Override
    public Integer call() {
        DeadLetterId wanted = DeadLetterId.parse(id);
        access.open();
        access.topicOf(wanted);
        DeadLetter letter = new DeadLetterReader(access.brokers(), Progress.NONE)
                .find(wanted)
                .orElseThrow(() -> UserError.of(
                        UserError.Category.NOT_FOUND,
                        "there is no dead letter " + wanted,
                        "millrace dlq list shows which there are"));
        RecordText text = new RecordText(access.schemas());
        Optional<AuditEntry> became = access.audits().of(wanted.topic()).of(letter);
        if (access.json()) {
            access.out().println(json(letter, became, text));
        } else {
            print(letter, became, text);
        }
        access.out().flush();
        return Millrace.OK;
    }

    /** What is told of the failure, by name. */
    private static Map<String, String> facts(DeadLetter letter, Optional<AuditEntry> became) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("id", letter.id().toString());
        facts.put("state", became.map(entry -> entry.state().label()).orElse("open"));
        facts.put("reason", letter.reason());
        facts.put("message", letter.message());
        facts.put("failed at", DlqListCommand.time(letter.failedAtMs()));
        facts.put("first failed at", DlqListCommand.time(letter.firstFailedAtMs()));
        facts.put("attempts", Long.toString(letter.attempts()));
        facts.put("set aside by", letter.application());
        letter.sourceTopic()
                .ifPresent(topic -> facts.put(
                        "read from",
                        topic
                                + letter.sourcePartition()
                                        .map(partition -> "-" + partition)
                                        .orElse("")
                                + letter.firstOffset()
                                        .map(offset -> " at " + offset)
                                        .orElse("")));
        facts.put("record's time", DlqListCommand.time(letter.timestampMs()));
        return facts;
    }

    private void print(DeadLetter letter, Optional<AuditEntry> became, RecordText text) {
        PrintWriter out = access.out();
        Map<String, String> facts = facts(letter, became);
        became.ifPresent(entry -> facts.put(
                "state",
                entry.state().label() + " by " + entry.by() + " at " + DlqListCommand.time(entry.atMs())
                        + (entry.reason().isEmpty() ? "" : ": " + entry.reason())));
        int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
        facts.forEach(
                (name, fact) -> out.println(name + " ".repeat(width - name.length() + 2) + RecordText.harmless(fact)));
        out.println();
        out.println("headers:");
        for (Header header : letter.headers()) {
            out.println("  " + header.key() + " = " + text.of(header.value()));
        }
        letter.stackTrace().ifPresent(trace -> out.println("\nstack trace:\n" + RecordText.harmless(trace)));
        out.println();
        out.println("key:   " + shown(letter.key(), text));
        out.println("value: " + shown(letter.value(), text));
    }

    private static String shown(byte[] bytes, RecordText text) {
        return bytes == null ? "null" : text.of(bytes);
    }

    private ObjectNode json(DeadLetter letter, Optional<AuditEntry> became, RecordText text) {
        ObjectNode object = access.object();
        facts(letter, became)
                .forEach((name, fact) -> object.put(name.replace("'", "").replace(' ', '_'), fact));
        object.put("attempts", letter.attempts());
        became.ifPresent(entry -> object.putObject("audit")
                .put("at", DlqListCommand.time(entry.atMs()))
                .put("by", entry.by())
                .put("reason", entry.reason())
                .put("replays", entry.replays()));
        ObjectNode headers = object.putObject("headers");
        letter.headers().forEach(header -> headers.put(header.key(), text.of(header.value())));
        object.put("key", letter.key() == null ? null : text.of(letter.key()));
        object.put("value", letter.value() == null ? null : text.of(letter.value()));
        return object;
    }
}
