package io.millrace.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/** The Avro contracts that lie beside this class as {@code .avsc} files. */
final class AvroContracts {
    private AvroContracts() {}

    static Schema read(String file) {
        try (InputStream in = AvroContracts.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is not among the resources");
            }
            return new Schema.Parser().parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A record of a contract.
     *
     * @param values of the schema's fields, in their order; a constant of an enum stands for the symbol of its name
     */
    static GenericRecord record(Schema schema, Object... values) {
        if (values.length != schema.getFields().size()) {
            throw new IllegalArgumentException(
                    schema.getName() + " has " + schema.getFields().size() + " fields, not " + values.length);
        }
        GenericRecord record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
            Object value = values[field.pos()];
            record.put(
                    field.pos(),
                    value instanceof Enum<?> constant
                            ? new GenericData.EnumSymbol(field.schema(), constant.name())
                            : value);
        }
        return record;
    }

    /** A record's text of that field, or null. */
    static String text(GenericRecord record, String field) {
        Object value = record.get(field);
        return value == null ? null : value.toString();
    }

    /** The constant of an enum that a record's field names. */
    static <E extends Enum<E>> E constant(Class<E> type, GenericRecord record, String field) {
        return Enum.valueOf(type, record.get(field).toString());
    }
}
