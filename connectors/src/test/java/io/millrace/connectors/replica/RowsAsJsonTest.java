package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.TopicRecords.INTEGER;
import static io.millrace.connectors.replica.TopicRecords.columns;
import static io.millrace.connectors.replica.TopicRecords.typed;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.replica.TopicRecords.At;
import io.millrace.connectors.values.PostgresJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/** Values of every type as the capture writes them: their JSON is what PostgreSQL makes of their replica. */
final class RowsAsJsonTest {
    private static final Map<String, List<Object>> VALUES = values();

    private static Map<String, List<Object>> values() {
        Map<String, List<Object>> values = new LinkedHashMap<>();
        values.put("small INT2", List.of((short) -32768, (short) 7, (short) 0));
        values.put("big INT8", List.of(Long.MAX_VALUE, Long.MIN_VALUE, 0L));
        values.put("number NUMERIC", List.of("1.10000", "NAN", "POSITIVE_INFINITY"));
        values.put("huge NUMERIC", List.of("12345678901234567890123456789.00", "-0.0000000001", "NEGATIVE_INFINITY"));
        values.put("single FLOAT4", List.of(16777216f, Float.NaN, 0.1f));
        values.put("real FLOAT8", List.of(0.1, -0.0, 1e-7));
        values.put("large FLOAT8", List.of(1e15, 123456789012345.0, Double.NEGATIVE_INFINITY));
        values.put("said BOOL", List.of(true, false, true));
        values.put("words TEXT", List.of("a\"b\\c\n\t\b\f\u0001ü😀/", "", "{x}"));
        values.put("padded BPCHAR", List.of("ab   ", "     ", "abcde"));
        values.put("bytes BYTEA", List.of(new byte[] {0, 1, -1}, new byte[0], new byte[] {'\\'}));
        values.put("day DATE", List.of(19_000, -800_000, Integer.MAX_VALUE));
        values.put("clock TIME", List.of(0L, 86_400_000_000L, 45_296_100_000L));
        values.put("stamp TIMESTAMP", List.of(1_700_000_000_120_000L, -70_000_000_000_000_000L, Long.MIN_VALUE));
        values.put("instant TIMESTAMPTZ", List.of("2024-02-29T21:59:59.123450Z", "-0043-03-15T12:00:00Z", "infinity"));
        values.put("span INTERVAL", List.of("P1Y2M3DT4H5M6.789012S", "P-1Y-1M1DT-4H-5M-6.5S", "P0Y0M0DT0H0M0S"));
        values.put("more INTERVAL", List.of("P0Y0M-3DT4H0M0S", "P1Y0M0DT0H0M0S", "P-1Y0M2DT0H0M-0.000001S"));
        values.put(
                "id16 UUID",
                List.of(
                        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                        "00000000-0000-0000-0000-000000000000",
                        "ffffffff-ffff-ffff-ffff-ffffffffffff"));
        values.put("written JSON", List.of("{\"a\" :  1.0, \"a\": 2}", "null", "[1]"));
        values.put("binary JSONB", List.of("{\"a\": 1.0}", "\"x\"", "null"));
        values.put("ints _INT4", List.of("{1,NULL,-3}", "{}", "{{1,2},{3,NULL}}"));
        values.put("texts _TEXT", List.of("{\"a b\",\"\\\"\\\\\",NULL,\"NULL\",\"\"}", "{}", "[0:1]={x,y}"));
        values.put("numbers _NUMERIC", List.of("{1.50,NaN}", "{}", "{-Infinity}"));
        values.put("flags _BOOL", List.of("{t,f,NULL}", "{}", "{t}"));
        values.put("stamps _TIMESTAMP", List.of("{\"2024-01-01 10:00:00.5\"}", "{}", "{infinity}"));
        values.put(
                "instants _TIMESTAMPTZ",
                List.of("{\"2024-01-01 10:00:00.5+02\"}", "{\"0044-03-15 12:00:00+05:53:28 BC\"}", "{infinity}"));
        values.put("objects _JSONB", List.of("{\"{\\\"a\\\": 1}\",NULL}", "{}", "{1}"));
        return values;
    }

    private static Schema schema(String column) {
        String type = column.substring(column.indexOf(' ') + 1);
        SchemaBuilder schema =
                switch (type) {
                    case "INT2" -> SchemaBuilder.int16();
                    case "INT8" -> SchemaBuilder.int64();
                    case "FLOAT4" -> SchemaBuilder.float32();
                    case "FLOAT8" -> SchemaBuilder.float64();
                    case "BOOL" -> SchemaBuilder.bool();
                    case "BYTEA" -> SchemaBuilder.bytes();
                    case "DATE" -> SchemaBuilder.int32().name("io.debezium.time.Date");
                    case "TIME" -> SchemaBuilder.int64().name("io.debezium.time.MicroTime");
                    case "TIMESTAMP" -> SchemaBuilder.int64().name("io.debezium.time.MicroTimestamp");
                    case "TIMESTAMPTZ" -> SchemaBuilder.string().name("io.debezium.time.ZonedTimestamp");
                    default -> SchemaBuilder.string();
                };
        if (type.equals("BPCHAR")) {
            schema.parameter(ColumnType.LENGTH_PARAMETER, "5");
        }
        return typed(schema, type).optional().build();
    }

    @Test
    void theJsonOfARowIsPostgresOwn() throws Exception {
        Map<String, Schema> schemas = columns("id", INTEGER);
        VALUES.keySet().forEach(column -> schemas.put(column.substring(0, column.indexOf(' ')), schema(column)));
        TopicRecords records = TopicRecords.ofTable("app.everything", schemas);
        try (TargetDatabase database = new TargetDatabase();
                SinkHarness sink =
                        new SinkHarness(database, "everything").open(new TopicPartition("app.everything", 0))) {
            StringBuilder ours = new StringBuilder();
            for (int row = 0; row < 4; row++) {
                Object[] values = new Object[schemas.size()];
                values[0] = row;
                int column = 1;
                for (List<Object> each : VALUES.values()) {
                    values[column++] = row == 3 ? null : each.get(row);
                }
                SinkRecord record = records.upsert(At.of(row), "c", values);
                sink.put(record);
                Struct after = ((Struct) record.value()).getStruct("after");
                ours.append(PostgresJson.write(after.schema(), after)).append('\n');
            }
            assertThat(sink.reasons).isEmpty();
            String list = schemas.keySet().stream().map(Identifiers::quoted).collect(Collectors.joining(", "));
            database.execute("ALTER DATABASE postgres SET timezone = 'UTC'");
            List<String> theirs =
                    database.rows("SELECT row_to_json(t) FROM (SELECT " + list + " FROM everything ORDER BY id) t");
            assertThat(ours.toString().lines()).containsExactlyElementsOf(theirs);
        }
    }
}
