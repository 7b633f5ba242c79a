package io.millrace.connectors.replica;

import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.ChangePosition;
import io.millrace.schemas.EncodedStruct;
import java.util.ArrayList;
import java.util.Arrays;
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

    private Schema lastKeySchema;
    private Schema lastValueSchema;
    private Layout layoutOfLast;

    /** The last source block and what it says: all rows of a snapshot have the same. */
    private EncodedStruct lastValue;

    private Layout lastLayout;
    private Origin lastOrigin;

    /** How records of one pair of schemas are read. */
    private record Layout(TableShape shape, Envelope envelope, Field shard, List<FieldText> key, List<FieldText> row) {}

    /** The fields of a change event. */
    private record Envelope(Field operation, Field after, Field source) {}

    /**
     * What a change event says of where it comes from.
     *
     * @param name the connector's
     */
    private record Origin(String name, long position, long committedAtMicros) {}

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
            String shard = layout.shard() == null ? "" : shard(layout, key, null);
            return change(record, layout, Change.Kind.TOMBSTONE, key, shard, 0, 0);
        }
        if (!(record.value() instanceof Struct value)) {
            throw new DataException("the value is no row and no change event");
        }
        Layout layout = layout(record.keySchema(), record.valueSchema());
        return layout.envelope() == null
                ? upsert(record, layout, key, value, "", 0, 0, false)
                : ofEnvelope(record, layout, key, value);
    }

    private Change ofEnvelope(SinkRecord record, Layout layout, Struct key, Struct value) {
        String operation = (String) in(value, layout.envelope().operation());
        if (operation == null || operation.equals("m")) {
            return null;
        }
        if (operation.equals("t")) {
            throw new DataException("the table was truncated, which a replica does not follow: delete rows instead");
        }
        boolean sharded = layout.shape().sharded();
        Origin origin = origin(layout, value);
        String shard = sharded ? shard(layout, key, origin) : "";
        if (operation.equals("d")) {
            return change(
                    record, layout, Change.Kind.DELETE, key, shard, origin.position(), origin.committedAtMicros());
        }
        Struct after = (Struct) in(value, layout.envelope().after());
        if (after == null) {
            throw new DataException("operation " + operation + " without a row after it");
        }
        return upsert(
                record,
                layout,
                key,
                after,
                shard,
                origin.position(),
                origin.committedAtMicros(),
                operation.equals("u"));
    }

    private static Object in(Struct struct, Field field) {
        return struct instanceof EncodedStruct encoded && encoded.isEncoded()
                ? encoded.read(field)
                : struct.getWithoutDefault(field.name());
    }

    private static Object in(Struct struct, String name) {
        Field field = struct.schema().field(name);
        return field == null ? null : in(struct, field);
    }

    @SuppressWarnings("ReferenceEquality") // Layouts are few and made once.
    private Origin origin(Layout layout, Struct value) {
        if (!(value instanceof EncodedStruct encoded) || !encoded.isEncoded()) {
            return originOf(layout, value);
        }
        Field source = layout.envelope().source();
        if (layout != lastLayout
                || !Arrays.equals(
                        encoded.bytes(),
                        encoded.start(source),
                        encoded.end(source),
                        lastValue.bytes(),
                        lastValue.start(source),
                        lastValue.end(source))) {
            lastOrigin = originOf(layout, value);
            lastLayout = layout;
            lastValue = encoded;
        }
        return lastOrigin;
    }

    private static Origin originOf(Layout layout, Struct value) {
        Struct source = (Struct) in(value, layout.envelope().source());
        if (source == null) {
            throw new DataException("the change does not say where it comes from (source)");
        }
        return new Origin(
                layout.shard() == null ? (String) in(source, "name") : null,
                layout.shape().sharded() ? position(source) : 0,
                committedAtMicros(source));
    }

    private static Change change(
            SinkRecord record,
            Layout layout,
            Change.Kind kind,
            Struct key,
            String shard,
            long position,
            long committedAt) {
        return new Change(
                record,
                layout.shape(),
                kind,
                Texts.of(layout.key(), key),
                shard,
                position,
                committedAt,
                null,
                null,
                null);
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
        BitSet unchanged = null;
        Texts texts;
        boolean keyUpdated = layout.shape().sharded() && record.headers().lastWithName(KEY_UPDATED) != null;
        if (update || keyUpdated) {
            String[] values = new String[layout.row().size()];
            unchanged = write(layout, row, update, values);
            texts = Texts.written(values);
        } else {
            texts = Texts.of(layout.row(), row);
        }
        return new Change(
                record,
                layout.shape(),
                Change.Kind.UPSERT,
                Texts.of(layout.key(), key),
                shard,
                position,
                committedAt,
                texts,
                unchanged,
                null);
    }

    /** Writes the row's values, and tells which were left out; null for none. */
    private static BitSet write(Layout layout, Struct row, boolean update, String[] values) {
        BitSet unchanged = null;
        for (int i = 0; i < values.length; i++) {
            FieldText field = layout.row().get(i);
            Object value = field.in(row);
            if (!ValueText.isUnchanged(value)) {
                values[i] = field.write(value);
            } else if (update) {
                unchanged = unchanged == null ? new BitSet(values.length) : unchanged;
                unchanged.set(i);
            } else {
                throw new RejectedRecord("the primary key changed, and the value of column "
                        + layout.shape().columns().get(i).name()
                        + " was not sent with it: run ALTER TABLE ... REPLICA IDENTITY FULL in the source");
            }
        }
        return unchanged;
    }

    /** The key names the shard where our capture wrote it; else the connector is the shard. */
    private static String shard(Layout layout, Struct key, Origin origin) {
        String shard = layout.shard() == null ? origin.name() : (String) in(key, layout.shard());
        if (shard == null) {
            throw new DataException("the change does not say which shard it comes from");
        }
        return shard;
    }

    private static long position(Struct source) {
        if (!(in(source, "lsn") instanceof Long lsn) || lsn <= 0) {
            throw new DataException("the change has no log position (source.lsn)");
        }
        return ChangePosition.of((String) in(source, "snapshot"), lsn);
    }

    private static long committedAtMicros(Struct source) {
        if (in(source, "ts_us") instanceof Long micros) {
            return micros;
        }
        return in(source, "ts_ms") instanceof Long millis ? millis * MICROS_PER_MILLI : 0;
    }

    private Layout keyLayout(Schema keySchema) {
        Layout layout = keyLayouts.get(keySchema);
        if (layout == null) {
            List<Field> fields = keyFields(keySchema);
            Field shard = keySchema.field(ChangeEvents.SHARD_FIELD);
            layout = new Layout(shape(fields, fields, false, shard != null), null, shard, texts(fields), List.of());
            makeRoom();
            keyLayouts.put(keySchema, layout);
        }
        return layout;
    }

    /** Nearly always it is that of the record before. */
    @SuppressWarnings("ReferenceEquality")
    private Layout layout(Schema keySchema, Schema valueSchema) {
        if (keySchema != lastKeySchema || valueSchema != lastValueSchema) {
            layoutOfLast = lookedUp(keySchema, valueSchema);
            lastKeySchema = keySchema;
            lastValueSchema = valueSchema;
        }
        return layoutOfLast;
    }

    private Layout lookedUp(Schema keySchema, Schema valueSchema) {
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
        Envelope envelope = envelope(valueSchema);
        Schema row = envelope == null ? valueSchema : envelope.after().schema();
        boolean sharded = false;
        if (envelope != null) {
            Schema source = envelope.source().schema();
            sharded = !VIEW_SOURCE.equals(source.name()) && source.field("lsn") != null;
        }
        List<Field> keyFields = keyFields(keySchema);
        return new Layout(
                shape(row.fields(), keyFields, true, sharded),
                envelope,
                keySchema.field(ChangeEvents.SHARD_FIELD),
                texts(keyFields),
                texts(row.fields()));
    }

    /** Null where the schema is not a change event's. */
    private static Envelope envelope(Schema valueSchema) {
        Field operation = valueSchema.field("op");
        Field after = valueSchema.field("after");
        Field source = valueSchema.field("source");
        return operation != null && operation.schema().type() == Schema.Type.STRING && after != null && source != null
                ? new Envelope(operation, after, source)
                : null;
    }

    private static List<Field> keyFields(Schema keySchema) {
        return keySchema.fields().stream()
                .filter(field -> !field.name().equals(ChangeEvents.SHARD_FIELD))
                .toList();
    }

    private static List<FieldText> texts(List<Field> fields) {
        return fields.stream().map(FieldText::new).toList();
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
