package io.millrace.ops.deadletter;

import io.millrace.schemas.AvroSerdes;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.WireFormat;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Serializer;

/** Changes of the table {@code photos (id bigint PRIMARY KEY, caption text)} as Debezium sends them, in one shard. */
final class PhotoChanges {
    private static final Schema KEY = SchemaBuilder.record("Key")
            .namespace("photos")
            .fields()
            .requiredLong("id")
            .requiredString("__shard")
            .endRecord();
    private static final Schema ROW = SchemaBuilder.record("Value")
            .namespace("photos")
            .fields()
            .requiredLong("id")
            .optionalString("caption")
            .endRecord();
    private static final Schema SOURCE = SchemaBuilder.record("Source")
            .fields()
            .requiredString("name")
            .requiredLong("ts_us")
            .requiredLong("lsn")
            .optionalString("snapshot")
            .endRecord();

    private final String topic;
    private final RegistryClient registry;
    private final Serializer<GenericRecord> keys;
    private final Serializer<GenericRecord> values;
    private final Schema envelope = envelope("Envelope");
    private final Schema later = envelope("LaterEnvelope");
    private int laterId;

    PhotoChanges(String topic, RegistryClient registry) {
        this.topic = topic;
        this.registry = registry;
        this.keys = AvroSerdes.keys(registry).serializer();
        this.values = AvroSerdes.values(registry).serializer();
    }

    private static Schema envelope(String name) {
        return SchemaBuilder.record(name)
                .namespace("photos")
                .fields()
                .name("before")
                .type(Schema.createUnion(Schema.create(Schema.Type.NULL), ROW))
                .withDefault(null)
                .name("after")
                .type(Schema.createUnion(Schema.create(Schema.Type.NULL), ROW))
                .withDefault(null)
                .name("source")
                .type(SOURCE)
                .noDefault()
                .requiredString("op")
                .endRecord();
    }

    byte[] key(long id) {
        GenericRecord key = new GenericData.Record(KEY);
        key.put("id", id);
        key.put("__shard", "s1");
        return keys.serialize(topic, key);
    }

    /** A row as it is from a position of the log on; without a caption, that it is gone. */
    byte[] change(long position, long id, String caption) {
        return values.serialize(topic, event(envelope, position, id, caption));
    }

    /** As {@link #change}, by a schema that the registry does not know before {@link #registerLater}. */
    byte[] laterChange(long position, long id, String caption) {
        key(id);
        // Both schemas have the same binary form.
        byte[] bytes = change(position, id, caption);
        if (laterId == 0) {
            // The registry counts its ids up.
            laterId = registry.register("before-later", envelope("BeforeLaterEnvelope")) + 1;
        }
        WireFormat.writeHeader(bytes, laterId);
        return bytes;
    }

    /** Registers the schema; returns whether it got the id that changes have named. */
    boolean registerLater() {
        return registry.register("later", later) == laterId;
    }

    private static GenericRecord event(Schema schema, long position, long id, String caption) {
        GenericRecord source = new GenericData.Record(SOURCE);
        source.put("name", "shop__s1");
        source.put("ts_us", position * 1_000_000);
        source.put("lsn", position);
        GenericRecord event = new GenericData.Record(schema);
        event.put("source", source);
        event.put("op", caption == null ? "d" : "u");
        if (caption != null) {
            GenericRecord row = new GenericData.Record(ROW);
            row.put("id", id);
            row.put("caption", caption);
            event.put("after", row);
        }
        return event;
    }
}
