package io.millrace.bench.flink;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

/**
 * Decodes change events straight from Avro's bytes into Flink's rows, without records of Avro's in between, so that Flink
 * does not pay for a format that is ours.
 */
final class ChangeEventDecoder implements DeserializationSchema<RowData> {
    private static final long serialVersionUID = 1;
    private static final int HEADER_BYTES = 5;
    private static final int MICROS_PER_MILLI = 1_000;
    private static final int NANOS_PER_MICRO = 1_000;

    private final String registry;
    private final RowType columns;
    private final TypeInformation<RowData> produced;

    private transient Map<Integer, Schema> schemas;
    private transient BinaryDecoder in;
    private transient Utf8 text;

    ChangeEventDecoder(String registry, RowType columns, TypeInformation<RowData> produced) {
        this.registry = registry;
        this.columns = columns;
        this.produced = produced;
    }

    @Override
    public void open(InitializationContext context) {
        schemas = new HashMap<>();
        text = new Utf8();
    }

    @Override
    public RowData deserialize(byte[] message) {
        throw new UnsupportedOperationException("a change may be two rows");
    }

    @Override
    public void deserialize(byte[] message, Collector<RowData> out) throws IOException {
        if (message == null) {
            return;
        }
        Schema envelope = schema(message);
        in = DecoderFactory.get().binaryDecoder(message, HEADER_BYTES, message.length - HEADER_BYTES, in);
        GenericRowData before = null;
        GenericRowData after = null;
        for (Schema.Field field : envelope.getFields()) {
            switch (field.name()) {
                case "before" -> before = row(field.schema());
                case "after" -> after = row(field.schema());
                // Which of the two rows are there says what happened; nothing behind them is needed.
                default -> {
                    emit(before, after, out);
                    return;
                }
            }
        }
        emit(before, after, out);
    }

    private static void emit(GenericRowData before, GenericRowData after, Collector<RowData> out) {
        if (before != null) {
            before.setRowKind(after == null ? RowKind.DELETE : RowKind.UPDATE_BEFORE);
            out.collect(before);
        }
        if (after != null) {
            after.setRowKind(before == null ? RowKind.INSERT : RowKind.UPDATE_AFTER);
            out.collect(after);
        }
    }

    private GenericRowData row(Schema optional) throws IOException {
        Schema row = optional.getTypes().get(in.readIndex());
        if (row.getType() == Schema.Type.NULL) {
            return null;
        }
        // A table's columns are declared in the order of the events' fields: both come from tables.sql.
        GenericRowData values = new GenericRowData(columns.getFieldCount());
        int position = 0;
        for (Schema.Field field : row.getFields()) {
            values.setField(position, value(field.schema(), columns.getTypeAt(position)));
            position++;
        }
        return values;
    }

    private Object value(Schema schema, LogicalType type) throws IOException {
        return switch (schema.getType()) {
            case UNION -> value(schema.getTypes().get(in.readIndex()), type);
            case NULL -> null;
            case INT -> in.readInt();
            case LONG -> number(in.readLong(), type);
            case STRING -> text(type);
            default -> throw new IOException("no column of the benchmark is a " + schema);
        };
    }

    private static Object number(long value, LogicalType type) {
        return switch (type.getTypeRoot()) {
            case TIMESTAMP_WITHOUT_TIME_ZONE ->
                TimestampData.fromEpochMillis(
                        Math.floorDiv(value, MICROS_PER_MILLI),
                        Math.floorMod(value, MICROS_PER_MILLI) * NANOS_PER_MICRO);
            default -> value;
        };
    }

    private Object text(LogicalType type) throws IOException {
        text = in.readString(text);
        if (type instanceof DecimalType decimal) {
            return DecimalData.fromBigDecimal(
                    new BigDecimal(text.toString()), decimal.getPrecision(), decimal.getScale());
        }
        byte[] bytes = new byte[text.getByteLength()];
        System.arraycopy(text.getBytes(), 0, bytes, 0, bytes.length);
        return StringData.fromBytes(bytes);
    }

    private Schema schema(byte[] message) throws IOException {
        int id = ((message[1] & 0xff) << 24) | ((message[2] & 0xff) << 16) | ((message[3] & 0xff) << 8) | (message[4] & 0xff);
        Schema known = schemas.get(id);
        if (known == null) {
            try (InputStream answer = URI.create(registry + "/schemas/ids/" + id).toURL().openStream()) {
                known = new Schema.Parser().parse(new ObjectMapper().readTree(answer).get("schema").asText());
            }
            schemas.put(id, known);
        }
        return known;
    }

    @Override
    public boolean isEndOfStream(RowData next) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return produced;
    }
}
