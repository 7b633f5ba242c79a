package io.millrace.connectors.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.delivery.ReplayTopic;
import io.millrace.schemas.ChangeEvents;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

final class MessageReaderTest {
    private static final Schema ROW = SchemaBuilder.struct()
            .field("id", Schema.INT32_SCHEMA)
            .field("note", Schema.OPTIONAL_STRING_SCHEMA)
            .optional()
            .build();
    private static final Schema TABLE_KEY = SchemaBuilder.struct()
            .field("id", Schema.INT32_SCHEMA)
            .field(ChangeEvents.SHARD_FIELD, Schema.STRING_SCHEMA)
            .build();
    private static final Schema VIEW_KEY =
            SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build();

    private final MessageReader reader = new MessageReader(new ReplayTopic("hooks.dlq.replay"));
    private long offset;

    private static Schema envelope(String source) {
        return SchemaBuilder.struct()
                .field("before", ROW)
                .field("after", ROW)
                .field(
                        "source",
                        SchemaBuilder.struct()
                                .name(source)
                                .field("ts_us", Schema.INT64_SCHEMA)
                                .build())
                .field("op", Schema.STRING_SCHEMA)
                .build();
    }

    private static Struct row(int id, String note) {
        return new Struct(ROW).put("id", id).put("note", note);
    }

    private static Struct change(Schema envelope, String op, Struct before, Struct after) {
        Schema source = envelope.field("source").schema();
        return new Struct(envelope)
                .put("op", op)
                .put("before", before)
                .put("after", after)
                .put("source", new Struct(source).put("ts_us", 5_000_000L));
    }

    private Message read(Schema keySchema, Object key, Schema valueSchema, Object value) {
        return reader.read(new SinkRecord(
                "t", 3, keySchema, key, valueSchema, value, offset++, 1_000L, TimestampType.CREATE_TIME));
    }

    private Message table(String shard, Struct value) {
        Struct key = new Struct(TABLE_KEY).put("id", 1).put(ChangeEvents.SHARD_FIELD, shard);
        return read(TABLE_KEY, key, value == null ? null : value.schema(), value);
    }

    private static String body(Message message) {
        return message.json().substring(message.json().indexOf(",\"timestamp\":1000,") + 18);
    }

    @Test
    void changesOfATableNameTheirShardAndLeaveOutWhatTheyDoNotKnow() {
        Schema envelope = envelope("io.debezium.connector.postgresql.Source");
        Message created = table("s1", change(envelope, "c", null, row(1, "x")));
        assertThat(created.json()).startsWith("{\"topic\":\"t\",\"partition\":3,\"offset\":0,\"timestamp\":1000,");
        assertThat(body(created)).isEqualTo("\"shard\":\"s1\",\"key\":{\"id\":1},\"value\":{\"id\":1,\"note\":\"x\"}}");
        assertThat(created.committedAtMicros()).isEqualTo(5_000_000);
        assertThat(body(table("s1", change(envelope, "u", null, row(1, ChangeEvents.UNCHANGED)))))
                .isEqualTo("\"shard\":\"s1\",\"key\":{\"id\":1},\"value\":{\"id\":1},\"unchanged\":[\"note\"]}");
        assertThat(body(table("s1", change(envelope, "u", row(1, "x"), row(1, null)))))
                .isEqualTo("\"shard\":\"s1\",\"key\":{\"id\":1},\"before\":{\"id\":1,\"note\":\"x\"},"
                        + "\"value\":{\"id\":1,\"note\":null}}");
        assertThat(body(table("s1", change(envelope, "d", row(1, "filler"), null))))
                .isEqualTo("\"shard\":\"s1\",\"key\":{\"id\":1},\"value\":null}");
    }

    /** Another shard's change may come between a deletion and its tombstone. */
    @Test
    void aTombstoneIsToldOnlyIfItsDeletionWasNot() {
        Schema envelope = envelope("io.debezium.connector.postgresql.Source");
        table("s1", change(envelope, "d", null, null));
        Message moved = table("s2", change(envelope, "c", null, row(1, "x")));
        Message tombstone = table("s1", null);
        assertThat(tombstone.json()).isNull();
        assertThat(tombstone.rejection()).isNull();
        assertThat(tombstone.order()).isEqualTo(moved.order());
        assertThat(body(table("s1", null))).isEqualTo("\"shard\":\"s1\",\"key\":{\"id\":1},\"value\":null}");
    }

    @Test
    void changesOfAViewHaveTheRowBefore() {
        Schema envelope = envelope("io.millrace.view.Source");
        Struct key = new Struct(VIEW_KEY).put("id", 1);
        assertThat(body(read(VIEW_KEY, key, envelope, change(envelope, "d", row(1, "x"), null))))
                .isEqualTo("\"key\":{\"id\":1},\"before\":{\"id\":1,\"note\":\"x\"},\"value\":null}");
    }

    @Test
    void plainDataAreWrittenAsTheyAre() {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("n", 12345678901L);
        event.put("price", new BigDecimal("1.50"));
        event.put("tags", List.of("a", true));
        event.put("none", null);
        assertThat(body(read(null, "k", null, event)))
                .isEqualTo(
                        "\"key\":\"k\",\"value\":{\"n\":12345678901,\"price\":1.50,\"tags\":[\"a\",true],\"none\":null}}");
        assertThat(body(read(null, null, Schema.BYTES_SCHEMA, new byte[] {1, -1})))
                .isEqualTo("\"key\":null,\"value\":\"\\\\x01ff\"}");
    }

    @Test
    void whatIsNoChangeIsRejectedOrPassedOver() {
        Schema envelope = envelope("io.debezium.connector.postgresql.Source");
        assertThat(table("s1", change(envelope, "t", null, null)).rejection()).hasMessageContaining("truncated");
        assertThat(table("s1", change(envelope, "c", null, null)).rejection()).hasMessageContaining("without a row");
        assertThat(table("s1", change(envelope, "m", null, null)).json()).isNull();
        assertThat(read(null, null, null, new Object()).rejection()).hasMessageContaining("no form in JSON");
    }
}
