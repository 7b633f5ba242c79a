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
            .optionalLong("txId")
            .optionalString("snapshot")
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
        return envelope(source, operation, Optional.empty(), row);
    }

    private byte[] envelope(
            GenericRecord source, String operation, Optional<Object[]> before, Optional<Object[]> after) {
        GenericRecord envelope = new GenericData.Record(valueSchema);
        envelope.put("source", source);
        envelope.put("op", operation);
        before.ifPresent(values -> envelope.put("before", record(values)));
        after.ifPresent(values -> envelope.put("after", record(values)));
        return schemas.encode(envelope);
    }

    private GenericRecord record(Object[] values) {
        GenericRecord record = new GenericData.Record(rowSchema);
        IntStream.range(0, values.length).forEach(i -> record.put(i, values[i]));
        return record;
    }

    /**
     * A streamed change of a row of a table without a primary key; either row may be missing.
     *
     * @param position of the change in the log
     */
    byte[] unkeyed(String shard, long transaction, long position, Optional<Object[]> before, Optional<Object[]> after) {
        String operation = before.isEmpty() ? after.isEmpty() ? "t" : "c" : after.isEmpty() ? "d" : "u";
        GenericRecord source = source(shard, position, transaction * 1_000);
        source.put("txId", transaction);
        source.put("snapshot", "false");
        return envelope(source, operation, before, after);
    }

    /** A streamed change as it comes without REPLICA IDENTITY FULL. */
    byte[] unkeyedWithoutBefore(
            String shard, long transaction, long position, String operation, Optional<Object[]> after) {
        GenericRecord source = source(shard, position, transaction * 1_000);
        source.put("txId", transaction);
        source.put("snapshot", "false");
        return envelope(source, operation, Optional.empty(), after);
    }

    /**
     * A row of a table without a primary key that a snapshot read.
     *
     * @param position at which the snapshot was taken
     * @param place of the row in it: {@code first}, {@code true}, {@code last_in_data_collection}
     */
    byte[] snapshot(String shard, long position, long atMicros, String place, Object... row) {
        GenericRecord source = source(shard, position, atMicros);
        source.put("snapshot", place);
        return envelope(source, "r", Optional.empty(), Optional.of(row));
    }

    private static GenericRecord source(String shard, long position, long micros) {
        GenericRecord source = new GenericData.Record(SOURCE);
        source.put("name", "test__" + shard);
        source.put("ts_us", micros);
        source.put("lsn", position);
        return source;
    }
}
