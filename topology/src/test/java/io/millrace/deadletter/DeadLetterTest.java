package io.millrace.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.UserError;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.ReplayHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** What is read of a dead letter, and what is known to have become of it. */
final class DeadLetterTest {
    private static final String TOPIC = "sales.dlq";

    private static DeadLetter letter(long offset, Map<String, String> headers) {
        RecordHeaders added = new RecordHeaders();
        headers.forEach((name, value) -> added.add(name, value.getBytes(StandardCharsets.UTF_8)));
        return new DeadLetter(new ConsumerRecord<>(
                TOPIC,
                0,
                offset,
                1_000,
                TimestampType.CREATE_TIME,
                1,
                1,
                new byte[] {'k'},
                new byte[] {'v'},
                added,
                Optional.empty()));
    }

    private static DeadLetter failed(long offset, long sourceOffset, int attempts) {
        return letter(
                offset,
                Map.of(
                        DeadLetterHeaders.TOPIC,
                        "sales",
                        DeadLetterHeaders.PARTITION,
                        "0",
                        DeadLetterHeaders.OFFSET,
                        Long.toString(sourceOffset),
                        DeadLetterHeaders.ATTEMPTS,
                        Integer.toString(attempts)));
    }

    private static AuditEntry replayed(DeadLetter letter, boolean mended) {
        return new AuditEntry(
                letter.id(),
                State.REPLAYED,
                5,
                "ada",
                "",
                letter.attempts(),
                mended ? Audit.place(letter) : Optional.empty());
    }

    @Test
    void whatKafkaConnectWritesIsUnderstood() {
        DeadLetter letter = letter(
                3,
                Map.of(
                        "__connect.errors.topic", "photos",
                        "__connect.errors.partition", "2",
                        "__connect.errors.offset", "17",
                        "__connect.errors.stage", "VALUE_CONVERTER",
                        "__connect.errors.exception.message", "no such field",
                        "__connect.errors.exception.stacktrace", "at x",
                        "__connect.errors.connector.name", "replica",
                        "trace", "7"));
        assertThat(letter.reason()).isEqualTo("VALUE_CONVERTER");
        assertThat(letter.message()).isEqualTo("no such field");
        assertThat(letter.stackTrace()).contains("at x");
        assertThat(letter.application()).isEqualTo("replica");
        assertThat(letter.sourceTopic()).contains("photos");
        assertThat(letter.sourcePartition()).contains(2L);
        assertThat(letter.firstOffset()).contains(17L);
        assertThat(letter.failedAtMs()).isEqualTo(1_000);
        assertThat(letter.attempts()).isEqualTo(1);
        assertThat(letter.ownHeaders()).singleElement().satisfies(header -> assertThat(header.key())
                .isEqualTo("trace"));
    }

    @Test
    void theOffsetOfAReplayThatFailedAgainIsThatOfTheOriginal() {
        DeadLetter letter = letter(
                3,
                Map.of(
                        DeadLetterHeaders.OFFSET, "90",
                        ReplayHeaders.OFFSET, "17",
                        DeadLetterHeaders.TIMESTAMP, "2000",
                        DeadLetterHeaders.FIRST_TIMESTAMP, "1500",
                        DeadLetterHeaders.ATTEMPTS, "2"));
        assertThat(letter.firstOffset()).contains(17L);
        assertThat(letter.failedAtMs()).isEqualTo(2_000);
        assertThat(letter.firstFailedAtMs()).isEqualTo(1_500);
        assertThat(letter.attempts()).isEqualTo(2);
    }

    @Test
    void headersThatAnybodyMayHaveWrittenDoNoHarm() {
        DeadLetter letter = letter(
                3,
                Map.of(
                        DeadLetterHeaders.OFFSET, "-",
                        DeadLetterHeaders.PARTITION, "99999999999999999999",
                        DeadLetterHeaders.ATTEMPTS, "many"));
        assertThat(letter.firstOffset()).isEmpty();
        assertThat(letter.sourcePartition()).isEmpty();
        assertThat(letter.attempts()).isEqualTo(1);
        assertThat(letter.reason()).isEqualTo("unknown");
    }

    @Test
    void anEventThatWasMendedIsSoForAllWhoSetItAside() {
        DeadLetter first = failed(0, 17, 1);
        DeadLetter ofAnother = failed(1, 17, 1);
        DeadLetter other = failed(2, 18, 1);
        DeadLetter failedAgain = failed(3, 17, 2);
        Audit audit = new Audit();
        audit.add(replayed(first, false));
        assertThat(audit.state(first)).isEqualTo(State.REPLAYED);
        assertThat(audit.state(ofAnother)).as("replayed for one alone").isEqualTo(State.OPEN);
        audit.add(replayed(first, true));
        assertThat(audit.state(ofAnother)).isEqualTo(State.REPLAYED);
        assertThat(audit.state(other)).isEqualTo(State.OPEN);
        assertThat(audit.state(failedAgain)).as("what it was mended to failed").isEqualTo(State.OPEN);
        audit.add(replayed(failedAgain, true));
        assertThat(audit.state(failed(4, 17, 2))).isEqualTo(State.REPLAYED);
        assertThat(audit.state(ofAnother)).isEqualTo(State.REPLAYED);
    }

