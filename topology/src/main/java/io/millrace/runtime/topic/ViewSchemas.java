package io.millrace.runtime.topic;

import io.millrace.catalog.Column;
import io.millrace.schemas.ChangeEvents;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.avro.JsonProperties;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;

/**
 * The Avro schemas of a view's topic. The key has the view's key columns. The value is Debezium's envelope: {@code before},
 * {@code after}, {@code source}, {@code op} and {@code ts_ms}; its source says which change of which shard led to this
 * one, and when that was committed.
 *
 * @param key the schema of keys
 * @param value the schema of values
 */
public record ViewSchemas(Schema key, Schema value) {
    /** The full name of a view's source record; by it a reader tells a view from a captured table. */
    public static final String SOURCE_NAME = "io.millrace.view.Source";

    /**
     * The schemas of a view's topic.
     *
     * @param topic its name, {@code <pipeline>.<view>}
     * @param columns the view's columns
     * @param key the positions of its key; all columns of a view without a unique key
     */
    public static ViewSchemas of(String topic, List<Column> columns, List<Integer> key) {
        String namespace = namespace(topic);
        List<String> names = uniqueNames(columns);
        List<Schema.Field> keyFields = new ArrayList<>();
        for (int position : key) {
            keyFields.add(field(names.get(position), columns.get(position)));
        }
        List<Schema.Field> valueFields = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            valueFields.add(field(names.get(i), columns.get(i)));
        }
        Schema keySchema = Schema.createRecord("Key", null, namespace, false, keyFields);
        Schema row = Schema.createRecord("Value", null, namespace, false, valueFields);
        Schema value = SchemaBuilder.record("Envelope")
                .namespace(namespace)
                .fields()
                .name("before")
                .type(optional(row))
                .withDefault(null)
                .name("after")
                .type(optional(row))
                .withDefault(null)
                .name("source")
                .type(source())
                .noDefault()
                .requiredString("op")
                .name("ts_ms")
                .type(optional(Schema.create(Schema.Type.LONG)))
                .withDefault(null)
                .endRecord();
        return new ViewSchemas(keySchema, value);
    }

    private static Schema source() {
        return SchemaBuilder.record(SOURCE_NAME)
                .fields()
                .requiredString("connector")
                .requiredString("name")
                .requiredLong("ts_ms")
                .requiredLong("ts_us")
                .requiredString("shard")
                .requiredLong("lsn")
                .endRecord();
    }

    private static String namespace(String topic) {
        StringBuilder namespace = new StringBuilder();
        for (String part : topic.split("\\.", -1)) {
            namespace.append(namespace.isEmpty() ? "" : ".").append(ChangeEvents.fieldName(part));
        }
        return namespace.toString();
    }

    private static Schema.Field field(String name, Column column) {
        Schema type = AvroForms.schema(column.type(), name.equals(column.name()) ? null : column.name());
        return column.nullable()
                ? new Schema.Field(name, optional(type), null, JsonProperties.NULL_VALUE)
                : new Schema.Field(name, type);
    }

    private static Schema optional(Schema schema) {
        return Schema.createUnion(Schema.create(Schema.Type.NULL), schema);
    }

    /** Avro allows fewer characters than SQL, so that two columns may come to the same name. */
    private static List<String> uniqueNames(List<Column> columns) {
        List<String> names = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (Column column : columns) {
            String name = ChangeEvents.fieldName(column.name());
            for (int next = 2; !taken.add(name); next++) {
                name = ChangeEvents.fieldName(column.name()) + "_" + next;
            }
            names.add(name);
        }
        return names;
    }
}
