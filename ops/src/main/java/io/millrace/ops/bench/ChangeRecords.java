package io.millrace.ops.bench;

import io.millrace.catalog.Table;
import io.millrace.runtime.topic.ViewSchemas;
import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.GenericAvroSerializer;
import io.millrace.schemas.RegistryClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * One table's change events as Debezium writes them of a table with REPLICA IDENTITY FULL: with the whole old row, which
 * Millrace passes over and Flink needs. Rows are values in Avro's form, in the columns' order.
 */
final class ChangeRecords {
    private static final String SHARD = "shard1";
    private static final long BASE_MS = 1_700_000_000_000L;
    private static final long PER_MS = 1_000;
    private static final Schema SOURCE = SchemaBuilder.record("io.debezium.connector.postgresql.Source")
            .fields()
            .requiredString("version")
            .requiredString("connector")
            .requiredString("name")
            .requiredLong("ts_ms")
            .optionalString("snapshot")
            .requiredString("db")
            .optionalString("sequence")
            .requiredLong("ts_us")
            .requiredLong("ts_ns")
            .requiredString("schema")
            .requiredString("table")
            .optionalLong("txId")
            .optionalLong("lsn")
            .optionalLong("xmin")
            .endRecord();

    private final Table table;
    private final Schema keySchema;
    private final Schema rowSchema;
    private final Schema valueSchema;
    private final GenericAvroSerializer<GenericRecord> keys = new GenericAvroSerializer<>();
    private final GenericAvroSerializer<GenericRecord> values = new GenericAvroSerializer<>();

    ChangeRecords(Table table, String registryUrl) {
        this.table = table;
        ViewSchemas forms = ViewSchemas.of(topic(), table.columns(), table.primaryKey());
        List<Schema.Field> keyFields = new ArrayList<>();
        forms.key().getFields().forEach(field -> keyFields.add(new Schema.Field(field.name(), field.schema())));
        keyFields.add(new Schema.Field(ChangeEvents.SHARD_FIELD, Schema.create(Schema.Type.STRING)));
        this.keySchema = Schema.createRecord("Key", null, forms.key().getNamespace(), false, keyFields);
        this.rowSchema = forms.value().getField("after").schema().getTypes().get(1);
        this.valueSchema = envelope(forms.value().getNamespace(), rowSchema);
        keys.configure(Map.of(RegistryClient.URL, registryUrl), true);
        values.configure(Map.of(RegistryClient.URL, registryUrl), false);
    }

    private static Schema envelope(String namespace, Schema row) {
        Schema optionalRow = Schema.createUnion(Schema.create(Schema.Type.NULL), row);
        return SchemaBuilder.record("Envelope")
                .namespace(namespace)
                .fields()
                .name("before")
                .type(optionalRow)
                .withDefault(null)
                .name("after")
                .type(optionalRow)
                .withDefault(null)
                .name("source")
                .type(SOURCE)
                .noDefault()
                .requiredString("op")
                .optionalLong("ts_ms")
                .optionalLong("ts_us")
                .optionalLong("ts_ns")
                .endRecord();
    }

    private String topic() {
        return table.source().topic();
    }

    /**
     * The record of a change.
     *
     * @param position its place in the log, greater than that of each change before it
     * @param before the old row; null for an insertion
     * @param after the new row; null for a deletion
     */
    ProducerRecord<byte[], byte[]> of(long position, Object[] before, Object[] after) {
        Object[] present = after == null ? before : after;
        GenericRecord key = new GenericData.Record(keySchema);
        int place = 0;
        for (int column : table.primaryKey()) {
            key.put(place++, present[column]);
        }
        key.put(place, SHARD);
        long timestampMs = BASE_MS + position / PER_MS;
        GenericRecord envelope = new GenericData.Record(valueSchema);
        envelope.put("before", row(before));
        envelope.put("after", row(after));
        envelope.put("source", source(position, timestampMs));
        envelope.put("op", before == null ? "c" : after == null ? "d" : "u");
        envelope.put("ts_ms", timestampMs);
        envelope.put("ts_us", timestampMs * 1_000);
        envelope.put("ts_ns", timestampMs * 1_000_000);
        return new ProducerRecord<>(
                topic(), null, timestampMs, keys.serialize(topic(), key), values.serialize(topic(), envelope));
    }

    private GenericRecord source(long position, long timestampMs) {
        GenericRecord source = new GenericData.Record(SOURCE);
        source.put("version", "3.7.0.Final");
        source.put("connector", "postgresql");
        source.put("name", "bench__" + SHARD);
        source.put("ts_ms", timestampMs);
        source.put("snapshot", "false");
        source.put("db", "postgres");
        source.put("sequence", "[\"" + (position - 1) + "\",\"" + position + "\"]");
        source.put("ts_us", timestampMs * 1_000);
        source.put("ts_ns", timestampMs * 1_000_000);
        source.put("schema", table.schema());
        source.put("table", table.name());
        source.put("txId", position / 10);
        source.put("lsn", position);
        return source;
    }

    private GenericRecord row(Object[] values) {
        if (values == null) {
            return null;
        }
        GenericRecord row = new GenericData.Record(rowSchema);
        for (int i = 0; i < values.length; i++) {
            row.put(i, values[i]);
        }
        return row;
    }
}
