package io.millrace.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.DataException;

/**
 * Reads Avro's bytes as Connect's data without a record of Avro's in between: records, optional values and plain types, which is
 * what change events are made of. Structs stay bytes until their fields are asked for, see {@link EncodedStruct}; that the bytes
 * fit the schema is checked at once. Thread-safe.
 */
final class ConnectDataReader {
    private static final String LOGICAL = "org.apache.kafka.connect.data.";

    private final Schema schema;
    private final Encoding encoding;

    /** How values of one schema stand in bytes. */
    interface Encoding {
        /**
         * Where the value ends that begins there.
         *
         * @throws DataException if there is none that fits the schema
         */
        int end(byte[] bytes, int from);

        /** Where the content begins of the value that begins there; -1 for NULL. */
        default int content(byte[] bytes, int from) {
            return from;
        }

        /** Reads the value that begins there, which {@link #end} has been asked for. */
        Object read(byte[] bytes, int from);
    }

    private ConnectDataReader(Schema schema, Encoding encoding) {
        this.schema = schema;
        this.encoding = encoding;
    }

    /** A reader of data in an Avro schema; none where it has anything else than the above. */
    static Optional<ConnectDataReader> of(org.apache.avro.Schema avro, Schema connect) {
        Encoding encoding = encoding(avro, connect);
        return encoding == null ? Optional.empty() : Optional.of(new ConnectDataReader(connect, encoding));
    }

    /** Connect's schema, always the same object. */
    Schema schema() {
        return schema;
    }

    /**
     * Reads the value that begins there.
     *
     * @throws DataException if the bytes do not fit the schema
     */
    Object read(byte[] bytes, int from) {
        if (!(encoding instanceof Fields)) {
            encoding.end(bytes, from);
        }
        // A struct's fields are all looked at to find where they begin.
        return encoding.read(bytes, from);
    }

    /** Null for what is not read here. */
    private static Encoding encoding(org.apache.avro.Schema avro, Schema connect) {
        if (avro.getLogicalType() != null
                || (connect.name() != null && connect.name().startsWith(LOGICAL))) {
            return null;
        }
        return switch (avro.getType()) {
            case UNION -> optional(avro.getTypes(), connect);
            case RECORD -> connect.type() == Schema.Type.STRUCT ? struct(avro, connect) : null;
            case STRING -> connect.type() == Schema.Type.STRING ? Plain.STRING : null;
            case INT ->
                switch (connect.type()) {
                    case INT32 -> Plain.INT32;
                    case INT16 -> Plain.INT16;
                    case INT8 -> Plain.INT8;
                    default -> null;
                };
            case LONG -> connect.type() == Schema.Type.INT64 ? Plain.INT64 : null;
            case FLOAT -> connect.type() == Schema.Type.FLOAT32 ? Plain.FLOAT32 : null;
            case DOUBLE -> connect.type() == Schema.Type.FLOAT64 ? Plain.FLOAT64 : null;
            case BOOLEAN -> connect.type() == Schema.Type.BOOLEAN ? Plain.BOOLEAN : null;
            case BYTES -> connect.type() == Schema.Type.BYTES ? Plain.BYTES : null;
            case ENUM, ARRAY, MAP, FIXED, NULL -> null;
        };
    }

    private static Encoding optional(List<org.apache.avro.Schema> types, Schema connect) {
        int nulls = types.size() != 2 ? -1 : types.get(0).getType() == org.apache.avro.Schema.Type.NULL ? 0 : 1;
        if (nulls < 0 || types.get(nulls).getType() != org.apache.avro.Schema.Type.NULL || !connect.isOptional()) {
            return null;
        }
        Encoding present = encoding(types.get(1 - nulls), connect);
        return present == null ? null : new Nullable(present, nulls);
    }

    private static Encoding struct(org.apache.avro.Schema avro, Schema connect) {
        List<Field> fields = connect.fields();
        if (fields.size() != avro.getFields().size()) {
            return null;
        }
        List<Encoding> encodings = new ArrayList<>();
        for (Field field : fields) {
            org.apache.avro.Schema.Field of = avro.getFields().get(field.index());
            Encoding encoding = of.name().equals(field.name()) ? encoding(of.schema(), field.schema()) : null;
            if (encoding == null) {
                return null;
            }
            encodings.add(encoding);
        }
        return new Fields(connect, encodings.toArray(new Encoding[0]));
    }

    /** A value or NULL: the number of its type in front of it. */
    private record Nullable(Encoding present, int nulls) implements Encoding {
        @Override
        public int end(byte[] bytes, int from) {
            return isNull(bytes, from) ? from + 1 : present.end(bytes, from + 1);
        }

        @Override
        public int content(byte[] bytes, int from) {
            return isNull(bytes, from) ? -1 : from + 1;
        }

        /** The number is 0 or 1, and so a byte of twice that. */
        private boolean isNull(byte[] bytes, int from) {
            int type = from < bytes.length ? bytes[from] : -1;
            if (type != 0 && type != 2) {
                throw new DataException("a value of no type that its schema has");
            }
            return type == 2 * nulls;
        }

