package io.millrace.runtime.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.catalog.Column;
import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.catalog.Table;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import io.millrace.runtime.source.SourceRecordError.Reason;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.junit.jupiter.api.Test;

class ChangeDecoderTest {
    private static final Table PHOTOS = table(
            new Column("user_id", SqlType.INTEGER, false),
            new Column("id", SqlType.BIGINT, false),
            new Column("caption", SqlType.TEXT, true),
            new Column("raw", SqlType.BYTEA, true),
            new Column("views", SqlType.INTEGER, false));

    private static final Schema SOURCE = SchemaBuilder.record("io.debezium.connector.postgresql.Source")
            .fields()
            .requiredString("version")
            .requiredString("connector")
            .requiredString("name")
            .requiredLong("ts_ms")
            .name("snapshot")
            .type()
            .optional()
            .stringType()
            .requiredString("db")
            .optionalString("sequence")
            .optionalLong("ts_us")
            .optionalLong("txId")
            .optionalLong("lsn")
            .endRecord();

    private static final Schema KEY = record("Key", "user_id", "int", "id", "long", "__shard", "string");

    private static final Schema VALUE = record(
            "Value", "extra", "string?", "id", "long", "user_id", "int", "caption", "string?", "raw", "bytes?", "views",
            "int");

    private final RecordedSchemas registry = new RecordedSchemas();
    private final ChangeDecoder decoder = new ChangeDecoder(PHOTOS, new int[] {1, 2, 3, 4}, registry);

    @Test
    void neededColumnsAreReadInTheScansOrderAndAllElseIsPassedOver() throws Exception {
        GenericRecord row =
                row(VALUE, "extra", "not declared", "id", 7L, "user_id", 1, "caption", "hi", "raw", null, "views", 3);
        SourceChange change = decode(envelope(VALUE, row, row, "u", "false", 42L, 9_000_001L));
        assertThat(change.deletion()).isFalse();
        assertThat(change.key()).isEqualTo(Row.of(1, 7L));
        assertThat(change.row()).isEqualTo(Row.of(7L, "hi", null, 3));
        assertThat(change.unavailable()).isNull();
        assertThat(change.origin()).isEqualTo(new Origin("s1", 42, 9_000_001));
    }

    @Test
    void aSnapshotsRowHasTheNegatedLogPosition() throws Exception {
        for (String snapshot : List.of("first", "true", "last")) {
            assertThat(decode(envelope(VALUE, null, photo("hi"), "r", snapshot, 42L, 1L))
                            .origin()
                            .position())
                    .isEqualTo(-42);
        }
    }

    @Test
    void aDeletionNeedsItsKeyOnly() throws Exception {
        SourceChange change = decode(envelope(VALUE, photo(null), null, "d", "false", 43L, 1L));
        assertThat(change.deletion()).isTrue();
        assertThat(change.key()).isEqualTo(Row.of(1, 7L));
        assertThat(change.row()).isNull();
    }

    @Test
    void tombstonesAndMessagesChangeNothing() throws Exception {
        assertThat(decoder.decode(key(), null, 0, 0, 0)).isNull();
        assertThat(decode(envelope(VALUE, null, null, "m", "false", 1L, 1L))).isNull();
    }

    @Test
    void valuesLeftOutOfAnUpdateAreMarked() throws Exception {
        GenericRecord row = photo("__debezium_unavailable_value");
        row.put("raw", ByteBuffer.wrap("__debezium_unavailable_value".getBytes(StandardCharsets.UTF_8)));
        SourceChange change = decode(envelope(VALUE, null, row, "u", "false", 1L, 1L));
        assertThat(change.row()).isEqualTo(Row.of(7L, null, null, 3));
        assertThat(change.unavailable()).containsExactly(false, true, true, false);
    }

    @Test
    void theVeryTextOfThePlaceholderCanBeInserted() throws Exception {
        SourceChange change =
                decode(envelope(VALUE, null, photo("__debezium_unavailable_value"), "c", "false", 1L, 1L));
        assertThat(change.row().get(1)).isEqualTo("__debezium_unavailable_value");
        assertThat(change.unavailable()).isNull();
    }