    @Test
    void anAuditEntryIsReadAsItWasWritten() {
        AuditEntry entry = replayed(failed(4, 17, 2), true);
        var record = entry.toRecord("sales.dlq.audit");
        assertThat(AuditEntry.of(new ConsumerRecord<>(record.topic(), 0, 9, record.key(), record.value())))
                .isEqualTo(entry);
    }

    @Test
    void idsAreReadAsTheyAreWritten() {
        DeadLetterId id = new DeadLetterId("a-1.b.dlq", 3, 12_345_678_901L);
        assertThat(id).hasToString("a-1.b.dlq-3-12345678901");
        assertThat(DeadLetterId.parse(id.toString())).isEqualTo(id);
        assertThatThrownBy(() -> DeadLetterId.parse("sales.dlq-1"))
                .isInstanceOf(UserError.class)
                .hasMessage("sales.dlq-1 is no dead letter's id");
    }

    @Test
    void aSelectionLeavesOutWhatIsNotMeant() {
        DeadLetter letter =
                letter(3, Map.of(DeadLetterHeaders.REASON, "malformed", DeadLetterHeaders.TIMESTAMP, "2000"));
        RecordText text = new RecordText(id -> null);
        Selection all =
                new Selection(Set.of(), Set.of(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of());
        assertThat(all.includes(letter, State.OPEN, text)).isTrue();
        assertThat(all.with(Set.of(State.REPLAYED)).includes(letter, State.OPEN, text))
                .isFalse();
        assertThat(within(2_000, 2_001).includes(letter, State.OPEN, text)).isTrue();
        assertThat(within(2_001, 3_000).includes(letter, State.OPEN, text)).isFalse();
        assertThat(within(1_000, 2_000).includes(letter, State.OPEN, text)).isFalse();
        assertThat(ofKey("k").includes(letter, State.OPEN, text)).isTrue();
        assertThat(ofKey("l").includes(letter, State.OPEN, text)).isFalse();
    }

    private static Selection within(long sinceMs, long untilMs) {
        return new Selection(
                Set.of(), Set.of("malformed"), Optional.of(sinceMs), Optional.of(untilMs), Optional.empty(), Set.of());
    }

    private static Selection ofKey(String key) {
        return new Selection(Set.of(), Set.of(), Optional.empty(), Optional.empty(), Optional.of(key), Set.of());
    }

    @Test
    void bytesThatAreNoTextAreShownInHexadecimal() {
        RecordText text = new RecordText(id -> null);
        assertThat(text.of(null)).isEmpty();
        assertThat(text.of("Zürich\n".getBytes(StandardCharsets.UTF_8))).isEqualTo("Zürich\n");
        assertThat(text.of(new byte[] {0, 0, 0, 0, 7, 65})).isEqualTo("0x000000000741");
        assertThat(text.of(new byte[] {(byte) 0xff, 1})).isEqualTo("0xff01");
        assertThat(RecordText.harmless("a\u001b[2J\nb")).isEqualTo("a\ufffd[2J\nb");
    }

    @Test
    void statsCountByReasonAndState() {
        Stats stats = new Stats(3_600_000 + 2_500);
        stats.add(letter(1, Map.of(DeadLetterHeaders.REASON, "a", DeadLetterHeaders.TIMESTAMP, "2000")), State.OPEN);
        stats.add(letter(2, Map.of(DeadLetterHeaders.REASON, "a", DeadLetterHeaders.TIMESTAMP, "3000")), State.OPEN);
        stats.add(
                letter(3, Map.of(DeadLetterHeaders.REASON, "a", DeadLetterHeaders.TIMESTAMP, "1000")), State.REPLAYED);
        stats.add(
                letter(4, Map.of(DeadLetterHeaders.REASON, "b", DeadLetterHeaders.TIMESTAMP, "1000")), State.DISCARDED);
        Stats.Counts counts = stats.byTopic().get(TOPIC).get("a");
        assertThat(counts.of(State.OPEN)).isEqualTo(2);
        assertThat(counts.of(State.REPLAYED)).isEqualTo(1);
        assertThat(counts.oldestMs()).isEqualTo(1_000);
        assertThat(counts.oldestOpenMs()).isEqualTo(2_000);
        assertThat(counts.newestMs()).isEqualTo(3_000);
        assertThat(counts.aMinute()).isEqualTo(1 / 60.0);
        assertThat(stats.byTopic().get(TOPIC)).containsOnlyKeys("a", "b");
    }
}
