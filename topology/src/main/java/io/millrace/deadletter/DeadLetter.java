package io.millrace.deadletter;

import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.ReplayHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * A dead letter: the record as it was, and why it was set aside. Where Millrace's own headers are missing, those of Kafka Connect
 * are read, so that dead-letter topics of connectors are understood too.
 */
public final class DeadLetter {
    private static final String CONNECT = "__connect.errors.";
    private static final List<String> ERROR_PREFIXES = List.of("__streams.errors.", "__millrace.errors.", CONNECT);
    private static final String UNKNOWN = "unknown";

    private final DeadLetterId id;
    private final ConsumerRecord<byte[], byte[]> stored;

    DeadLetter(ConsumerRecord<byte[], byte[]> stored) {
        this.id = new DeadLetterId(stored.topic(), stored.partition(), stored.offset());
        this.stored = stored;
    }

    public DeadLetterId id() {
        return id;
    }

    /** The record's key; may be null. */
    public byte[] key() {
        return stored.key();
    }

    /** The record's value, or a view's row as JSON; may be null. */
    public byte[] value() {
        return stored.value();
    }

    /** The record's own time. */
    public long timestampMs() {
        return stored.timestamp();
    }

    /** All headers: the record's own, and those that say why. */
    public Headers headers() {
        return stored.headers();
    }

    /** The category of the failure. */
    public String reason() {
        return text(DeadLetterHeaders.REASON).or(() -> text(CONNECT + "stage")).orElse(UNKNOWN);
    }

    /** What was wrong. */
    public String message() {
        return text(DeadLetterHeaders.MESSAGE)
                .or(() -> text(CONNECT + "exception.message"))
                .orElse("");
    }

    /** The stack trace, if there is one. */
    public Optional<String> stackTrace() {
        return text(DeadLetterHeaders.STACKTRACE).or(() -> text(CONNECT + "exception.stacktrace"));
    }

    /** When it failed last. */
    public long failedAtMs() {
        return text(DeadLetterHeaders.TIMESTAMP).flatMap(DeadLetter::number).orElse(timestampMs());
    }

    /** When it failed first. */
    public long firstFailedAtMs() {
        return text(DeadLetterHeaders.FIRST_TIMESTAMP)
                .flatMap(DeadLetter::number)
                .orElseGet(() -> isOfAReplay() ? ReplayHeaders.firstFailedAtMs(headers(), failedAtMs()) : failedAtMs());
    }

    /** How often it failed. */
    public long attempts() {
        return text(DeadLetterHeaders.ATTEMPTS)
                .flatMap(DeadLetter::number)
                .orElseGet(() -> isOfAReplay() ? 1L + ReplayHeaders.replays(headers()) : 1L);
    }

    /** Whether it was a dead letter of the same topic before, which a sink could not apply either when it was replayed. */
    private boolean isOfAReplay() {
        return text(ReplayHeaders.DEAD_LETTER)
                .filter(of -> of.startsWith(id.topic() + "-"))
                .isPresent();
    }

    /** Where a sink read it at first. */
    public Optional<ReplayHeaders.Place> sinkPlace() {
        Optional<ReplayHeaders.Place> told = text(ReplayHeaders.SOURCE).flatMap(ReplayHeaders.Place::parse);
        return told.or(() -> text(CONNECT + "topic").flatMap(topic -> text(CONNECT + "partition")
                .flatMap(DeadLetter::number)
                .flatMap(partition -> text(CONNECT + "offset")
                        .flatMap(DeadLetter::number)
                        .map(offset -> new ReplayHeaders.Place(topic, partition.intValue(), offset)))));
    }

    /** The application that set it aside. */
    public String application() {
        return text(DeadLetterHeaders.APPLICATION)
                .or(() -> text(CONNECT + "connector.name"))
                .orElse("");
    }

    /** The topic that it was read from; of a view's row the topic of the change that led to it, where that is known. */
    public Optional<String> sourceTopic() {
        return text(DeadLetterHeaders.TOPIC).or(() -> sinkPlace().map(ReplayHeaders.Place::topic));
    }

    /** The partition that it was read from. */
    public Optional<Long> sourcePartition() {
        return text(DeadLetterHeaders.PARTITION).flatMap(DeadLetter::number).or(() -> sinkPlace()
                .map(place -> (long) place.partition()));
    }

    /** The offset at which it was read first: of one that was replayed and failed again not that of the replay. */
    public Optional<Long> firstOffset() {
        return text(DeadLetterHeaders.OFFSET)
                .flatMap(DeadLetter::number)
                .or(() -> sinkPlace().map(ReplayHeaders.Place::offset))
                .map(offset -> ReplayHeaders.firstOffset(headers(), offset));
    }

    /** The record's own headers, without those that say why it was set aside. */
    List<Header> ownHeaders() {
        List<Header> own = new ArrayList<>();
        for (Header header : headers()) {
            if (ERROR_PREFIXES.stream().noneMatch(header.key()::startsWith)) {
                own.add(header);
            }
        }
        return own;
    }

    /** What it takes of memory, about. */
    long bytes() {
        return Math.max(0L, stored.serializedKeySize()) + Math.max(0L, stored.serializedValueSize());
    }

    private Optional<String> text(String header) {
        Header found = headers().lastHeader(header);
        return found == null || found.value() == null
                ? Optional.empty()
                : Optional.of(new String(found.value(), StandardCharsets.UTF_8));
    }

    private static Optional<Long> number(String text) {
        return text.matches("\\d{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }
}
