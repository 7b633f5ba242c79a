package io.millrace.runtime.source;

import io.millrace.row.ByteReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/** Compiles schemas into passing over a value of theirs. */
final class AvroSkippers {
    /** The number 1 as Avro writes it. */
    private static final int SECOND_BRANCH = 2;

    private final Map<String, Skipper> records = new HashMap<>();

    /** Passes over one value. */
    interface Skipper {
        void skip(ByteReader in);
    }

    /** Passes over values of those schemas, one after the other. */
    Skipper run(List<Schema> schemas) {
        Skipper[] skippers = schemas.stream().map(this::of).toArray(Skipper[]::new);
        if (skippers.length == 1) {
            return skippers[0];
        }
        return in -> {
            for (Skipper skipper : skippers) {
                skipper.skip(in);
            }
        };
    }

    Skipper of(Schema schema) {
        return switch (schema.getType()) {
            case NULL -> in -> {};
            case BOOLEAN -> in -> in.skip(1);
            case INT, LONG, ENUM -> ByteReader::readVarint;
            case FLOAT -> in -> in.skip(4);
            case DOUBLE -> in -> in.skip(8);
            case STRING, BYTES -> in -> in.skip(in.readZigzagCount());
            case FIXED -> {
                int size = schema.getFixedSize();
                yield in -> in.skip(size);
            }
            case UNION -> union(schema.getTypes());
            case ARRAY -> {
                Skipper element = of(schema.getElementType());
                yield in -> skipBlocks(in, element);
            }
            case MAP -> {
                Skipper value = of(schema.getValueType());
                yield in -> skipBlocks(in, entry -> {
                    entry.skip(entry.readZigzagCount());
                    value.skip(entry);
                });
            }
            case RECORD -> record(schema);
        };
    }

    private Skipper union(List<Schema> branches) {
        if (branches.size() == 2 && branches.get(0).getType() == Schema.Type.NULL) {
            Skipper value = of(branches.get(1));
            return in -> {
                int branch = in.readByte();
                if (branch == SECOND_BRANCH) {
                    value.skip(in);
                } else if (branch != 0) {
                    throw new IndexOutOfBoundsException("no branch of a union of 2: " + branch);
                }
            };
        }
        Skipper[] skippers = branches.stream().map(this::of).toArray(Skipper[]::new);
        return in -> {
            int branch = in.readZigzagCount();
            if (branch >= skippers.length) {
                throw new IndexOutOfBoundsException("branch " + branch + " of a union of " + skippers.length);
            }
            skippers[branch].skip(in);
        };
    }

    private Skipper record(Schema schema) {
        Skipper known = records.get(schema.getFullName());
        if (known != null) {
            return known;
        }
        Skipper[] fields = new Skipper[schema.getFields().size()];
        Skipper skipper = in -> {
            for (Skipper field : fields) {
                field.skip(in);
            }
        };
        // Known before its fields are looked at, since a record may hold itself.
        records.put(schema.getFullName(), skipper);
        for (Schema.Field field : schema.getFields()) {
            fields[field.pos()] = of(field.schema());
        }
        return skipper;
    }

    private static void skipBlocks(ByteReader in, Skipper element) {
        for (long count = in.readZigzag(); count != 0; count = in.readZigzag()) {
            if (count < 0) {
                in.skip(in.readZigzagCount());
            } else {
                for (long i = 0; i < count; i++) {
                    element.skip(in);
                }
            }
        }
    }
}
