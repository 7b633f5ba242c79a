package io.millrace.runtime.source;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.row.ByteReader;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import io.millrace.runtime.source.SourceRecordError.Reason;
import io.millrace.runtime.topic.ViewSchemas;
import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.ChangePosition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * Decodes Debezium's change events of a captured table, and the records of another pipeline's view, straight from Avro's
 * bytes: {@code before}, columns that no view needs and all else that is not needed is passed over.
 *
 * <p>A change's position is that of {@link ChangePosition}. A view's records have no log position that orders them: theirs
 * is the record's offset plus 1, and the view is their one shard.
 */
public final class ChangeDecoder implements SourceDecoder {
    private static final Object UNAVAILABLE = AvroValues.UNAVAILABLE;

    private final Table table;
    private final int[] columns;
    private final int[] keyColumns;
    private final CompiledSchemas<KeyReader> keys;
    private final CompiledSchemas<EnvelopeReader> envelopes;
    private final ByteReader in = new ByteReader();
    private final Map<String, String> names = new HashMap<>();

    /**
     * A decoder of a table with a primary key.
     *
     * @param columns the needed columns' positions in the table, in the order that rows are to have
     */
    public ChangeDecoder(Table table, int[] columns, SchemaLookup schemas) {
        if (table.primaryKey().isEmpty()) {
            throw new IllegalArgumentException("table " + table.name() + " has no primary key");
        }
        this.table = table;
        this.columns = columns.clone();
        this.keyColumns =
                table.primaryKey().stream().mapToInt(Integer::intValue).toArray();
        this.keys = new CompiledSchemas<>(schemas, this::compileKey);
        this.envelopes = new CompiledSchemas<>(schemas, this::compileEnvelope);
    }

    @Override
    public SourceChange decode(byte[] key, byte[] value, int partition, long offset, long timestampMs)
            throws SourceRecordError {
        if (value == null) {
            return null;
        }
        try {
            Envelope envelope = new Envelope();
            envelopes.readHeader(in.reset(value)).read(in, envelope);
            if (envelope.operation.equals("m")) {
                return null;
            }
            if (envelope.operation.equals("t")) {
                throw new SourceRecordError(
                        Reason.TRUNCATED,
                        "table " + table.name() + " was truncated in " + envelope.name
                                + "; its rows stay in the views: delete rows instead, or rebuild the pipeline");
            }
            return change(key, envelope, offset);
        } catch (IndexOutOfBoundsException e) {
            throw new SourceRecordError(Reason.MALFORMED, "not what its schema says: " + e.getMessage(), e);
        }
    }

    private SourceChange change(byte[] key, Envelope envelope, long offset) throws SourceRecordError {
        if (key == null) {
            throw new SourceRecordError(Reason.NOT_A_CHANGE, "a change of a row, but without a key");
        }
        KeyReader keyReader = keys.readHeader(in.reset(key));
        Object[] keyValues = keyReader.read(in);
        String shard = interned(keyReader.shard == null ? envelope.name : keyReader.shard);
        Origin origin =
                new Origin(shard, envelope.fromView ? offset + 1 : envelope.position(), envelope.committedAtMicros());
        boolean deletion = envelope.operation.equals("d");
        if (deletion) {
            return new SourceChange(true, Row.of(keyValues), null, null, origin);
        }
        if (envelope.after == null) {
            throw new SourceRecordError(
                    Reason.NOT_A_CHANGE, "operation " + envelope.operation + " without a row after it");
        }
        boolean[] unavailable = unavailable(envelope);
        return new SourceChange(false, Row.of(keyValues), Row.of(envelope.after), unavailable, origin);
    }

    /** Marks the values that were left out and makes them null; null when there are none. */
    private boolean[] unavailable(Envelope envelope) throws SourceRecordError {
        boolean[] unavailable = null;
        Object[] values = envelope.after;
        for (int i = 0; i < values.length; i++) {
            if (values[i] != UNAVAILABLE) {
                continue;
            }
            if (envelope.operation.equals("u")) {
                unavailable = unavailable == null ? new boolean[values.length] : unavailable;
                unavailable[i] = true;
                values[i] = null;
            } else {
                // Only updates leave values out: here somebody wrote the very text.
                values[i] = literally(table.columns().get(columns[i]).type());
            }
        }
        return unavailable;
    }

