package io.millrace.runtime;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.runtime.source.RecordedSchemas;
import io.millrace.runtime.topic.ViewSchemas;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/** Change events of a declared table as Debezium sends them, of values in Avro's form. */
final class ChangeEventRecords {
    private static final Schema SOURCE = SchemaBuilder.record("io.debezium.connector.postgresql.Source")
            .fields()
            .requiredString("name")
            .requiredLong("ts_us")
            .requiredLong("lsn")
            .endRecord();

    private final Table table;
    private final Schema keySchema;
    private final Schema valueSchema;
    private final Schema rowSchema;
    private final RecordedSchemas schemas;

    ChangeEventRecords(Table table, RecordedSchemas schemas) {
        this.table = table;
        this.schemas = schemas;
        ViewSchemas forms = ViewSchemas.of(table.source().topic(), table.columns(), table.primaryKey());
        List<Schema.Field> keyFields = new java.util.ArrayList<>();
        forms.key().getFields().forEach(field -> keyFields.add(new Schema.Field(field.name(), field.schema())));
        keyFields.add(new Schema.Field("__shard", Schema.create(Schema.Type.STRING)));
        this.keySchema = Schema.createRecord("Key", null, forms.key().getNamespace(), false, keyFields);
        this.rowSchema = forms.value().getField("after").schema().getTypes().get(1);
        this.valueSchema = SchemaBuilder.record("Envelope")
                .namespace(forms.value().getNamespace())
                .fields()
                .name("before")
                .type(Schema.createUnion(Schema.create(Schema.Type.NULL), rowSchema))
                .withDefault(null)
                .name("after")
                .type(Schema.createUnion(Schema.create(Schema.Type.NULL), rowSchema))
                .withDefault(null)
                .name("source")
                .type(SOURCE)
                .noDefault()
                .requiredString("op")
                .endRecord();
    }

    /** A row's values in Avro's form. */
    Object[] avro(Row row) {
        return IntStream.range(0, row.size())
                .mapToObj(i -> avro(table.columns().get(i).type(), row.get(i)))
                .toArray();
    }

    /** The values of a row's primary key in Avro's form. */
    Object[] avroKey(Row row) {
        return table.primaryKey().stream()
                .map(i -> avro(table.columns().get(i).type(), row.get(i)))
                .toArray();
    }

    private static Object avro(SqlType type, Object value) {
        return switch (type.kind()) {
            case NUMERIC, UUID, ARRAY -> value == null ? null : SqlText.write(type, value);
            case TIMESTAMPTZ -> value == null ? null : SqlText.isoInstant((Long) value);
            default -> value;
        };
    }

    /** The key of a row in a shard. */
    byte[] key(String shard, Object... key) {
        GenericRecord record = new GenericData.Record(keySchema);
        IntStream.range(0, key.length).forEach(i -> record.put(i, key[i]));
        record.put("__shard", shard);
        return schemas.encode(record);
    }

    /** The key of a row of all the table's columns. */
    byte[] keyOf(String shard, Object... row) {
        return key(shard, table.primaryKey().stream().map(column -> row[column]).toArray());
    }

    /** An insertion or update. */
    byte[] put(long position, Object... row) {
        return envelope(position, "c", Optional.of(row));
    }

    byte[] deletion(long position) {
        return envelope(position, "d", Optional.empty());
    }

    private byte[] envelope(long position, String operation, Optional<Object[]> row) {
        GenericRecord source = new GenericData.Record(SOURCE);
        source.put("name", "test");
        source.put("ts_us", position * 1_000_000);
        source.put("lsn", position);
        GenericRecord envelope = new GenericData.Record(valueSchema);
        envelope.put("source", source);
        envelope.put("op", operation);
        row.ifPresent(values -> {
            GenericRecord after = new GenericData.Record(rowSchema);
            IntStream.range(0, values.length).forEach(i -> after.put(i, values[i]));
            envelope.put("after", after);
        });
        return schemas.encode(envelope);
    }
}
