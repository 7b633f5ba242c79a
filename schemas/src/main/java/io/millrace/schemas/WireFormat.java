package io.millrace.schemas;

/**
 * The Confluent wire format: a zero byte, the schema's id as four bytes big-endian, then the Avro binary payload.
 * Every registry and tool that speaks Avro over Kafka reads it.
 */
public final class WireFormat {
    /** The first byte of every record in this format. */
    public static final byte MAGIC = 0;

    /** Bytes before the payload. */
    public static final int HEADER_BYTES = 5;

    private WireFormat() {}

    /** Whether the bytes can be in this format: long enough and the right first byte. */
    public static boolean matches(byte[] record) {
        return record != null && record.length >= HEADER_BYTES && record[0] == MAGIC;
    }

    /** The writer schema's id. The bytes must {@linkplain #matches match}. */
    public static int schemaId(byte[] record) {
        if (!matches(record)) {
            throw new IllegalArgumentException("not in the registry's wire format: "
                    + (record == null
                            ? "null"
                            : record.length < HEADER_BYTES
                                    ? record.length + " bytes, at least " + HEADER_BYTES + " are needed"
                                    : "the first byte is " + record[0] + ", not " + MAGIC));
        }
        return ((record[1] & 0xff) << 24) | ((record[2] & 0xff) << 16) | ((record[3] & 0xff) << 8) | (record[4] & 0xff);
    }

    /** Writes the header into the first {@link #HEADER_BYTES} bytes of the buffer. */
    public static void writeHeader(byte[] buffer, int schemaId) {
        buffer[0] = MAGIC;
        buffer[1] = (byte) (schemaId >>> 24);
        buffer[2] = (byte) (schemaId >>> 16);
        buffer[3] = (byte) (schemaId >>> 8);
        buffer[4] = (byte) schemaId;
    }
}