    private static Object literally(SqlType type) throws SourceRecordError {
        return switch (type.kind()) {
            case TEXT, VARCHAR, CHAR, ENUM -> ChangeEvents.UNCHANGED;
            case BYTEA -> ChangeEvents.unchangedBytes();
            default ->
                throw new SourceRecordError(
                        Reason.INVALID_VALUE,
                        "invalid input syntax for type " + type + ": \"" + ChangeEvents.UNCHANGED + "\"");
        };
    }

    /** One string for each shard's name, which every change carries. */
    private String interned(String name) {
        String known = names.putIfAbsent(name, name);
        return known == null ? name : known;
    }

    private KeyReader compileKey(Schema schema) throws SourceRecordError {
        if (schema.getType() != Schema.Type.RECORD) {
            throw new SourceRecordError(
                    Reason.NOT_A_CHANGE,
                    "its key is no record, but " + schema.getType().getName());
        }
        return new KeyReader(schema, RowReader.of(schema, table, keyColumns));
    }

    private EnvelopeReader compileEnvelope(Schema schema) throws SourceRecordError {
        Schema after = recordOf(schema, "after");
        Schema source = recordOf(schema, "source");
        Schema.Field operation = schema.getField("op");
        if (after == null || source == null || operation == null) {
            throw new SourceRecordError(
                    Reason.NOT_A_CHANGE, "its schema " + schema.getFullName() + " is not that of a change event");
        }
        return new EnvelopeReader(schema, RowReader.of(after, table, columns));
    }

    /** The record that a field holds, also as the other branch of a union with null; null if it holds none. */
    private static Schema recordOf(Schema schema, String name) {
        if (schema.getType() != Schema.Type.RECORD || schema.getField(name) == null) {
            return null;
        }
        Schema field = schema.getField(name).schema();
        List<Schema> branches = field.isUnion() ? field.getTypes() : List.of(field);
        return branches.stream()
                .filter(branch -> branch.getType() == Schema.Type.RECORD)
                .findFirst()
                .orElse(null);
    }

    /** What is read of an event. */
    private static final class Envelope {
        private static final long MICROS_PER_MILLI = 1_000;

        Object[] after;
        String operation = "";
        String name = "";
        String snapshot;
        long logPosition;
        long committedAtMicros;
        long committedAtMs;
        boolean fromView;

        long position() throws SourceRecordError {
            if (logPosition <= 0) {
                throw new SourceRecordError(Reason.NOT_A_CHANGE, "its source has no log position (lsn)");
            }
            return ChangePosition.of(snapshot, logPosition);
        }

        long committedAtMicros() {
            return committedAtMicros != 0 ? committedAtMicros : committedAtMs * MICROS_PER_MILLI;
        }
    }

    /** Reads a field into the envelope. */
    private interface Part {
        void read(ByteReader in, Envelope envelope) throws SourceRecordError;
    }

    private static final class EnvelopeReader {
        private final Part[] parts;

        EnvelopeReader(Schema schema, RowReader rows) throws SourceRecordError {
            AvroSkippers skippers = new AvroSkippers();
            parts = new Part[schema.getFields().size()];
            for (Schema.Field field : schema.getFields()) {
                parts[field.pos()] = part(field, rows, skippers);
            }
        }

        void read(ByteReader in, Envelope envelope) throws SourceRecordError {
            for (Part part : parts) {
                part.read(in, envelope);
            }
        }

        private static Part part(Schema.Field field, RowReader rows, AvroSkippers skippers) throws SourceRecordError {
            switch (field.name()) {
                case "after" -> {
                    return orNull(field.schema(), (in, envelope) -> envelope.after = rows.read(in));
                }
                case "source" -> {
                    return orNull(field.schema(), sourcePart(recordIn(field.schema()), skippers));
                }
                case "op" -> {
                    AvroValues.Reader text = AvroValues.reader(field.schema(), SqlType.TEXT, "op");
                    return (in, envelope) -> envelope.operation = (String) text.read(in);
                }
                default -> {
                    AvroSkippers.Skipper skipper = skippers.of(field.schema());
                    return (in, envelope) -> skipper.skip(in);
                }
            }
        }

