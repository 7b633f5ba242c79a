package io.millrace.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.avro.generic.GenericContainer;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Writes Avro records in the registry's wire format; registers their schemas as {@code <topic>-key} and
 * {@code <topic>-value}. Like every serializer it serves one thread.
 *
 * @param <T> the type of the values
 */
public final class GenericAvroSerializer<T extends GenericContainer> implements Serializer<T> {
    private RegistryClient registry;
    private String suffix = "-value";
    private BinaryEncoder encoder;

    /** For Kafka, which then calls {@link #configure}. */
    public GenericAvroSerializer() {}

    GenericAvroSerializer(RegistryClient registry, boolean isKey) {
        this.registry = registry;
        this.suffix = isKey ? "-key" : "-value";
    }

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        registry = RegistryClient.of(configs);
        suffix = isKey ? "-key" : "-value";
    }

    @Override
    public byte[] serialize(String topic, T data) {
        if (data == null) {
            return null;
        }
        byte[] header = new byte[WireFormat.HEADER_BYTES];
        WireFormat.writeHeader(header, registry.register(topic + suffix, data.getSchema()));
        ByteArrayOutputStream out = new ByteArrayOutputStream(128);
        out.writeBytes(header);
        encoder = EncoderFactory.get().directBinaryEncoder(out, encoder);
        try {
            new GenericDatumWriter<T>(data.getSchema()).write(data, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
