package io.millrace.connectors.replica;

import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.ChangePosition;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Reads Connect's records as changes: Debezium's envelope of a captured table, the same of a view, and plain rows, of which
 * a null value is a deletion. Not thread-safe.
 */
final class ChangeReader {
    /** The full name of the source block of a view's records, whose order is that of the topic. */
    private static final String VIEW_SOURCE = "io.millrace.view.Source";

    /** The header of the second of the two events that Debezium makes of an update of a primary key. */
    private static final String KEY_UPDATED = "__debezium.oldkey";

    private static final long MICROS_PER_MILLI = 1_000;
    private static final int MAX_LAYOUTS = 1_000;

    private final IdentityHashMap<Schema, IdentityHashMap<Schema, Layout>> layouts = new IdentityHashMap<>();
    private final IdentityHashMap<Schema, Layout> keyLayouts = new IdentityHashMap<>();
    private int known;

    /** Where a field of a row stands and how its values are written. */
    private record FieldText(Field field, boolean hasDefault, ValueText text) {
        Object in(Struct struct) {
            // By the field it is quicker, but a NULL would be the column's default.
            return hasDefault ? struct.getWithoutDefault(field.name()) : struct.get(field);
        }

        String of(Struct struct) {
            return text.write(in(struct));
        }
    }

    /** How records of one pair of schemas are read. */
    private record Layout(
            TableShape shape, boolean envelope, boolean hasShard, List<FieldText> key, List<FieldText> row) {}

    /**
     * The change that a record tells; null for one that tells none.
     *
     * @throws DataException if it cannot be read
     * @throws ConnectException if the topic is one that a replica cannot follow
     */
    Change read(SinkRecord record) {
        if (record.key() == null && record.value() == null) {
            return null;
        }
        if (!(record.key() instanceof Struct key)) {
            throw new ConnectException("topic " + record.topic()
                    + " has records without a key of columns: a replica follows tables and views with a key; declare a"
                    + " primary key in the source");
        }
        if (record.value() == null) {
            Layout layout = keyLayout(record.keySchema());
            return change(record, layout, Change.Kind.TOMBSTONE, key, layout.hasShard() ? shard(key, null) : "", 0, 0);
        }
        if (!(record.value() instanceof Struct value)) {
            throw new DataException("the value is no row and no change event");
        }
        Layout layout = layout(record.keySchema(), record.valueSchema());
        return layout.envelope()
                ? ofEnvelope(record, layout, key, value)
                : upsert(record, layout, key, value, "", 0, 0, false);
    }

    private static Change ofEnvelope(SinkRecord record, Layout layout, Struct key, Struct value) {
        String operation = value.getString("op");
        if (operation == null || operation.equals("m")) {
            return null;
        }
        if (operation.equals("t")) {
            throw new DataException("the table was truncated, which a replica does not follow: delete rows instead");
        }
        Struct source = value.getStruct("source");
        if (source == null) {
            throw new DataException("the change does not say where it comes from (source)");
        }
        boolean sharded = layout.shape().sharded();
        String shard = sharded ? shard(key, source) : "";
        long position = sharded ? position(source) : 0;
        long committedAt = committedAtMicros(source);
        if (operation.equals("d")) {
            return change(record, layout, Change.Kind.DELETE, key, shard, position, committedAt);
        }
        Struct after = value.getStruct("after");
        if (after == null) {
            throw new DataException("operation " + operation + " without a row after it");
        }
        return upsert(record, layout, key, after, shard, position, committedAt, operation.equals("u"));
    }

    private static Change change(
            SinkRecord record,
            Layout layout,
            Change.Kind kind,
            Struct key,
            String shard,
            long position,
            long committedAt) {
        return new Change(record, layout.shape(), kind, keyOf(layout, key), shard, position, committedAt, null, null);
    }

    private static Change upsert(
            SinkRecord record,
            Layout layout,
            Struct key,
            Struct row,
            String shard,
            long position,
            long committedAt,
            boolean update) {
        List<FieldText> fields = layout.row();
        String[] values = new String[fields.size()];
        BitSet unchanged = null;
        boolean keyUpdated = layout.shape().sharded() && record.headers().lastWithName(KEY_UPDATED) != null;
        for (int i = 0; i < values.length; i++) {
            FieldText field = fields.get(i);
            Object value = field.in(row);
            if ((update || keyUpdated) && ValueText.isUnchanged(value)) {
                if (!update) {
                    throw new RejectedRecord("the primary key changed, and the value of column "
                            + layout.shape().columns().get(i).name()
                            + " was not sent with it: run ALTER TABLE ... REPLICA IDENTITY FULL in the source");
                }
                unchanged = unchanged == null ? new BitSet(values.length) : unchanged;
                unchanged.set(i);
            } else {
                values[i] = field.text().write(value);
            }
        }
        return new Change(
                record,
                layout.shape(),
                Change.Kind.UPSERT,
                keyOf(layout, key),
                shard,
                position,
                committedAt,
                values,
                unchanged);
    }