        @Override
        public Object read(byte[] bytes, int from) {
            int content = content(bytes, from);
            return content < 0 ? null : present.read(bytes, content);
        }
    }

    /** The fields of a struct, one behind the other. */
    record Fields(Schema schema, Encoding[] each) implements Encoding {
        @Override
        public int end(byte[] bytes, int from) {
            int end = from;
            for (Encoding field : each) {
                end = field.end(bytes, end);
            }
            return end;
        }

        @Override
        public Object read(byte[] bytes, int from) {
            int[] starts = new int[each.length + 1];
            starts[0] = from;
            for (int i = 0; i < each.length; i++) {
                starts[i + 1] = each[i].end(bytes, starts[i]);
            }
            return new EncodedStruct(this, bytes, starts);
        }
    }

    /** Plain types. */
    private enum Plain implements Encoding {
        INT8 {
            @Override
            public Object read(byte[] bytes, int from) {
                return (byte) number(bytes, from);
            }
        },
        INT16 {
            @Override
            public Object read(byte[] bytes, int from) {
                return (short) number(bytes, from);
            }
        },
        INT32 {
            @Override
            public Object read(byte[] bytes, int from) {
                return (int) number(bytes, from);
            }
        },
        INT64 {
            @Override
            public Object read(byte[] bytes, int from) {
                return number(bytes, from);
            }

            @Override
            void check(long number) {
                // Every long is one.
            }
        },
        FLOAT32 {
            @Override
            public int end(byte[] bytes, int from) {
                return checked(bytes, from, Float.BYTES);
            }

            @Override
            public Object read(byte[] bytes, int from) {
                return Float.intBitsToFloat((int) littleEndian(bytes, from, Float.BYTES));
            }
        },
        FLOAT64 {
            @Override
            public int end(byte[] bytes, int from) {
                return checked(bytes, from, Double.BYTES);
            }

            @Override
            public Object read(byte[] bytes, int from) {
                return Double.longBitsToDouble(littleEndian(bytes, from, Double.BYTES));
            }
        },
        BOOLEAN {
            @Override
            public int end(byte[] bytes, int from) {
                return checked(bytes, from, 1);
            }

            @Override
            public Object read(byte[] bytes, int from) {
                return bytes[from] == 1;
            }
        },
        STRING {
            @Override
            public int end(byte[] bytes, int from) {
                return endOfText(bytes, from);
            }

            @Override
            public Object read(byte[] bytes, int from) {
                return new String(
                        bytes, from + numberLength(bytes, from), (int) number(bytes, from), StandardCharsets.UTF_8);
            }
        },
        BYTES {
            @Override
            public int end(byte[] bytes, int from) {
                return endOfText(bytes, from);
            }

            @Override
            public Object read(byte[] bytes, int from) {
                int content = from + numberLength(bytes, from);
                return ByteBuffer.wrap(Arrays.copyOfRange(bytes, content, content + (int) number(bytes, from)));
            }
        };

        @Override
        public int end(byte[] bytes, int from) {
            if (from < bytes.length && bytes[from] >= 0) {
                return from + 1;
            }
            check(number(bytes, from));
            return from + numberLength(bytes, from);
        }

        void check(long number) {
            if (number != (int) number) {
                throw new DataException("a number of more than 32 bits where the schema has an int");
            }
        }

        private static int endOfText(byte[] bytes, int from) {
            int first = from < bytes.length ? bytes[from] : -1;
            // Most lengths are of one byte, twice the length.
            return first >= 0 && (first & 1) == 0
                    ? checked(bytes, from + 1, first >> 1)
                    : checked(bytes, endOfNumber(bytes, from), number(bytes, from));
        }
    }

    /** The number that begins there. */
    static long number(byte[] bytes, int from) {
        long first = from < bytes.length ? bytes[from] : -1;
        if (first >= 0) {
            return (first >>> 1) ^ -(first & 1);
        }
        long value = 0;
        int at = from;
        for (int shift = 0; shift < Long.SIZE && at < bytes.length; shift += 7) {
            byte next = bytes[at++];
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new DataException(
                at < bytes.length ? "a number of more than 64 bits" : "the record ends before its schema does");
    }

    private static int endOfNumber(byte[] bytes, int from) {
        int at = from;
        while (at < bytes.length && bytes[at] < 0) {
            at++;
        }
        return Math.min(bytes.length, at + 1);
    }

    /** Of how many bytes the number is that begins there, and that was read before. */
    static int numberLength(byte[] bytes, int from) {
        int at = from;
        while (bytes[at] < 0) {
            at++;
        }
        return at + 1 - from;
    }

    private static int checked(byte[] bytes, int from, long length) {
        if (length < 0 || length > bytes.length - from) {
            throw new DataException("the record ends before its schema does");
        }
        return from + (int) length;
    }

    private static long littleEndian(byte[] bytes, int from, int length) {
        long value = 0;
        for (int i = length - 1; i >= 0; i--) {
            value = value << Byte.SIZE | bytes[from + i] & 0xff;
        }
        return value;
    }
}
