package io.millrace.schemas;

import org.apache.avro.Schema;

/** Walks over Avro binary data without decoding it, to find where a value ends. */
final class PayloadCursor {
    private final byte[] bytes;
    private int position;

    PayloadCursor(byte[] bytes, int position) {
        this.bytes = bytes;
        this.position = position;
    }

    int position() {
        return position;
    }

    /** Steps over one value of the schema. */
    void skip(Schema schema) {
        switch (schema.getType()) {
            case NULL -> {}
            case BOOLEAN -> advance(1);
            case INT, LONG, ENUM -> readLong();
            case FLOAT -> advance(4);
            case DOUBLE -> advance(8);
            case FIXED -> advance(schema.getFixedSize());
            case STRING, BYTES -> advance(readLong());
            case UNION -> skip(schema.getTypes().get((int) readLong()));
            case RECORD -> schema.getFields().forEach(field -> skip(field.schema()));
            case ARRAY -> skipBlocks(schema.getElementType(), false);
            case MAP -> skipBlocks(schema.getValueType(), true);
        }
    }

    /** Arrays and maps come in blocks; a negative count is followed by the block's size in bytes. */
    private void skipBlocks(Schema element, boolean keyed) {
        for (long count = readLong(); count != 0; count = readLong()) {
            if (count < 0) {
                advance(readLong());
                continue;
            }
            for (long i = 0; i < count; i++) {
                if (keyed) {
                    advance(readLong());
                }
                skip(element);
            }
        }
    }

    private long readLong() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            advance(1);
            byte next = bytes[position - 1];
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new IllegalArgumentException("a key's number is longer than 64 bits: the key does not fit its schema");
    }

    private void advance(long count) {
        if (count < 0 || count > bytes.length - position) {
            throw new IllegalArgumentException("a key ends before its schema does: the key does not fit its schema");
        }
        position += (int) count;
    }
}
