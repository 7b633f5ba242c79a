package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AvroConverterTest {
    private static final Schema ROW = SchemaBuilder.struct()
            .name("photos.users.Value")
            .field("id", Schema.INT64_SCHEMA)
            .field("age", Schema.OPTIONAL_INT16_SCHEMA)
            .field("name", Schema.OPTIONAL_STRING_SCHEMA)
            .build();

    private RegistryStub registry;

    @BeforeEach
    void start() throws IOException {
        registry = new RegistryStub();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private AvroConverter converter(Map<String, String> more) {
        Map<String, String> properties = new java.util.HashMap<>(more);
        properties.put("schema.registry.url", "http://" + registry.host());
        AvroConverter converter = new AvroConverter();
        converter.configure(properties, false);
        return converter;
    }

    @Test
    void dataComesBackAsItWent() {
        registry.answer(200, "{\"id\":5}");
        AvroConverter converter = converter(Map.of());
        Struct row = new Struct(ROW).put("id", 1L).put("age", (short) 3).put("name", "ünï 😀");

        byte[] bytes = converter.fromConnectData("photos.users", ROW, row);
        SchemaAndValue back = converter.toConnectData("photos.users", bytes);

        assertThat(WireFormat.schemaId(bytes)).isEqualTo(5);
        Struct struct = (Struct) back.value();
        assertThat(struct.getInt64("id")).isEqualTo(1);
        assertThat(struct.getInt16("age")).isEqualTo((short) 3);
        assertThat(struct.getString("name")).isEqualTo("ünï 😀");
        assertThat(registry.requests).hasSize(1);
        assertThat(registry.requests.get(0)).startsWith("POST /subjects/photos.users-value/versions ");
    }

    @Test
    void theSerdesReadWhatTheConverterWrites() {
        registry.answer(200, "{\"id\":5}");
        byte[] bytes = converter(Map.of()).fromConnectData("t", ROW, new Struct(ROW).put("id", 1L));
        RegistryClient client = new RegistryClient("http://" + registry.host());
        client.register("t-value", new io.apicurio.registry.utils.converter.avro.AvroData(10).fromConnectSchema(ROW));

        GenericRecord record = AvroSerdes.values(client).deserializer().deserialize("t", bytes);

        assertThat(record.get("id")).isEqualTo(1L);
        assertThat(record.get("name")).isNull();
        assertThat(AvroSerdes.values(client).serializer().serialize("t", record))
                .isEqualTo(bytes);
    }

    @Test
    void aStructStaysBytesUntilItsFieldsAreAskedForAsConnectHasThem() {
        registry.answer(200, "{\"id\":5}");
        AvroConverter converter = converter(Map.of());
        Schema envelope = SchemaBuilder.struct()
                .name("Envelope")
                .field(
                        "before",
                        SchemaBuilder.struct()
                                .name("Old")
                                .optional()
                                .field("id", Schema.INT64_SCHEMA)
                                .build())
                .field("after", ROW)
                .field("op", Schema.STRING_SCHEMA)
                .build();
        String longName = "é".repeat(100);
        Struct row = new Struct(ROW).put("id", -(1L << 40)).put("name", longName);
        byte[] bytes = converter.fromConnectData(
                "t", envelope, new Struct(envelope).put("after", row).put("op", "r"));

        EncodedStruct read = (EncodedStruct) converter.toConnectData("t", bytes).value();
        EncodedStruct after = (EncodedStruct) read.read(envelope.field("after"));

        assertThat(read.read(envelope.field("before"))).isNull();
        assertThat(read.read(envelope.field("op"))).isEqualTo("r");
        assertThat(after.content(ROW.field("age"))).isEqualTo(-1);
        assertThat(after.number(after.content(ROW.field("id")))).isEqualTo(-(1L << 40));
        int name = after.content(ROW.field("name"));
        assertThat(after.number(name)).isEqualTo(200);
        assertThat(new String(after.bytes(), name + after.numberLength(name), 200, StandardCharsets.UTF_8))
                .isEqualTo(longName);
        assertThat(after.end(ROW.field("name"))).isEqualTo(read.end(envelope.field("after")));
        assertThat(read.isEncoded() && after.isEncoded()).isTrue();

        // Who changes it must not have others read what it was.
        read.getStruct("after").put("name", "other");
        assertThat(read.isEncoded()).isFalse();
        assertThat(read.getStruct("after").getString("name")).isEqualTo("other");
        assertThat(read)
                .isNotEqualTo(converter.toConnectData("t", bytes).value())
                .hasToString("Struct{after=Struct{id=-1099511627776,name=other},op=r}");
        assertThat(converter.toConnectData("t", bytes).value())
                .isEqualTo(converter.toConnectData("t", bytes).value());
    }

    @Test
    void aStructIsReadByTwoThreads() throws Exception {
        registry.answer(200, "{\"id\":5}");
        AvroConverter converter = converter(Map.of());
        SchemaBuilder fields = SchemaBuilder.struct().name("wide");
        for (int i = 0; i < 100; i++) {
            fields.field("f" + i, Schema.STRING_SCHEMA);
        }
        Schema wide = fields.build();
        Struct struct = new Struct(wide);
        wide.fields().forEach(field -> struct.put(field, field.name()));
        byte[] bytes = converter.fromConnectData("t", wide, struct);
        Struct[] structs = new Struct[3_000];
        Arrays.setAll(structs, i -> (Struct) converter.toConnectData("t", bytes).value());

        // Whoever comes later meets the other in the middle of a struct.
        Callable<Long> reading = () -> Arrays.stream(structs)
                .filter(each -> "f99".equals(each.get("f99")))
                .count();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (Future<Long> read : threads.invokeAll(List.of(reading, reading))) {
                assertThat(read.get()).isEqualTo(structs.length);
            }
        } finally {
            threads.shutdown();
        }
    }

    /** Each way of cutting them off, and random changes: no field may be beyond its end. */
    @Test
    void bytesThatDoNotFitTheirSchemaAreRefusedAtOnce() {
        registry.answer(200, "{\"id\":5}");
        AvroConverter converter = converter(Map.of());
        Schema nested = SchemaBuilder.struct()
                .name("Envelope")
                .field("after", ROW)
                .field("score", Schema.OPTIONAL_FLOAT64_SCHEMA)
                .field("small", Schema.INT32_SCHEMA)
                .field("flag", Schema.BOOLEAN_SCHEMA)
                .field("data", Schema.BYTES_SCHEMA)
                .build();
        Struct row = new Struct(ROW).put("id", 1L << 50).put("age", (short) 300).put("name", "n".repeat(70));
        byte[] bytes = converter.fromConnectData(
                "t",
                nested,
                new Struct(nested)
                        .put("after", row)
                        .put("score", 1.5)
                        .put("small", Integer.MIN_VALUE)
                        .put("flag", true)
                        .put("data", new byte[] {1, 2, 3}));
        for (int length = WireFormat.HEADER_BYTES; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> converter.toConnectData("t", cut))
                    .as("%d bytes", length)
                    .isInstanceOf(DataException.class);
        }
        Random random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            byte[] changed = bytes.clone();
            changed[WireFormat.HEADER_BYTES + random.nextInt(bytes.length - WireFormat.HEADER_BYTES)] =
                    (byte) random.nextInt();
            Object read;
            try {
                read = converter.toConnectData("t", changed).value();
            } catch (DataException e) {
                continue;
            }
            assertThat(read.toString()).startsWith("Struct{after=");
        }
    }

    @Test
    void aNullInAColumnWithADefaultStaysNull() {
        registry.answer(200, "{\"id\":5}");
        AvroConverter converter = converter(Map.of());
        Schema schema = SchemaBuilder.struct()
                .name("Value")
                .field("likes", SchemaBuilder.int32().optional().defaultValue(7).build())
                .field(
                        "name",
                        SchemaBuilder.string().optional().defaultValue("x").build())
                .build();

        byte[] bytes = converter.fromConnectData("t", schema, new Struct(schema).put("name", "y"));
        Struct back = (Struct) converter.toConnectData("t", bytes).value();

        assertThat(back.getWithoutDefault("likes")).isNull();
        assertThat(back.getWithoutDefault("name")).isEqualTo("y");
    }

    @Test
    void everyTypeOfConnectsComesBack() {
        registry.answer(200, "{\"id\":5}");
        AvroConverter converter = converter(Map.of());
        Schema schema = SchemaBuilder.struct()
                .name("Value")
                .field("tiny", Schema.INT8_SCHEMA)
                .field("number", Schema.OPTIONAL_INT64_SCHEMA)
                .field("real", Schema.FLOAT32_SCHEMA)
                .field("double", Schema.FLOAT64_SCHEMA)
                .field("flag", Schema.BOOLEAN_SCHEMA)
                .field("bytes", Schema.OPTIONAL_BYTES_SCHEMA)
                .field(
                        "list",
                        SchemaBuilder.array(Schema.OPTIONAL_STRING_SCHEMA).build())
                .field(
                        "map",
                        SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.INT32_SCHEMA)
                                .build())
                .field(
                        "entries",
                        SchemaBuilder.map(Schema.INT32_SCHEMA, Schema.STRING_SCHEMA)
                                .build())
                .field("decimal", Decimal.schema(2))
                .field("date", Date.SCHEMA)
                .field("time", Time.SCHEMA)
                .field("timestamp", Timestamp.builder().optional().build())
                .build();
        Struct row = new Struct(schema)
                .put("tiny", (byte) -1)
                .put("number", Long.MIN_VALUE)
                .put("real", Float.NaN)
                .put("double", Double.NEGATIVE_INFINITY)
                .put("flag", true)
                .put("bytes", ByteBuffer.wrap(new byte[] {0, -1}))
                .put("list", Arrays.asList("a", null))
                .put("map", Map.of("k", 1))
                .put("entries", Map.of(1, "v"))
                .put("decimal", new BigDecimal("-1.50"))
                .put("date", java.util.Date.from(Instant.ofEpochMilli(86_400_000L)))
                .put("time", java.util.Date.from(Instant.ofEpochMilli(1_000L)))
                .put("timestamp", java.util.Date.from(Instant.ofEpochMilli(1_700_000_000_123L)));

        Struct back = (Struct) converter
                .toConnectData("t", converter.fromConnectData("t", schema, row))
                .value();

        for (Field field : schema.fields()) {
            assertThat(back.get(field.name())).as(field.name()).isEqualTo(row.get(field.name()));
        }
    }

    @Test
    void aTombstoneStaysOne() {
        AvroConverter converter = converter(Map.of());

        assertThat(converter.fromConnectData("t", ROW, null)).isNull();
        assertThat(converter.toConnectData("t", null)).isEqualTo(SchemaAndValue.NULL);
    }

    @Test
    void theSubjectsLevelIsSetBeforeItsFirstSchema() {
        registry.answer(200, "{\"id\":5}");

        converter(Map.of("schema.compatibility", "NONE")).fromConnectData("t", ROW, new Struct(ROW).put("id", 1L));

        assertThat(registry.requests.get(0)).isEqualTo("PUT /config/t-value {\"compatibility\":\"NONE\"}");
        assertThat(registry.requests.get(1)).startsWith("POST /subjects/t-value/versions");
    }

    @Test
    void aRegistryThatFailsMakesConnectTryAgainAndOneThatRefusesDoesNot() {
        registry.answer(503, "").answer(503, "").answer(503, "").answer(409, "{\"error_code\":409}");
        AvroConverter converter = converter(Map.of());
        Struct row = new Struct(ROW).put("id", 1L);

        assertThatThrownBy(() -> converter.fromConnectData("t", ROW, row)).isInstanceOf(RetriableException.class);
        assertThatThrownBy(() -> converter.fromConnectData("t", ROW, row))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("409");
    }

    @Test
    void bytesInAnotherFormatAreRefused() {
        assertThatThrownBy(() -> converter(Map.of()).toConnectData("t", new byte[] {1, 2}))
                .isInstanceOf(DataException.class);
    }
}
