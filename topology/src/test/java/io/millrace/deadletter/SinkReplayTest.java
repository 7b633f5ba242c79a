package io.millrace.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.WireFormat;
import io.millrace.sink.SinkConnectorConfig;
import io.millrace.sql.Sink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** Which of a sink's dead letters are not sent, whatever is in its topic. */
final class SinkReplayTest {
    private static final Schema EVENT =
            SchemaBuilder.record("event").fields().requiredString("op").endRecord();
    private static final SchemaLookup UNREACHABLE = SchemaLookup.of(new RegistryClient("http://127.0.0.1:1"));

    private static Sink sink(String type, Map<String, String> options) {
        Map<String, String> all = new HashMap<>(options);
        all.put("url", type.equals("http") ? "http://hooks" : "jdbc:postgresql://r/a");
        return new Sink("copy", type, "users", Optional.of("app.users"), all);
    }

    private static PipelineConfig config() {
        return PipelineConfig.read("application.id = app", "millrace.properties", "app", Map.of())
                .config();
    }

    private static SinkReplay replay(SchemaLookup schemas) {
        return new SinkReplay(
                new Brokers(config()),
                config(),
                schemas,
                new Replay.Options(false, true, "ada", null),
                outcome -> {},
                null);
    }

    private static byte[] event(String operation) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] header = new byte[WireFormat.HEADER_BYTES];
        WireFormat.writeHeader(header, 7);
        bytes.writeBytes(header);
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        try {
            new GenericDatumWriter<GenericRecord>(EVENT)
                    .write(new GenericRecordBuilder(EVENT).set("op", operation).build(), encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }

    private static DeadLetter letter(String topic, byte[] value) {
        RecordHeaders headers = new RecordHeaders();
        Map.of("topic", topic, "partition", "0", "offset", "10", "stage", "TASK_PUT")
                .forEach(
                        (name, text) -> headers.add("__connect.errors." + name, text.getBytes(StandardCharsets.UTF_8)));
        if (topic.contains(".retry.")) {
            headers.add(SinkConnectorConfig.PARKED_HEADER, new byte[0]);
        }
        return new DeadLetter(new ConsumerRecord<>(
                "app.copy.dlq",
                0,
                3,
                1_000,
                TimestampType.CREATE_TIME,
                1,
                1,
                new byte[] {'k'},
                value,
                headers,
                Optional.empty()));
    }

    /** Else a deletion would count as a change that its own tombstone has superseded. */
    @Test
    void whetherARowIsDeletedIsNeverGuessed() {
        Sink table = sink("postgres", Map.of());
        DeadLetter deletion = letter("app.users", event("d"));
        assertThatThrownBy(() -> replay(UNREACHABLE).refusal(table, deletion))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("127.0.0.1:1");
        SinkReplay askedTwice = replay(UNREACHABLE);
        assertThatThrownBy(() -> askedTwice.refusal(table, deletion)).isInstanceOf(UserError.class);
        assertThatThrownBy(() -> askedTwice.refusal(table, deletion)).isInstanceOf(UserError.class);
        assertThat(replay(id -> null).refusal(table, deletion).orElseThrow())
                .startsWith("its value cannot be read, so nothing says whether it deletes its row");
        assertThat(replay(UNREACHABLE)
                        .refusal(table, letter("app.users", "text".getBytes(StandardCharsets.UTF_8)))
                        .orElseThrow())
                .startsWith("its value cannot be read");
        assertThat(replay(id -> EVENT).refusal(table, deletion)).isEmpty();
        assertThat(replay(UNREACHABLE).refusal(table, letter("app.users", null)))
                .isEmpty();
        assertThat(replay(UNREACHABLE).refusal(sink("http", Map.of()), deletion))
                .as("a server gets it as it is")
                .isEmpty();
        RecordText text = new RecordText(id -> EVENT);
        assertThat(text.isDeletion(event("d"))).contains(true);
        assertThat(text.isDeletion(event("u"))).contains(false);
    }

    @Test
    void nothingIsSentToARetryTopicThatNobodyReads() {
        Sink waiting = sink("http", Map.of("retry_topic_delay_ms", "60000"));
        String topic = SinkConnectorConfig.retryTopic(config(), waiting).orElseThrow();
        DeadLetter parked = letter(topic, new byte[] {'v'});
        assertThat(replay(UNREACHABLE).refusal(waiting, parked)).isEmpty();
        assertThat(replay(UNREACHABLE)
                        .refusal(sink("http", Map.of("retry_topic_delay_ms", "90000")), parked)
                        .orElseThrow())
                .startsWith("it waited in " + topic + ", and sink copy reads app.users.retry.")
                .endsWith("now: set the option retry_topic_delay_ms to what it was, deploy, and replay it then");
        assertThat(replay(UNREACHABLE).refusal(sink("http", Map.of()), parked).orElseThrow())
                .contains("sink copy reads no retry topic now");
    }
}
