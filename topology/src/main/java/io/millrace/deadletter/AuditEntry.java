package io.millrace.deadletter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * What became of a dead letter, as it is recorded.
 *
 * @param id the dead letter
 * @param state what became of it
 * @param atMs when
 * @param by whose doing it was: the user's name on the machine
 * @param reason why; empty where nobody said
 * @param replays how often the record had been sent again by then
 * @param mended of an event that was sent again with another value, where it was read first; else empty
 */
public record AuditEntry(
        DeadLetterId id, State state, long atMs, String by, String reason, long replays, Optional<Place> mended) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A place in the source's topic. */
    record Place(long partition, long offset) {}

    ProducerRecord<byte[], byte[]> toRecord(String topic) {
        ObjectNode value = JSON.createObjectNode()
                .put("state", state.label())
                .put("at", Instant.ofEpochMilli(atMs).toString())
                .put("by", by)
                .put("reason", reason)
                .put("replays", replays);
        mended.ifPresent(place ->
                value.putObject("mended").put("partition", place.partition).put("offset", place.offset));
        return new ProducerRecord<>(topic, 0, bytes(id.toString()), bytes(value.toString()));
    }

    static AuditEntry of(ConsumerRecord<byte[], byte[]> record) {
        try {
            JsonNode value = JSON.readTree(record.value());
            JsonNode mended = value.path("mended");
            return new AuditEntry(
                    DeadLetterId.parse(new String(record.key(), StandardCharsets.UTF_8)),
                    State.valueOf(value.path("state").asText().toUpperCase(Locale.ROOT)),
                    Instant.parse(value.path("at").asText()).toEpochMilli(),
                    value.path("by").asText(),
                    value.path("reason").asText(),
                    value.path("replays").asLong(),
                    mended.isMissingNode()
                            ? Optional.empty()
                            : Optional.of(new Place(
                                    mended.path("partition").asLong(),
                                    mended.path("offset").asLong())));
        } catch (IOException | RuntimeException e) {
            throw UserError.of(
                    UserError.Category.MISMATCH,
                    "the record at " + record.offset() + " of " + record.topic() + " says of no dead letter what became"
                            + " of it: " + e.getMessage(),
                    "run the version of Millrace that wrote it; states are "
                            + Arrays.stream(State.values()).map(State::label).toList());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
