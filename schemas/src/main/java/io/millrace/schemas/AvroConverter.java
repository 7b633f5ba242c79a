package io.millrace.schemas;

import io.apicurio.registry.utils.converter.avro.AvroData;
import io.apicurio.registry.utils.converter.avro.AvroDataConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.generic.GenericContainer;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.storage.Converter;

/**
 * Kafka Connect's converter between Connect's data and Avro in the registry's wire format. Subjects are
 * {@code <topic>-key} and {@code <topic>-value}; schemas are registered as they come. Configured as {@link
 * RegistryClient} is, with Connect's prefix {@code key.converter.} or {@code value.converter.}.
 *
 * <p>A registry that does not answer is a {@link RetriableException}: Connect tries again for
 * {@code errors.retry.timeout}, and no record is lost.
 */
public final class AvroConverter implements Converter {
    /**
     * The property with the compatibility level to give each subject before its first schema; by default the registry's
     * own holds. The change events of tables are read by the schema that wrote them, so their connectors say {@code NONE}:
     * an ALTER TABLE in the source must not stop the stream.
     */
    public static final String COMPATIBILITY = "schema.compatibility";

    private static final int MAX_SCHEMAS = 1_000;

    private final ConcurrentMap<SourceSchema, Target> targets = new ConcurrentHashMap<>();
    private final ConcurrentMap<Integer, Source> sources = new ConcurrentHashMap<>();
    /** Subjects whose level has been set. */
    private final Set<String> levelled = ConcurrentHashMap.newKeySet();

    private AvroData avroData;
    private RegistryClient registry;
    private String suffix;
    private String compatibility;

    /** A Connect schema by identity: connectors hand out the same object for every record of a table's version. */
    private record SourceSchema(String topic, Schema schema) {
        @Override
        public boolean equals(Object other) {
            return other instanceof SourceSchema that && schema == that.schema && topic.equals(that.topic);
        }

        @Override
        public int hashCode() {
            return 31 * topic.hashCode() + System.identityHashCode(schema);
        }
    }

    /**
     * How records of a schema are read.
     *
     * @param straight reads their bytes; none where Avro's records must come in between
     */
    private record Source(org.apache.avro.Schema schema, Optional<ConnectDataReader> straight) {}

    private record Target(int id, org.apache.avro.Schema schema) {}

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        registry = RegistryClient.of(configs);
        suffix = isKey ? "-key" : "-value";
        compatibility = (String) configs.get(COMPATIBILITY);
        avroData = new AvroData(new AvroDataConfig(Map.of(AvroDataConfig.SCHEMAS_CACHE_SIZE_CONFIG, MAX_SCHEMAS)));
    }

    @Override
    public byte[] fromConnectData(String topic, Schema schema, Object value) {
        if (value == null) {
            return null;
        }
        Target target = target(topic, schema);
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream(512);
            byte[] header = new byte[WireFormat.HEADER_BYTES];
            WireFormat.writeHeader(header, target.id());
            out.writeBytes(header);
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            ConnectDataWriter.write(schema, value, target.schema(), encoder);
            encoder.flush();
            return out.toByteArray();
        } catch (IOException | AvroRuntimeException | ClassCastException e) {
            throw new DataException("a record for " + topic + " cannot be written as Avro: " + e.getMessage(), e);
        }
    }

    @Override
    public SchemaAndValue toConnectData(String topic, byte[] value) {
        if (value == null) {
            return SchemaAndValue.NULL;
        }
        if (!WireFormat.matches(value)) {
            throw new DataException("a record of " + topic + " is not in the registry's wire format");
        }
        int id = WireFormat.schemaId(value);
        Source source = sources.get(id);
        if (source == null) {
            source = fetched(topic, id);
        }
        try {
            if (source.straight().isPresent()) {
                ConnectDataReader reader = source.straight().get();
                return new SchemaAndValue(reader.schema(), reader.read(value, WireFormat.HEADER_BYTES));
            }
            BinaryDecoder decoder = DecoderFactory.get()
                    .binaryDecoder(value, WireFormat.HEADER_BYTES, value.length - WireFormat.HEADER_BYTES, null);
            Object datum = new GenericDatumReader<>(source.schema()).read(null, decoder);
            return avroData.toConnectData(
                    datum instanceof GenericContainer container ? container.getSchema() : source.schema(), datum);
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException | DataException e) {
            throw new DataException("a record of " + topic + " does not fit its schema " + id, e);
        }
    }

    private Target target(String topic, Schema schema) {
        SourceSchema source = new SourceSchema(topic, schema);
        Target known = targets.get(source);
        if (known != null) {
            return known;
        }
        org.apache.avro.Schema avro = avroData.fromConnectSchema(schema);
        Target target;
        try {
            String subject = topic + suffix;
            if (compatibility != null && levelled.add(subject)) {
                registry.setCompatibility(subject, compatibility);
            }
            target = new Target(registry.register(subject, avro), avro);
        } catch (RegistryException e) {
            throw translated(topic, e);
        }
        if (targets.size() >= MAX_SCHEMAS) {
            targets.clear();
        }
        targets.put(source, target);
        return target;
    }

    private Source fetched(String topic, int id) {
        try {
            org.apache.avro.Schema schema = registry.schema(id);
            Source source = new Source(schema, ConnectDataReader.of(schema, avroData.toConnectSchema(schema)));
            if (sources.size() >= MAX_SCHEMAS) {
                sources.clear();
            }
            sources.put(id, source);
            return source;
        } catch (RegistryException e) {
            throw translated(topic, e);
        }
    }

    private static RuntimeException translated(String topic, RegistryException e) {
        return e.isTransient()
                ? new RetriableException("the schema of " + topic + " could not be had: " + e.getMessage(), e)
                : new DataException("the schema of " + topic + " is refused: " + e.getMessage(), e);
    }
}
