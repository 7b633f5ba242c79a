package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.delivery.ReplayTopic;
import io.millrace.connectors.http.HookServer;
import io.millrace.connectors.http.HookServer.Answer;
import io.millrace.schemas.AvroConverter;
import io.millrace.schemas.GenericAvroSerializer;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

final class InvalidationReaderTest {
    private final InvalidationReader reader = new InvalidationReader(new ReplayTopic(""));

    /** As the pipeline writes it, and the connector's converter reads it. */
    @Test
    void anInvalidationIsReadAsItWasWritten() throws Exception {
        Invalidation full = new Invalidation(
                "photos",
                "photo_pages",
                TargetKind.URL,
                "/u/ann",
                true,
                "update of username",
                3,
                "shard1",
                77L,
                1_700_000_000_123_456L,
                1_700_000_000_234_567L,
                1_700_000_000_345_678L,
                3600);
        Invalidation bare = new Invalidation(
                "photos",
                "",
                TargetKind.TAG,
                "user/42",
                false,
                "asked for",
                1,
                null,
                null,
                null,
                null,
                1_700_000_000_345_678L,
                null);
        try (HookServer registry = new HookServer();
                GenericAvroSerializer<GenericRecord> avro = new GenericAvroSerializer<>();
                AvroConverter converter = new AvroConverter()) {
            String schema = Invalidation.SCHEMA.toString().replace("\\", "\\\\").replace("\"", "\\\"");
            registry.answers = hook -> hook.method().equals("POST")
                    ? Answer.of(200, "{\"id\":7}")
                    : Answer.of(200, "{\"schema\":\"" + schema + "\"}");
            Map<String, String> properties = Map.of("schema.registry.url", registry.base());
            avro.configure(properties, false);
            converter.configure(properties, false);
            for (Invalidation each : new Invalidation[] {full, bare}) {
                SchemaAndValue value =
                        converter.toConnectData(CacheRecords.TOPIC, avro.serialize(CacheRecords.TOPIC, each.toAvro()));
                Purging read = reader.read(record(value.schema(), value.value()), 0);
                assertThat(read.rejection()).isNull();
                // Connect knows times in milliseconds alone.
                assertThat(read.invalidation())
                        .usingRecursiveComparison()
                        .withEqualsForType((one, other) -> one / 1_000 == other / 1_000, Long.class)
                        .isEqualTo(each);
            }
        }
    }

    @Test
    void whatIsNoInvalidationIsTold() {
        assertThat(reader.read(record(null, null), 0)).isNull();
        assertThat(reader.read(record(Schema.STRING_SCHEMA, "user/42"), 0).rejection())
                .hasMessageContaining("its converter must be");
    }

    private static SinkRecord record(Schema schema, Object value) {
        return new SinkRecord(
                CacheRecords.TOPIC, 0, Schema.STRING_SCHEMA, "k", schema, value, 5, 0L, TimestampType.CREATE_TIME);
    }
}
