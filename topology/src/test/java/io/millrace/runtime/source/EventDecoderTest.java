package io.millrace.runtime.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import io.millrace.runtime.source.SourceRecordError.Reason;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.junit.jupiter.api.Test;

class EventDecoderTest {
    private static final Table CLICKS = table(
            Table.Events.Format.JSON,
            new Column("id", SqlType.BIGINT, false),
            new Column("price", SqlType.numeric(10, 2), true),
            new Column("at", SqlType.TIMESTAMPTZ, true),
            new Column("tags", SqlType.array(SqlType.TEXT), true),
            new Column("detail", SqlType.JSON, true),
            new Column("facts", SqlType.JSONB, true),
            new Column("note", SqlType.TEXT, true),
            new Column("ok", SqlType.BOOLEAN, true));

    private final SourceDecoder decoder = SourceDecoder.of(CLICKS, all(CLICKS), id -> null);

    @Test
    void membersBecomeColumnsByName() throws Exception {
        SourceChange change =
                decode("{\"note\":\"hé\\n\", \"unknown\": {\"a\": [1]}, \"ok\": true, \"price\": 1.5, \"id\":7,"
                        + " \"tags\": [\"a\", null, 3], \"at\": \"2024-01-01T00:00:00+01:00\","
                        + " \"detail\": {\"b\" : 1.00,  \"a\":[ ] } , \"facts\": {\"bb\":1.00,\"a\":2}}");
        assertThat(change.row())
                .isEqualTo(Row.of(
                        7L,
                        new BigDecimal("1.50"),
                        1_704_063_600_000_000L,
                        Arrays.asList("a", null, "3"),
                        "{\"b\" : 1.00,  \"a\":[ ] }",
                        "{\"a\": 2, \"bb\": 1.00}",
                        "hé\n",
                        true));
        assertThat(change.key()).isNull();
        assertThat(change.origin()).isEqualTo(new Origin("clicks-3", 12, 5_000));
    }

    @Test
    void missingMembersAndJsonsNullAreNull() throws Exception {
        assertThat(decode("{\"id\": 7, \"detail\": null}").row())
                .isEqualTo(Row.of(7L, null, null, null, null, null, null, null));
    }

    @Test
    void scalarsOfAJsonColumnAreKeptAsWritten() throws Exception {
        for (String text : List.of("1.50", "\"a\\u00e9\"", "true", "[1,  2]")) {
            assertThat(decode("{\"id\": 7, \"detail\":" + text + " }").row().get(4))
                    .isEqualTo(text);
            assertThat(decode("{\"id\": 7, \"detail\":" + text + "}").row().get(4))
                    .isEqualTo(text);
        }
    }

    @Test
    void numbersMayComeAsStringsAndTextsAsNumbers() throws Exception {
        SourceChange change = decode("{\"id\": \"9223372036854775807\", \"price\": \"2\", \"note\": 1.50}");
        assertThat(change.row().get(0)).isEqualTo(Long.MAX_VALUE);
        assertThat(change.row().get(1)).isEqualTo(new BigDecimal("2.00"));
        assertThat(change.row().get(6)).isEqualTo("1.50");
    }

    @Test
    void whatDoesNotFitIsAnErrorThatNamesTheColumn() {
        assertThat(error("{\"note\": \"x\"}")).hasMessageContaining("id");
        assertThat(error("{\"note\": \"x\"}").reason()).isEqualTo(Reason.NULL_VALUE);
        for (String members : List.of(
                "\"id\": 7.5",
                "\"id\": 9223372036854775808",
                "\"id\": \"x\"",
                "\"id\": 7, \"price\": 123456789.00",
                "\"id\": 7, \"at\": 1700000000",
                "\"id\": 7, \"ok\": {}",
                "\"id\": 7, \"note\": \"a\\u0000b\"",
                "\"id\": 7, \"note\": \"\\ud800\"",
                "\"id\": 7, \"tags\": \"a\"")) {
            SourceRecordError error = error("{" + members + "}");
            assertThat(error.reason()).as(members).isEqualTo(Reason.INVALID_VALUE);
            assertThat(error).hasMessageStartingWith("column ");
        }
    }

    @Test
    void whatIsNotOneJsonObjectIsMalformed() {
        for (String text : List.of("", "7", "[]", "{", "{\"id\": 7} {}", "{'id': 7}", "{\"id\": NaN}")) {
            assertThat(error(text).reason()).as(text).isEqualTo(Reason.MALFORMED);
        }
    }

    @Test
    void avroEventsAreReadByFieldName() throws Exception {
        Table clicks = table(
                Table.Events.Format.AVRO,
                new Column("id", SqlType.BIGINT, false),
                new Column("at", SqlType.TIMESTAMPTZ, false),
                new Column("kind", SqlType.TEXT, true));
        Schema schema = SchemaBuilder.record("Click")
                .fields()
                .name("kind")
                .type()
                .enumeration("Kind")
                .symbols("TAP", "SWIPE")
                .noDefault()
                .name("extras")
                .type()
                .map()
                .values()
                .stringType()
                .noDefault()
                .name("at")
                .type(LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG)))
                .noDefault()
                .requiredInt("id")
                .endRecord();
        GenericRecord click = new GenericRecordBuilder(schema)
                .set("kind", new GenericData.EnumSymbol(schema.getField("kind").schema(), "SWIPE"))
                .set("extras", Map.of("a", "b"))
                .set("at", 5L)
                .set("id", 7)
                .build();
        RecordedSchemas registry = new RecordedSchemas();
        SourceDecoder avro = SourceDecoder.of(clicks, all(clicks), registry);
        SourceChange change = avro.decode(null, registry.encode(click), 0, 3, 9);
        assertThat(change.row()).isEqualTo(Row.of(7L, 5_000L, "SWIPE"));
        assertThat(change.origin()).isEqualTo(new Origin("clicks-0", 3, 9_000));
    }

    private SourceChange decode(String json) throws SourceRecordError {
        return decoder.decode(null, json.getBytes(StandardCharsets.UTF_8), 3, 12, 5);
    }

    private SourceRecordError error(String json) {
        return catchThrowableOfType(SourceRecordError.class, () -> decode(json));
    }

    private static int[] all(Table table) {
        return IntStream.range(0, table.columns().size()).toArray();
    }

    private static Table table(Table.Events.Format format, Column... columns) {
        return new Table(
                "public", "clicks", List.of(columns), List.of(), List.of(), new Table.Events("clicks", format), null);
    }
}