    @Test
    void aColumnDroppedInTheSourceIsAnErrorOfRowsNotOfDeletions() throws Exception {
        Schema dropped = record("Value", "id", "long", "user_id", "int", "views", "int", "raw", "bytes?");
        GenericRecord row = row(dropped, "id", 7L, "user_id", 1, "views", 3);
        SourceRecordError error = error(envelope(dropped, null, row, "c", "false", 1L, 1L));
        assertThat(error.reason()).isEqualTo(Reason.COLUMN_MISSING);
        assertThat(error).hasMessageContaining("caption").hasMessageContaining("photos");
        assertThat(decode(envelope(dropped, row, null, "d", "false", 1L, 1L)).deletion())
                .isTrue();
    }

    @Test
    void aColumnOfAnotherTypeIsAnError() {
        Schema changed =
                record("Value", "id", "long", "user_id", "int", "caption", "long", "raw", "bytes?", "views", "int");
        GenericRecord row = row(changed, "id", 7L, "user_id", 1, "caption", 5L, "views", 3);
        SourceRecordError error = error(envelope(changed, null, row, "c", "false", 1L, 1L));
        assertThat(error.reason()).isEqualTo(Reason.TYPE_MISMATCH);
        assertThat(error).hasMessage("column caption is declared text, but its values are written as long");
    }

    @Test
    void aWidenedColumnIsReadWhileItsValuesFit() throws Exception {
        Schema widened =
                record("Value", "id", "long", "user_id", "int", "caption", "string?", "raw", "bytes?", "views", "long");
        GenericRecord row = row(widened, "id", 7L, "user_id", 1, "views", 3L);
        assertThat(decode(envelope(widened, null, row, "c", "false", 1L, 1L))
                        .row()
                        .get(3))
                .isEqualTo(3);
        row.put("views", 1L << 40);
        assertThat(error(envelope(widened, null, row, "c", "false", 1L, 1L)).reason())
                .isEqualTo(Reason.INVALID_VALUE);
    }

    @Test
    void aNullInAColumnDeclaredNotNullIsAnError() {
        Schema nullable =
                record("Value", "id", "long", "user_id", "int", "caption", "string?", "raw", "bytes?", "views", "int?");
        GenericRecord row = row(nullable, "id", 7L, "user_id", 1);
        assertThat(error(envelope(nullable, null, row, "c", "false", 1L, 1L)).reason())
                .isEqualTo(Reason.NULL_VALUE);
    }

    @Test
    void aChangeWithoutALogPositionIsAnError() {
        assertThat(error(envelope(VALUE, null, photo("hi"), "c", "false", null, 1L))
                        .reason())
                .isEqualTo(Reason.NOT_A_CHANGE);
    }

    @Test
    void aTruncationIsAnError() {
        assertThat(error(envelope(VALUE, null, null, "t", "false", 1L, 1L)).reason())
                .isEqualTo(Reason.TRUNCATED);
    }

    @Test
    void bytesThatAreNoChangeEventAreErrors() {
        byte[] value = registry.encode(envelope(VALUE, null, photo("hi"), "c", "false", 1L, 1L));
        assertThat(error(key(), new byte[0]).reason()).isEqualTo(Reason.MALFORMED);
        assertThat(error(key(), "{\"id\": 7}".getBytes(StandardCharsets.UTF_8)).reason())
                .isEqualTo(Reason.MALFORMED);
        assertThat(error(key(), Arrays.copyOf(value, value.length - 3)).reason())
                .isEqualTo(Reason.MALFORMED);
        assertThat(error(null, value).reason()).isEqualTo(Reason.NOT_A_CHANGE);
        assertThat(error(key(), key()).reason()).isEqualTo(Reason.NOT_A_CHANGE);
        assertThat(error(key(), new byte[] {0, 0, 0, 9, 9}).reason()).isEqualTo(Reason.UNKNOWN_SCHEMA);
    }