        private static Schema recordIn(Schema schema) {
            return schema.isUnion()
                    ? schema.getTypes().stream()
                            .filter(branch -> branch.getType() == Schema.Type.RECORD)
                            .findFirst()
                            .orElseThrow()
                    : schema;
        }

        private static Part orNull(Schema schema, Part part) {
            if (!schema.isUnion()) {
                return part;
            }
            int nullBranch = schema.getIndexNamed("null");
            return (in, envelope) -> {
                if (in.readZigzagCount() != nullBranch) {
                    part.read(in, envelope);
                }
            };
        }

        private static Part sourcePart(Schema source, AvroSkippers skippers) throws SourceRecordError {
            boolean fromView = source.getFullName().equals(ViewSchemas.SOURCE_NAME);
            Part[] parts = new Part[source.getFields().size()];
            for (Schema.Field field : source.getFields()) {
                Schema schema = field.schema();
                parts[field.pos()] = switch (field.name()) {
                    case "lsn" -> number(schema, (envelope, value) -> envelope.logPosition = value);
                    case "ts_us" -> number(schema, (envelope, value) -> envelope.committedAtMicros = value);
                    case "ts_ms" -> number(schema, (envelope, value) -> envelope.committedAtMs = value);
                    case "snapshot" -> text(schema, (envelope, value) -> envelope.snapshot = value);
                    case "name" -> text(schema, (envelope, value) -> envelope.name = value);
                    default -> {
                        AvroSkippers.Skipper skipper = skippers.of(schema);
                        yield (in, envelope) -> skipper.skip(in);
                    }
                };
            }
            return (in, envelope) -> {
                envelope.fromView = fromView;
                for (Part part : parts) {
                    part.read(in, envelope);
                }
            };
        }

        private static Part number(Schema schema, NumberSetter setter) throws SourceRecordError {
            AvroValues.Reader reader = AvroValues.reader(schema, SqlType.BIGINT, "source");
            return (in, envelope) -> {
                Object value = reader.read(in);
                if (value != null) {
                    setter.set(envelope, (Long) value);
                }
            };
        }

        private static Part text(Schema schema, TextSetter setter) throws SourceRecordError {
            AvroValues.Reader reader = AvroValues.reader(schema, SqlType.TEXT, "source");
            return (in, envelope) -> {
                Object value = reader.read(in);
                if (value != null) {
                    setter.set(envelope, (String) value);
                }
            };
        }
    }

    private interface NumberSetter {
        void set(Envelope envelope, long value);
    }

    private interface TextSetter {
        void set(Envelope envelope, String value);
    }

    /** Reads the key's columns, and the shard where the key has one. */
    private static final class KeyReader {
        private final RowReader columns;
        private final AvroSkippers.Skipper[] beforeShard;
        private final AvroValues.Reader shardReader;
        private String shard;

        KeyReader(Schema schema, RowReader columns) throws SourceRecordError {
            this.columns = columns;
            Schema.Field field = schema.getField(ChangeEvents.SHARD_FIELD);
            if (field == null) {
                this.beforeShard = new AvroSkippers.Skipper[0];
                this.shardReader = null;
                return;
            }
            AvroSkippers skippers = new AvroSkippers();
            this.beforeShard = schema.getFields().stream()
                    .limit(field.pos())
                    .map(each -> skippers.of(each.schema()))
                    .toArray(AvroSkippers.Skipper[]::new);
            this.shardReader = AvroValues.reader(field.schema(), SqlType.TEXT, ChangeEvents.SHARD_FIELD);
        }

        Object[] read(ByteReader in) throws SourceRecordError {
            shard = null;
            if (shardReader != null) {
                int start = in.position();
                for (AvroSkippers.Skipper skipper : beforeShard) {
                    skipper.skip(in);
                }
                shard = (String) shardReader.read(in);
                in.rewind(start);
            }
            return columns.read(in);
        }
    }
}
