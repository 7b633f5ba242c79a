package io.millrace.runtime.topic;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.row.ByteWriter;
import io.millrace.row.SqlText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;

/** Each type's form in Avro, the same as our Debezium configuration gives it: its schema, and how a value is written. */
final class AvroForms {
    /** 0001-01-01 and the end of 9999. */
    private static final long FIRST_PLAIN_INSTANT = -62_135_596_800_000_000L;

    private static final long LAST_PLAIN_INSTANT = 253_402_300_799_999_999L;
    private static final String PARAMETERS = "connect.parameters";
    private static final String TYPE_PARAMETER = "__debezium.source.column.type";
    private static final String LENGTH_PARAMETER = "__debezium.source.column.length";
    private static final String SCALE_PARAMETER = "__debezium.source.column.scale";
    private static final String NAME_PARAMETER = "__debezium.source.column.name";

    private AvroForms() {}

    /**
     * The schema of a column's values, NULL aside. Where it does not tell the type, parameters do, those that our Debezium
     * configuration gives captured columns: so a reader of either can make a table of the same types.
     *
     * @param column the column's name, if Avro does not allow it and the field has another; else null
     */
    static Schema schema(SqlType type, String column) {
        Schema schema = form(type);
        Map<String, String> parameters = new LinkedHashMap<>();
        if (type.kind() == Kind.ENUM) {
            parameters.put("allowed", String.join(",", type.labels()));
        }
        if (schema.getType() == Schema.Type.STRING) {
            parameters.put(TYPE_PARAMETER, typeName(type));
            if (type.precision() >= 0) {
                parameters.put(LENGTH_PARAMETER, Integer.toString(type.precision()));
            }
            if (type.kind() == Kind.NUMERIC && type.precision() >= 0) {
                parameters.put(SCALE_PARAMETER, Integer.toString(type.scale()));
            }
        }
        if (column != null) {
            parameters.put(NAME_PARAMETER, column);
        }
        if (!parameters.isEmpty()) {
            schema.addProp(PARAMETERS, parameters);
        }
        return schema;
    }

    /** The type's name in PostgreSQL's catalog, in capitals as Debezium writes it. */
    private static String typeName(SqlType type) {
        return switch (type.kind()) {
            case BOOLEAN -> "BOOL";
            case SMALLINT -> "INT2";
            case INTEGER -> "INT4";
            case BIGINT -> "INT8";
            case REAL -> "FLOAT4";
            case DOUBLE -> "FLOAT8";
            case CHAR -> "BPCHAR";
            case ENUM -> type.name().toUpperCase(Locale.ROOT);
            case ARRAY -> "_" + typeName(type.element());
            case NUMERIC, TEXT, VARCHAR, BYTEA, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, UUID, JSON, JSONB ->
                type.kind().name();
        };
    }

    private static Schema form(SqlType type) {
        return switch (type.kind()) {
            case BOOLEAN -> SchemaBuilder.builder().booleanType();
            case SMALLINT -> with(SchemaBuilder.builder().intType(), "connect.type", "int16");
            case INTEGER -> SchemaBuilder.builder().intType();
            case BIGINT -> SchemaBuilder.builder().longType();
            case REAL -> SchemaBuilder.builder().floatType();
            case DOUBLE -> SchemaBuilder.builder().doubleType();
            case NUMERIC, TEXT, VARCHAR, CHAR, ARRAY -> SchemaBuilder.builder().stringType();
            case BYTEA -> SchemaBuilder.builder().bytesType();
            case DATE -> named(SchemaBuilder.builder().intType(), "io.debezium.time.Date");
            case TIME -> named(SchemaBuilder.builder().longType(), "io.debezium.time.MicroTime");
            case TIMESTAMP -> named(SchemaBuilder.builder().longType(), "io.debezium.time.MicroTimestamp");
            case TIMESTAMPTZ -> named(SchemaBuilder.builder().stringType(), "io.debezium.time.ZonedTimestamp");
            case INTERVAL -> named(SchemaBuilder.builder().stringType(), "io.debezium.time.Interval");
            case UUID -> named(SchemaBuilder.builder().stringType(), "io.debezium.data.Uuid");
            case JSON, JSONB -> named(SchemaBuilder.builder().stringType(), "io.debezium.data.Json");
            case ENUM -> named(SchemaBuilder.builder().stringType(), "io.debezium.data.Enum");
        };
    }

    private static Schema with(Schema schema, String property, String value) {
        schema.addProp(property, value);
        return schema;
    }

    private static Schema named(Schema schema, String connectName) {
        schema.addProp("connect.version", 1);
        return with(schema, "connect.name", connectName);
    }

    /** Appends a value that is not NULL. */
    static void write(ByteWriter out, SqlType type, Object value) {
        switch (type.kind()) {
            case BOOLEAN -> out.putByte((Boolean) value ? 1 : 0);
            case SMALLINT, INTEGER, DATE -> out.putZigzag((Integer) value);
            case BIGINT, TIME, TIMESTAMP -> out.putZigzag((Long) value);
            case REAL -> out.putInt(Integer.reverseBytes(Float.floatToIntBits((Float) value)));
            case DOUBLE -> out.putLong(Long.reverseBytes(Double.doubleToLongBits((Double) value)));
            case TEXT, VARCHAR, CHAR, JSON, JSONB, ENUM -> out.putAvroText((String) value);
            case NUMERIC, UUID, ARRAY -> out.putAvroText(SqlText.write(type, value));
            case BYTEA -> {
                byte[] bytes = (byte[]) value;
                out.putZigzag(bytes.length);
                out.putBytes(bytes);
            }
            case TIMESTAMPTZ -> out.putAvroText(instant((Long) value));
            case INTERVAL -> out.putAvroText(SqlText.isoInterval((Interval) value));
        }
    }

    private static String instant(long micros) {
        if (micros == Long.MAX_VALUE || micros == Long.MIN_VALUE) {
            return micros > 0 ? "infinity" : "-infinity";
        }
        if (micros < FIRST_PLAIN_INSTANT || micros > LAST_PLAIN_INSTANT) {
            return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
        }
        // ISO 8601 is PostgreSQL's text with a T and a Z, but for the years that need a sign.
        return SqlText.isoInstant(micros);
    }
}