    @Test
    void aRegistryThatCannotBeReachedIsNoFaultOfTheRecord() {
        ChangeDecoder unreachable = new ChangeDecoder(PHOTOS, new int[] {1}, id -> {
            throw new IllegalStateException("unreachable");
        });
        assertThatThrownBy(() -> unreachable.decode(key(), key(), 0, 0, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void eachTypeIsReadFromTheFormThatDebeziumGivesIt() throws Exception {
        assertReads(SqlType.NUMERIC, "string", "1.10000", new BigDecimal("1.10000"));
        assertReads(SqlType.NUMERIC, "string", "NAN", Double.NaN);
        assertReads(SqlType.NUMERIC, "string", "NaN", Double.NaN);
        assertReads(SqlType.NUMERIC, "string", "POSITIVE_INFINITY", Double.POSITIVE_INFINITY);
        assertReads(SqlType.NUMERIC, "string", "NEGATIVE_INFINITY", Double.NEGATIVE_INFINITY);
        assertReads(SqlType.numeric(10, 2), "string", "12.50", new BigDecimal("12.50"));
        assertReads(SqlType.SMALLINT, "int", 5, 5);
        assertReads(SqlType.REAL, "float", Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY);
        assertReads(SqlType.DOUBLE, "double", -0d, -0d);
        assertReads(SqlType.BOOLEAN, "boolean", true, true);
        assertReads(SqlType.of(Kind.CHAR, 5), "string", "ab   ", "ab   ");
        assertReads(SqlType.DATE, "int:io.debezium.time.Date", Integer.MAX_VALUE, Integer.MAX_VALUE);
        assertReads(SqlType.TIME, "long:io.debezium.time.MicroTime", 86_400_000_000L, 86_400_000_000L);
        assertReads(SqlType.TIMESTAMP, "long:io.debezium.time.MicroTimestamp", Long.MIN_VALUE, Long.MIN_VALUE);
        assertReads(SqlType.TIMESTAMPTZ, "string", "2024-02-29T21:59:59.123456Z", 1_709_243_999_123_456L);
        assertReads(SqlType.TIMESTAMPTZ, "string", "2024-02-29T21:59:59.12Z", 1_709_243_999_120_000L);
        assertReads(SqlType.TIMESTAMPTZ, "string", "2024-02-29T21:59:59Z", 1_709_243_999_000_000L);
        assertReads(SqlType.TIMESTAMPTZ, "string", "-0043-03-15T12:00:00.500000Z", -63_517_780_799_500_000L);
        assertReads(SqlType.TIMESTAMPTZ, "string", "+12024-02-29T00:00:00Z", 317_278_684_800_000_000L);
        assertReads(SqlType.TIMESTAMPTZ, "string", "infinity", Long.MAX_VALUE);
        assertReads(SqlType.INTERVAL, "string", "P-1Y-2M3DT-4H-5M-6.789012S", new Interval(-14, 3, -14_706_789_012L));
        assertReads(SqlType.INTERVAL, "string", "P0Y0M0DT0H0M0S", new Interval(0, 0, 0));
        UUID uuid = new UUID(1, 2);
        assertReads(SqlType.UUID, "string", uuid.toString(), uuid);
        assertReads(SqlType.JSONB, "string", "{\"a\": 1}", "{\"a\": 1}");
        assertReads(SqlType.BYTEA, "bytes", ByteBuffer.wrap(new byte[] {0, -1}), new byte[] {0, -1});
        assertReads(SqlType.enumeration("mood", List.of("sad")), "string", "added later", "added later");
        assertReads(
                SqlType.array(SqlType.INTEGER),
                "string",
                "{{1,2},{3,NULL}}",
                List.of(List.of(1, 2), Arrays.asList(3, null)));
        assertReads(SqlType.array(SqlType.TEXT), "string", "[0:1]={\"a b\",\"NULL\"}", List.of("a b", "NULL"));
        assertReads(
                SqlType.array(SqlType.TIMESTAMPTZ),
                "string",
                "{\"2024-02-29 21:59:59.123456+00\",infinity}",
                List.of(1_709_243_999_123_456L, Long.MAX_VALUE));
        assertReads(
                SqlType.array(SqlType.enumeration("mood", List.of("sad"))),
                "string",
                "{sad,new}",
                List.of("sad", "new"));
    }

    @Test
    void aTextThatIsNoValueOfItsTypeIsAnError() {
        for (String text : List.of("", "x", "2024-02-30T00:00:00Z", "2024-02-29T24:00:01Z", "2024-13-01T00:00:00Z")) {
            assertThatThrownBy(() -> read(SqlType.TIMESTAMPTZ, "string", text))
                    .as(text)
                    .isInstanceOfSatisfying(SourceRecordError.class, error -> assertThat(error.reason())
                            .isEqualTo(Reason.INVALID_VALUE));
        }
    }

    private void assertReads(SqlType type, String form, Object written, Object expected) throws Exception {
        assertThat(Row.of(read(type, form, written)))
                .as("%s from %s", type, written)
                .isEqualTo(Row.of(expected));
    }

    private Object read(SqlType type, String form, Object written) throws SourceRecordError {
        Table table = table(
                new Column("user_id", SqlType.INTEGER, false),
                new Column("id", SqlType.BIGINT, false),
                new Column("v", type, true));
        Schema schema = record("Value", "v", form);
        RecordedSchemas own = new RecordedSchemas();
        byte[] value = own.encode(envelope(schema, null, row(schema, "v", written), "c", "false", 1L, 1L));
        byte[] key = own.encode(row(KEY, "user_id", 1, "id", 7L, "__shard", "s1"));
        return new ChangeDecoder(table, new int[] {2}, own)
                .decode(key, value, 0, 0, 0)
                .row()
                .get(0);
    }

    private SourceChange decode(GenericRecord envelope) throws SourceRecordError {
        return decoder.decode(key(), registry.encode(envelope), 0, 0, 0);
    }

    private SourceRecordError error(GenericRecord envelope) {
        return error(key(), registry.encode(envelope));
    }

    private SourceRecordError error(byte[] key, byte[] value) {
        return catchThrowableOfType(SourceRecordError.class, () -> decoder.decode(key, value, 0, 0, 0));
    }

    private byte[] key() {
        return registry.encode(row(KEY, "user_id", 1, "id", 7L, "__shard", "s1"));
    }

    private static GenericRecord photo(String caption) {
        return row(VALUE, "id", 7L, "user_id", 1, "caption", caption, "views", 3);
    }

    private static GenericRecord envelope(
            Schema value,
            GenericRecord before,
            GenericRecord after,
            String op,
            String snapshot,
            Long lsn,
            Long micros) {
        Schema optional = Schema.createUnion(Schema.create(Schema.Type.NULL), value);
        Schema schema = SchemaBuilder.record("Envelope")
                .fields()
                .name("before")
                .type(optional)
                .noDefault()
                .name("after")
                .type(optional)
                .noDefault()
                .name("source")
                .type(SOURCE)
                .noDefault()
                .requiredString("op")
                .optionalLong("ts_ms")
                .endRecord();
        GenericRecord source = new GenericRecordBuilder(SOURCE)
                .set("version", "3")
                .set("connector", "postgresql")
                .set("name", "photos__s1")
                .set("ts_ms", 1L)
                .set("snapshot", snapshot)
                .set("db", "photos")
                .set("sequence", "[\"1\",\"2\"]")
                .set("ts_us", micros)
                .set("txId", 5L)
                .set("lsn", lsn)
                .build();
        return new GenericRecordBuilder(schema)
                .set("before", before)
                .set("after", after)
                .set("source", source)
                .set("op", op)
                .set("ts_ms", 5L)
                .build();
    }

    /** A record schema of names and forms: a type's name, {@code ?} behind for one with null, {@code :} its logical name. */
    private static Schema record(String name, String... fields) {
        SchemaBuilder.FieldAssembler<Schema> builder =
                SchemaBuilder.record(name).fields();
        for (int i = 0; i < fields.length; i += 2) {
            boolean nullable = fields[i + 1].endsWith("?");
            String[] form = fields[i + 1].replace("?", "").split(":", -1);
            Schema type = new Schema.Parser().parse("\"" + form[0] + "\"");
            if (form.length > 1) {
                type.addProp("connect.name", form[1]);
            }
            Schema schema = nullable ? Schema.createUnion(Schema.create(Schema.Type.NULL), type) : type;
            builder = builder.name(fields[i]).type(schema).noDefault();
        }
        return builder.endRecord();
    }

    private static GenericRecord row(Schema schema, Object... namesAndValues) {
        GenericRecord row = new GenericData.Record(schema);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            row.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return row;
    }

    private static Table table(Column... columns) {
        return new Table(
                "public",
                "photos",
                List.of(columns),
                List.of(0, 1),
                List.of(),
                new Table.Captured("photos.photos"),
                null);
    }
}