    private static List<String> keyOf(Layout layout, Struct key) {
        List<String> texts = new ArrayList<>(layout.key().size());
        for (FieldText field : layout.key()) {
            texts.add(field.of(key));
        }
        return texts;
    }

    /** The key names the shard where our capture wrote it; else the connector is the shard. */
    private static String shard(Struct key, Struct source) {
        Field field = key.schema().field(ChangeEvents.SHARD_FIELD);
        String shard = field != null ? key.getString(field.name()) : source.getString("name");
        if (shard == null) {
            throw new DataException("the change does not say which shard it comes from");
        }
        return shard;
    }

    private static long position(Struct source) {
        Long lsn = source.getInt64("lsn");
        if (lsn == null || lsn <= 0) {
            throw new DataException("the change has no log position (source.lsn)");
        }
        Object snapshot = source.schema().field("snapshot") == null ? null : source.getWithoutDefault("snapshot");
        return ChangePosition.of((String) snapshot, lsn);
    }

    private static long committedAtMicros(Struct source) {
        if (source.schema().field("ts_us") != null && source.getWithoutDefault("ts_us") instanceof Long micros) {
            return micros;
        }
        return source.schema().field("ts_ms") != null && source.getWithoutDefault("ts_ms") instanceof Long millis
                ? millis * MICROS_PER_MILLI
                : 0;
    }

    private Layout keyLayout(Schema keySchema) {
        Layout layout = keyLayouts.get(keySchema);
        if (layout == null) {
            List<Field> fields = keyFields(keySchema);
            boolean sharded = keySchema.field(ChangeEvents.SHARD_FIELD) != null;
            layout = new Layout(shape(fields, fields, false, sharded), false, sharded, texts(fields), List.of());
            makeRoom();
            keyLayouts.put(keySchema, layout);
        }
        return layout;
    }

    private Layout layout(Schema keySchema, Schema valueSchema) {
        IdentityHashMap<Schema, Layout> ofValue = layouts.get(valueSchema);
        Layout layout = ofValue == null ? null : ofValue.get(keySchema);
        if (layout == null) {
            layout = newLayout(keySchema, valueSchema);
            makeRoom();
            layouts.computeIfAbsent(valueSchema, schema -> new IdentityHashMap<>())
                    .put(keySchema, layout);
        }
        return layout;
    }

    /** Schemas are few, one a table and version; should a converter make a new one for each record, memory stays bounded. */
    private void makeRoom() {
        if (++known > MAX_LAYOUTS) {
            known = 1;
            layouts.clear();
            keyLayouts.clear();
        }
    }

    private static Layout newLayout(Schema keySchema, Schema valueSchema) {
        boolean envelope = valueSchema.field("op") != null
                && valueSchema.field("source") != null
                && valueSchema.field("after") != null;
        Schema row = envelope ? valueSchema.field("after").schema() : valueSchema;
        boolean sharded = false;
        if (envelope) {
            Schema source = valueSchema.field("source").schema();
            sharded = !VIEW_SOURCE.equals(source.name()) && source.field("lsn") != null;
        }
        List<Field> keyFields = keyFields(keySchema);
        return new Layout(
                shape(row.fields(), keyFields, true, sharded),
                envelope,
                keySchema.field(ChangeEvents.SHARD_FIELD) != null,
                texts(keyFields),
                texts(row.fields()));
    }

    private static List<Field> keyFields(Schema keySchema) {
        return keySchema.fields().stream()
                .filter(field -> !field.name().equals(ChangeEvents.SHARD_FIELD))
                .toList();
    }

    private static List<FieldText> texts(List<Field> fields) {
        return fields.stream()
                .map(field -> new FieldText(field, field.schema().defaultValue() != null, ValueText.of(field.schema())))
                .toList();
    }

    private static TableShape shape(List<Field> row, List<Field> keyFields, boolean whole, boolean sharded) {
        List<TableShape.Column> columns = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Field field : row) {
            TableShape.Column column = column(field);
            if (!names.add(column.name()) || (sharded && Metadata.NAMES.contains(column.name()))) {
                throw new ConnectException("column " + column.name() + " would be in the replica twice");
            }
            columns.add(column);
        }
        List<Integer> key = new ArrayList<>();
        for (Field field : keyFields) {
            int position = 0;
            while (position < row.size() && !row.get(position).name().equals(field.name())) {
                position++;
            }
            if (position == row.size()) {
                throw new ConnectException("the key's column " + field.name() + " is not in the row");
            }
            key.add(position);
        }
        return new TableShape(columns, key, whole, sharded);
    }

    private static TableShape.Column column(Field field) {
        Schema schema = field.schema();
        String original =
                schema.parameters() == null ? null : schema.parameters().get(ColumnType.NAME_PARAMETER);
        String name = original == null ? field.name() : original;
        String defaultText =
                schema.defaultValue() == null ? null : ValueText.of(schema).write(schema.defaultValue());
        return new TableShape.Column(name, ColumnType.of(schema, name), schema.isOptional(), defaultText);
    }
}
