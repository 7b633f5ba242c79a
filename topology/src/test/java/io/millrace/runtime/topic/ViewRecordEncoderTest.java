package io.millrace.runtime.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import io.millrace.row.SqlValues;
import io.millrace.runtime.source.ChangeDecoder;
import io.millrace.runtime.source.RecordedSchemas;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

class ViewRecordEncoderTest {
    private static final String TOPIC = "photos.feed";
    private static final Origin ORIGIN = new Origin("shard-1", 4711, 1_700_000_000_123_456L);

    record Change(List<Column> columns, Row before, Row after) {}

    @Provide
    Arbitrary<Change> changes() {
        return SqlValues.rowTypes().flatMap(types -> {
            List<Column> columns = new ArrayList<>();
            columns.add(new Column("id", SqlType.BIGINT, false));
            for (int i = 0; i < types.size(); i++) {
                columns.add(new Column("column " + i, types.get(i), true));
            }
            return SqlValues.rows(types)
                    .tuple2()
                    .map(rows -> new Change(
                            columns, Row.of(7L).concat(rows.get1()), Row.of(7L).concat(rows.get2())));
        });
    }

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void whatAViewWritesAnotherPipelineReadsAsATable(@ForAll("changes") Change change) throws Exception {
        RecordedSchemas registry = new RecordedSchemas();
        ViewRecordEncoder encoder = encoder(registry, change.columns());
        ChangeDecoder decoder = new ChangeDecoder(
                table(change.columns()),
                IntStream.range(0, change.columns().size()).toArray(),
                registry);

        byte[] key = encoder.key(change.after());
        byte[] value = encoder.value(change.before(), change.after(), ORIGIN, 5);
        SourceChange decoded = decoder.decode(key, value, 0, 99, 0);
        assertThat(decoded.row()).isEqualTo(change.after());
        assertThat(decoded.key()).isEqualTo(Row.of(7L));
        assertThat(decoded.unavailable()).isNull();
        assertThat(decoded.origin()).isEqualTo(new Origin(TOPIC, 100, ORIGIN.committedAtMicros()));
        assertThat(registry.decode(value).getSchema().getField("after")).isNotNull();
        assertThat(registry.decode(key).get("id")).isEqualTo(7L);
    }

    @Test
    void theEnvelopeIsDebeziums() throws Exception {
        RecordedSchemas registry = new RecordedSchemas();
        List<Column> columns = List.of(new Column("id", SqlType.BIGINT, false), new Column("name", SqlType.TEXT, true));
        ViewRecordEncoder encoder = encoder(registry, columns);
        GenericRecord update = registry.decode(encoder.value(Row.of(7L, "a"), Row.of(7L, null), ORIGIN, 5));
        assertThat(update.toString())
                .isEqualTo("{\"before\": {\"id\": 7, \"name\": \"a\"}, \"after\": {\"id\": 7, \"name\": null}, "
                        + "\"source\": {\"connector\": \"millrace\", \"name\": \"photos.feed\", "
                        + "\"ts_ms\": 1700000000123, \"ts_us\": 1700000000123456, \"shard\": \"shard-1\", \"lsn\": 4711}, "
                        + "\"op\": \"u\", \"ts_ms\": 5}");
        assertThat(registry.decode(encoder.value(null, Row.of(7L, "a"), ORIGIN, 5))
                        .get("op"))
                .hasToString("c");
        byte[] deletion = encoder.value(Row.of(7L, "a"), null, ORIGIN, 5);
        assertThat(registry.decode(deletion).get("op")).hasToString("d");
        SourceChange decoded = new ChangeDecoder(table(columns), new int[] {1}, registry)
                .decode(encoder.key(Row.of(7L, "a")), deletion, 0, 0, 0);
        assertThat(decoded.deletion()).isTrue();
        assertThat(decoded.key()).isEqualTo(Row.of(7L));
    }

    @Test
    void columnsWhoseNamesAvroDoesNotAllowGetOthersAndStayApart() {
        ViewSchemas schemas = ViewSchemas.of(
                TOPIC,
                List.of(
                        new Column("Größe in cm", SqlType.INTEGER, false),
                        new Column("Gr__e_in_cm", SqlType.INTEGER, false),
                        new Column("1st", SqlType.INTEGER, false)),
                List.of(0));
        assertThat(schemas.value().getField("after").schema().getTypes().get(1).getFields())
                .extracting(field -> field.name())
                .containsExactly("Gr__e_in_cm", "Gr__e_in_cm_2", "_1st");
    }

    private static ViewRecordEncoder encoder(RecordedSchemas registry, List<Column> columns) {
        ViewSchemas schemas = ViewSchemas.of(TOPIC, columns, List.of(0));
        return new ViewRecordEncoder(
                TOPIC, columns, List.of(0), registry.register(schemas.key()), registry.register(schemas.value()));
    }

    private static Table table(List<Column> columns) {
        return new Table("public", "feed", columns, List.of(0), List.of(), new Table.Captured(TOPIC), null);
    }
}
