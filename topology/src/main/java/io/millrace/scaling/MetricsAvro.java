package io.millrace.scaling;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.scaling.MetricsJson.Unreadable;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.WireFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/**
 * Samples as Avro, in the schema registry's wire format: a record whose fields have the names that JSON has, those that are null
 * being as if they were not there. It becomes JSON where it arrives, so that everything behind knows one form. Not thread-safe.
 */
final class MetricsAvro {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_SCHEMAS = 1_000;
    /** A producer that sends nonsense must not cost a question for each record. */
    private static final long UNKNOWN_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final long MICROS_PER_MILLI = 1_000;

    private final SchemaLookup schemas;
    private final Map<Integer, GenericDatumReader<Object>> readers = new HashMap<>();
    /** When the registry said of an id that there is none. */
    private final Map<Integer, Long> unknown = new HashMap<>();

    private BinaryDecoder decoder;

    MetricsAvro(SchemaLookup schemas) {
        this.schemas = schemas;
    }

    /** Whether a record is in the wire format; no JSON begins so. */
    static boolean matches(byte[] record) {
        return WireFormat.matches(record);
    }

    /** The record as JSON. */
    byte[] toJson(byte[] record) throws Unreadable {
        int id = WireFormat.schemaId(record);
        GenericDatumReader<Object> reader = readers.get(id);
        if (reader == null) {
            Schema schema = schema(id);
            if (readers.size() >= MOST_SCHEMAS) {
                readers.clear();
            }
            reader = new GenericDatumReader<>(schema);
            readers.put(id, reader);
        }
        try {
            decoder = DecoderFactory.get()
                    .binaryDecoder(record, WireFormat.HEADER_BYTES, record.length - WireFormat.HEADER_BYTES, decoder);
            JsonNode json = JSON.readTree(GenericData.get().toString(reader.read(null, decoder)));
            if (!(json instanceof ObjectNode fields)) {
                throw new Unreadable("is no Avro record");
            }
            fields.removeIf(JsonNode::isNull);
            if (isMicros(reader.getSchema()) && fields.path("time").isIntegralNumber()) {
                fields.put("time", Math.floorDiv(fields.path("time").longValue(), MICROS_PER_MILLI));
            }
            return fields.toString().getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new Unreadable("is no record of metrics: " + e.getOriginalMessage());
        } catch (IOException | AvroRuntimeException e) {
            throw new Unreadable("is not what its schema says: " + e.getMessage());
        }
    }

    private Schema schema(int id) throws Unreadable {
        Long askedNanos = unknown.get(id);
        boolean asks = askedNanos == null || System.nanoTime() - askedNanos > UNKNOWN_NANOS;
        Schema schema = asks ? schemas.byId(id) : null;
        if (schema != null) {
            unknown.remove(id);
            return schema;
        }
        if (asks) {
            if (unknown.size() >= MOST_SCHEMAS) {
                unknown.clear();
            }
            unknown.put(id, System.nanoTime());
        }
        throw new Unreadable("no schema of id " + id
                + " is known: either the schema registry lacks it, or none is named by " + RegistryClient.URL);
    }

    private static boolean isMicros(Schema schema) {
        Schema.Field time = schema.getType() == Schema.Type.RECORD ? schema.getField("time") : null;
        if (time == null) {
            return false;
        }
        Schema type = time.schema();
        if (type.isUnion()) {
            type = type.getTypes().stream()
                    .filter(each -> each.getType() != Schema.Type.NULL)
                    .findFirst()
                    .orElse(type);
        }
        LogicalType logical = type.getLogicalType();
        return logical instanceof LogicalTypes.TimestampMicros;
    }
}
