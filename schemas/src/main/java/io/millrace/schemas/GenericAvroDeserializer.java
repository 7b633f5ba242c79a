package io.millrace.schemas;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.generic.GenericContainer;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads Avro records in the registry's wire format by the schema they were written with. Like every deserializer it
 * serves one thread.
 *
 * @param <T> the type of the values
 */
public final class GenericAvroDeserializer<T extends GenericContainer> implements Deserializer<T> {
    private static final int MAX_READERS = 1_000;

    private final Map<Integer, GenericDatumReader<T>> readers = new HashMap<>();
    private RegistryClient registry;
    private BinaryDecoder decoder;

    /** For Kafka, which then calls {@link #configure}. */
    public GenericAvroDeserializer() {}

    GenericAvroDeserializer(RegistryClient registry) {
        this.registry = registry;
    }

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        registry = RegistryClient.of(configs);
    }

    @Override
    public T deserialize(String topic, byte[] data) {
        if (data == null) {
            return null;
        }
        if (!WireFormat.matches(data)) {
            throw new SerializationException("a record of " + topic + " is not in the registry's wire format");
        }
        int id = WireFormat.schemaId(data);
        GenericDatumReader<T> reader = readers.get(id);
        if (reader == null) {
            if (readers.size() >= MAX_READERS) {
                readers.clear();
            }
            reader = new GenericDatumReader<>(registry.schema(id));
            readers.put(id, reader);
        }
        decoder = DecoderFactory.get()
                .binaryDecoder(data, WireFormat.HEADER_BYTES, data.length - WireFormat.HEADER_BYTES, decoder);
        try {
            return reader.read(null, decoder);
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
            throw new SerializationException("a record of " + topic + " does not fit its schema " + id, e);
        }
    }
}
