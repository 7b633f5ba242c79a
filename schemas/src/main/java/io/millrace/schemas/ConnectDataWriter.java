package io.millrace.schemas;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.Encoder;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.DataException;

/**
 * Writes Connect data as Avro, straight into the encoder. AvroData reads a struct's fields by {@link Struct#get}, which
 * answers a NULL with the column's default; here NULL stays NULL.
 */
final class ConnectDataWriter {
    private ConnectDataWriter() {}

    /** Writes a value of the Connect schema by the Avro schema that AvroData derived from it. */
    static void write(Schema schema, Object value, org.apache.avro.Schema avro, Encoder out) throws IOException {
        org.apache.avro.Schema target = avro;
        if (avro.getType() == org.apache.avro.Schema.Type.UNION) {
            List<org.apache.avro.Schema> branches = avro.getTypes();
            int nullBranch = avro.getIndexNamed("null") == null ? -1 : avro.getIndexNamed("null");
            if (branches.size() != 2 || nullBranch < 0) {
                throw new DataException("a union of more than one type and null is not supported: " + avro);
            }
            out.writeIndex(value == null ? nullBranch : 1 - nullBranch);
            target = branches.get(value == null ? nullBranch : 1 - nullBranch);
        }
        if (target.getType() == org.apache.avro.Schema.Type.NULL) {
            out.writeNull();
            return;
        }
        if (value == null) {
            throw new DataException("a value that must not be null is null"
                    + (schema.name() == null ? "" : ", of type " + schema.name()));
        }
        writeValue(schema, value, target, out);
    }

    private static void writeValue(Schema schema, Object value, org.apache.avro.Schema avro, Encoder out)
            throws IOException {
        switch (schema.type()) {
            case INT8, INT16, INT32 -> out.writeInt(intValue(schema, value));
            case INT64 -> out.writeLong(longValue(schema, value));
            case FLOAT32 -> out.writeFloat((Float) value);
            case FLOAT64 -> out.writeDouble((Double) value);
            case BOOLEAN -> out.writeBoolean((Boolean) value);
            case STRING -> out.writeString((String) value);
            case BYTES -> writeBytes(schema, value, out);
            case STRUCT -> {
                Struct struct = (Struct) value;
                List<Field> fields = schema.fields();
                List<org.apache.avro.Schema.Field> avroFields = avro.getFields();
                for (int i = 0; i < avroFields.size(); i++) {
                    Field field = fields.get(i);
                    write(
                            field.schema(),
                            struct.getWithoutDefault(field.name()),
                            avroFields.get(i).schema(),
                            out);
                }
            }
            case ARRAY -> {
                Collection<?> items = (Collection<?>) value;
                out.writeArrayStart();
                out.setItemCount(items.size());
                for (Object item : items) {
                    out.startItem();
                    write(schema.valueSchema(), item, avro.getElementType(), out);
                }
                out.writeArrayEnd();
            }
            case MAP -> writeMap(schema, (Map<?, ?>) value, avro, out);
        }
    }

    private static int intValue(Schema schema, Object value) {
        if (value instanceof java.util.Date date) {
            return Time.LOGICAL_NAME.equals(schema.name())
                    ? Time.fromLogical(schema, date)
                    : Date.fromLogical(schema, date);
        }
        return ((Number) value).intValue();
    }

    private static long longValue(Schema schema, Object value) {
        return value instanceof java.util.Date date ? Timestamp.fromLogical(schema, date) : (Long) value;
    }

    private static void writeBytes(Schema schema, Object value, Encoder out) throws IOException {
        if (value instanceof BigDecimal decimal) {
            out.writeBytes(Decimal.fromLogical(schema, decimal));
        } else if (value instanceof ByteBuffer buffer) {
            out.writeBytes(buffer.duplicate());
        } else {
            out.writeBytes((byte[]) value);
        }
    }

    /** A map with keys other than plain strings is, in Avro, an array of entries. */
    private static void writeMap(Schema schema, Map<?, ?> map, org.apache.avro.Schema avro, Encoder out)
            throws IOException {
        if (avro.getType() == org.apache.avro.Schema.Type.MAP) {
            out.writeMapStart();
            out.setItemCount(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.startItem();
                out.writeString((String) entry.getKey());
                write(schema.valueSchema(), entry.getValue(), avro.getValueType(), out);
            }
            out.writeMapEnd();
            return;
        }
        List<org.apache.avro.Schema.Field> entryFields = avro.getElementType().getFields();
        out.writeArrayStart();
        out.setItemCount(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.startItem();
            write(schema.keySchema(), entry.getKey(), entryFields.get(0).schema(), out);
            write(schema.valueSchema(), entry.getValue(), entryFields.get(1).schema(), out);
        }
        out.writeArrayEnd();
    }
}
