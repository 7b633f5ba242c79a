package io.millrace.runtime.source;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** A registry in memory, and records in its wire format by Avro's own code. */
public final class RecordedSchemas implements SchemaLookup {
    private static final int HEADER_BYTES = 5;

    private final List<Schema> schemas = new ArrayList<>();

    /** Registers a schema; returns its id. */
    public int register(Schema schema) {
        schemas.add(schema);
        return schemas.size() - 1;
    }

    @Override
    public Schema byId(int id) {
        return id < schemas.size() ? schemas.get(id) : null;
    }

    /** The record in the wire format. */
    public byte[] encode(GenericRecord record) {
        int id = schemas.indexOf(record.getSchema());
        if (id < 0) {
            id = register(record.getSchema());
        }
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(
                    ByteBuffer.allocate(HEADER_BYTES).put((byte) 0).putInt(id).array());
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
            new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, encoder);
            encoder.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The record of bytes in the wire format; fails when any are left over. */
    public GenericRecord decode(byte[] bytes) throws IOException {
        Schema schema = byId(ByteBuffer.wrap(bytes).getInt(1));
        BinaryDecoder decoder =
                DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, null);
        GenericRecord record = new GenericDatumReader<GenericRecord>(schema).read(null, decoder);
        if (!decoder.isEnd()) {
            throw new IOException("bytes are left over");
        }
        return record;
    }
}
