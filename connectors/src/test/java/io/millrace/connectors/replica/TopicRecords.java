package io.millrace.connectors.replica;

import io.millrace.schemas.ChangeEvents;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;

/** Records as Connect hands them over of a topic that our capture, or a view, writes. */
final class TopicRecords {
    static final Schema INTEGER = typed(SchemaBuilder.int32(), "INT4").build();
    static final Schema TEXT = typed(SchemaBuilder.string(), "TEXT").optional().build();

    private final String topic;
    private final Schema key;
    private final Schema row;
    private final Schema envelope;

    private TopicRecords(String topic, Schema key, Schema row, Schema envelope) {
        this.topic = topic;
        this.key = key;
        this.row = row;
        this.envelope = envelope;
    }

    /** Of a captured table: the first column is its key. */
    static TopicRecords ofTable(String topic, Map<String, Schema> columns) {
        Schema source = SchemaBuilder.struct()
                .name("io.debezium.connector.postgresql.Source")
                .field("name", Schema.STRING_SCHEMA)
                .field(
                        "snapshot",
                        SchemaBuilder.string().optional().defaultValue("false").build())
                .field("lsn", Schema.OPTIONAL_INT64_SCHEMA)
                .field("ts_ms", Schema.INT64_SCHEMA)
                .field("ts_us", Schema.OPTIONAL_INT64_SCHEMA)
                .build();
        String first = columns.keySet().iterator().next();
        Schema key = SchemaBuilder.struct()
                .field(first, columns.get(first))
                .field(ChangeEvents.SHARD_FIELD, Schema.STRING_SCHEMA)
                .build();
        return of(topic, key, columns, source);
    }

    /** Of a view. */
    static TopicRecords ofView(String topic, List<String> keyColumns, Map<String, Schema> columns) {
        Schema source = SchemaBuilder.struct()
                .name("io.millrace.view.Source")
                .field("connector", Schema.STRING_SCHEMA)
                .field("name", Schema.STRING_SCHEMA)
                .field("ts_ms", Schema.INT64_SCHEMA)
                .field("ts_us", Schema.INT64_SCHEMA)
                .field("shard", Schema.STRING_SCHEMA)
                .field("lsn", Schema.INT64_SCHEMA)
                .build();
        SchemaBuilder key = SchemaBuilder.struct();
        keyColumns.forEach(column -> key.field(column, columns.get(column)));
        return of(topic, key.build(), columns, source);
    }

    private static TopicRecords of(String topic, Schema key, Map<String, Schema> columns, Schema source) {
        String namespace = topic.replaceAll("[^A-Za-z0-9_.]", "_");
        SchemaBuilder row = SchemaBuilder.struct().name(namespace + ".Value").optional();
        columns.forEach(row::field);
        Schema rowSchema = row.build();
        Schema envelope = SchemaBuilder.struct()
                .name(namespace + ".Envelope")
                .field("before", rowSchema)
                .field("after", rowSchema)
                .field("source", source)
                .field("op", Schema.STRING_SCHEMA)
                .build();
        return new TopicRecords(topic, key, rowSchema, envelope);
    }

    /** Columns in their order: names and schemas in turn. */
    static Map<String, Schema> columns(Object... namesWithSchemas) {
        Map<String, Schema> columns = new LinkedHashMap<>();
        for (int i = 0; i < namesWithSchemas.length; i += 2) {
            columns.put((String) namesWithSchemas[i], (Schema) namesWithSchemas[i + 1]);
        }
        return columns;
    }

    /** A schema that names the source's type, as our capture has it. */
    static SchemaBuilder typed(SchemaBuilder schema, String type) {
        return schema.parameter(ColumnType.TYPE_PARAMETER, type);
    }

    /** Where a change stands: partition and offset, shard, position in its log; 0 is a snapshot's row at 1. */
    record At(int partition, long offset, String shard, long lsn, long committedAtMicros) {
        static At of(long offset) {
            return new At(0, offset, "s1", 100 + offset, 1_000_000 + offset);
        }
    }

    SinkRecord upsert(At at, String operation, Object... values) {
        Struct after = new Struct(row);
        for (int i = 0; i < values.length; i++) {
            after.put(row.fields().get(i), values[i]);
        }
        Struct keyStruct = new Struct(key);
        for (var field : key.fields()) {
            keyStruct.put(
                    field,
                    field.name().equals(ChangeEvents.SHARD_FIELD) ? at.shard() : after.getWithoutDefault(field.name()));
        }
        return record(at, keyStruct, envelope(at, operation).put("after", after));
    }

    SinkRecord delete(At at, Object... keyValues) {
        return record(at, keyOf(at, keyValues), envelope(at, "d"));
    }

    SinkRecord tombstone(At at, Object... keyValues) {
        return record(at, keyOf(at, keyValues), null);
    }

    private Struct keyOf(At at, Object... values) {
        Struct struct = new Struct(key);
        for (int i = 0; i < key.fields().size(); i++) {
            struct.put(key.fields().get(i), i < values.length ? values[i] : at.shard());
        }
        return struct;
    }

    private Struct envelope(At at, String operation) {
        Schema sourceSchema = envelope.field("source").schema();
        Struct source = new Struct(sourceSchema)
                .put("name", "db__" + at.shard())
                .put("lsn", at.lsn())
                .put("ts_ms", at.committedAtMicros() / 1000)
                .put("ts_us", at.committedAtMicros());
        if (sourceSchema.field("snapshot") != null) {
            source.put("snapshot", operation.equals("r") ? "true" : "false");
        } else {
            source.put("connector", "millrace").put("shard", at.shard());
        }
        return new Struct(envelope).put("op", operation).put("source", source);
    }

    private SinkRecord record(At at, Struct keyStruct, Struct value) {
        return new SinkRecord(
                topic,
                at.partition(),
                key,
                keyStruct,
                value == null ? null : envelope,
                value,
                at.offset(),
                at.committedAtMicros() / 1000,
                TimestampType.CREATE_TIME);
    }
}
