package io.millrace.schemas;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.io.Decoder;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;

/**
 * Reads Avro's bytes as Connect's data without a record of Avro's in between: records, optional values and plain types, which is
 * what change events are made of. Thread-safe.
 */
final class ConnectDataReader {
    private static final String LOGICAL = "org.apache.kafka.connect.data.";

    private final Schema schema;
    private final ValueReader reader;

    private interface ValueReader {
        Object read(Decoder in) throws IOException;
    }

    /**
     * A struct of values that were read by its schema. Each was looked at when it was put, and would be again for every struct around
     * this one: a tenth of what a sink's records cost.
     */
    private static final class ReadStruct extends Struct {
        ReadStruct(Schema schema) {
            super(schema);
        }

        @Override
        public void validate() {}
    }

    private ConnectDataReader(Schema schema, ValueReader reader) {
        this.schema = schema;
        this.reader = reader;
    }

    /** A reader of data in an Avro schema; none where it has anything else than the above. */
    static Optional<ConnectDataReader> of(org.apache.avro.Schema avro, Schema connect) {
        ValueReader reader = reader(avro, connect);
        return reader == null ? Optional.empty() : Optional.of(new ConnectDataReader(connect, reader));
    }

    /** Connect's schema, always the same object. */
    Schema schema() {
        return schema;
    }

    Object read(Decoder in) throws IOException {
        return reader.read(in);
    }

    /** Null for what is not read here. */
    private static ValueReader reader(org.apache.avro.Schema avro, Schema connect) {
        if (avro.getLogicalType() != null
                || (connect.name() != null && connect.name().startsWith(LOGICAL))) {
            return null;
        }
        return switch (avro.getType()) {
            case UNION -> optional(avro.getTypes(), connect);
            case RECORD -> connect.type() == Schema.Type.STRUCT ? struct(avro, connect) : null;
            case STRING -> connect.type() == Schema.Type.STRING ? Decoder::readString : null;
            case INT ->
                switch (connect.type()) {
                    case INT32 -> Decoder::readInt;
                    case INT16 -> in -> (short) in.readInt();
                    case INT8 -> in -> (byte) in.readInt();
                    default -> null;
                };
            case LONG -> connect.type() == Schema.Type.INT64 ? Decoder::readLong : null;
            case FLOAT -> connect.type() == Schema.Type.FLOAT32 ? Decoder::readFloat : null;
            case DOUBLE -> connect.type() == Schema.Type.FLOAT64 ? Decoder::readDouble : null;
            case BOOLEAN -> connect.type() == Schema.Type.BOOLEAN ? Decoder::readBoolean : null;
            case BYTES -> connect.type() == Schema.Type.BYTES ? in -> in.readBytes(null) : null;
            case ENUM, ARRAY, MAP, FIXED, NULL -> null;
        };
    }

    private static ValueReader optional(List<org.apache.avro.Schema> types, Schema connect) {
        int nulls = types.size() != 2 ? -1 : types.get(0).getType() == org.apache.avro.Schema.Type.NULL ? 0 : 1;
        if (nulls < 0 || types.get(nulls).getType() != org.apache.avro.Schema.Type.NULL || !connect.isOptional()) {
            return null;
        }
        ValueReader present = reader(types.get(1 - nulls), connect);
        if (present == null) {
            return null;
        }
        return in -> {
            int index = in.readIndex();
            if (index == nulls) {
                return null;
            }
            if (index != 1 - nulls) {
                throw new DataException("a value of no type that its schema has");
            }
            return present.read(in);
        };
    }

    private static ValueReader struct(org.apache.avro.Schema avro, Schema connect) {
        List<Field> fields = connect.fields();
        if (fields.size() != avro.getFields().size()) {
            return null;
        }
        List<ValueReader> readers = new ArrayList<>();
        for (Field field : fields) {
            org.apache.avro.Schema.Field of = avro.getFields().get(field.index());
            ValueReader reader = of.name().equals(field.name()) ? reader(of.schema(), field.schema()) : null;
            if (reader == null) {
                return null;
            }
            readers.add(reader);
        }
        Field[] each = fields.toArray(new Field[0]);
        ValueReader[] eachReader = readers.toArray(new ValueReader[0]);
        return in -> {
            Struct struct = new ReadStruct(connect);
            for (int i = 0; i < each.length; i++) {
                Object value = eachReader[i].read(in);
                // A struct has no values at first, and each that is put is looked at once more.
                if (value != null) {
                    struct.put(each[i], value);
                }
            }
            return struct;
        };
    }
}
