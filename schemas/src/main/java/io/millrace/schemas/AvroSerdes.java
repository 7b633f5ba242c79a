package io.millrace.schemas;

import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Serdes of Avro records over one registry client, which they share with its caches. */
public final class AvroSerdes {
    private AvroSerdes() {}

    /** For records that are keys. */
    public static Serde<GenericRecord> keys(RegistryClient registry) {
        return Serdes.serdeFrom(
                new GenericAvroSerializer<GenericRecord>(registry, true),
                new GenericAvroDeserializer<GenericRecord>(registry));
    }

    /** For records that are values. */
    public static Serde<GenericRecord> values(RegistryClient registry) {
        return Serdes.serdeFrom(
                new GenericAvroSerializer<GenericRecord>(registry, false),
                new GenericAvroDeserializer<GenericRecord>(registry));
    }
}
