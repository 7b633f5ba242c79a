package io.millrace.runtime.source;

import io.millrace.catalog.Column;
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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * Decodes Debezium's change events of a captured table, and the records of another pipeline's view, straight from Avro's
 * bytes: columns that no view needs and all else that is not needed is passed over, so is {@code before} where the table has
 * a primary key. Without one, the key is passed over instead.
 *
 * <p>A change's position is that of {@link ChangePosition}. A view's records have no log position that orders them: theirs
 * is the record's offset plus 1, and the view is their one shard.
 */
public final class ChangeDecoder implements SourceDecoder {
    private static final Object UNAVAILABLE = AvroValues.UNAVAILABLE;

    /** Stands between the parts of a connector's name, which have none of it themselves. */
    private static final String CONNECTOR_NAME_PARTS = "__";

    private final Table table;
    private final List<Column> columns;
    private final List<Column> keyColumns;
    private final CompiledSchemas<KeyReader> keys;
    private final CompiledSchemas<EnvelopeReader> envelopes;
    private final ByteReader in = new ByteReader();
    private final Map<String, String> names = new HashMap<>();

    /**
     * A decoder of a captured table.
     *
     * @param columns the needed columns' positions in the table, in the order that rows are to have
     */
    public ChangeDecoder(Table table, int[] columns, SchemaLookup schemas) {
        this.table = table;
        this.columns = Arrays.stream(columns).mapToObj(table.columns()::get).toList();
        this.keyColumns = table.primaryKey().stream().map(table.columns()::get).toList();
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
            if (envelope.operation == 'm') {
                return null;
            }
            if (!table.hasKey()) {
                return unkeyed(value, envelope);
            }
            if (envelope.operation == 't') {
                throw new SourceRecordError(
                        Reason.TRUNCATED,
                        "table " + table.name() + " was truncated in " + envelope.name(value)
                                + "; its rows stay in the views: delete rows instead, or rebuild the pipeline");
            }
            return change(key, value, envelope, offset);
        } catch (IndexOutOfBoundsException e) {
            throw new SourceRecordError(Reason.MALFORMED, "not what its schema says: " + e.getMessage(), e);
        }
    }

    private SourceChange change(byte[] key, byte[] value, Envelope envelope, long offset) throws SourceRecordError {
        if (key == null) {
            throw new SourceRecordError(Reason.NOT_A_CHANGE, "a change of a row, but without a key");
        }
        KeyReader keyReader = keys.readHeader(in.reset(key));
        Object[] keyValues = keyReader.columns.read(in);
        String shard = interned(keyReader.hasShard ? (String) keyValues[keyColumns.size()] : envelope.name(value));
        Row keyRow = Row.of(keyReader.hasShard ? Arrays.copyOf(keyValues, keyColumns.size()) : keyValues);
        Origin origin =
                new Origin(shard, envelope.fromView ? offset + 1 : envelope.position(), envelope.committedAtMicros());
        boolean deletion = envelope.operation == 'd';
        if (deletion) {
            return new SourceChange(true, keyRow, null, null, origin);
        }
        if (envelope.after == null) {
            throw new SourceRecordError(
                    Reason.NOT_A_CHANGE, "operation " + (char) envelope.operation + " without a row after it");
        }
        boolean[] unavailable = unavailable(envelope);
        return new SourceChange(false, keyRow, Row.of(envelope.after), unavailable, origin);
    }

    private SourceChange unkeyed(byte[] value, Envelope envelope) throws SourceRecordError {
        if (envelope.fromView) {
            throw new SourceRecordError(
                    Reason.NOT_A_CHANGE,
                    "a view's topic keeps the last record of each key alone: declare the view's key as the primary key of "
                            + table.name());
        }
        String shard = interned(shardOf(envelope.name(value)));
        Origin origin = new Origin(shard, envelope.position(), envelope.committedAtMicros());
        SourceChange.Kind kind = kind(envelope);
        boolean needsBefore = envelope.operation == 'u' || envelope.operation == 'd';
        if (needsBefore && envelope.before == null) {
            throw new SourceRecordError(
                    Reason.ROW_BEFORE_MISSING,
                    "it does not tell the row that it changes, and table " + table.name()
                            + " has no primary key to find it by: run ALTER TABLE " + table.name()
                            + " REPLICA IDENTITY FULL in the database");
        }
        boolean needsAfter = envelope.operation != 'd' && kind != SourceChange.Kind.TRUNCATION;
        if (needsAfter && envelope.after == null) {
            throw new SourceRecordError(
                    Reason.NOT_A_CHANGE, "operation " + (char) envelope.operation + " without a row after it");
        }
        Row before = needsBefore ? Row.of(literal(envelope.before)) : null;
        Row after = needsAfter ? Row.of(literal(filledIn(envelope.after, before))) : null;
        return new SourceChange(
                after == null,
                null,
                after,
                null,
                origin,
                new SourceChange.Unkeyed(kind, before, envelope.transaction, 0));
    }

    /** The connector's name is that of the database and of the shard, see DebeziumConnectorConfig. */
    private static String shardOf(String connector) {
        int end = connector.lastIndexOf(CONNECTOR_NAME_PARTS);
        return end < 0 ? connector : connector.substring(end + CONNECTOR_NAME_PARTS.length());
    }

    private static SourceChange.Kind kind(Envelope envelope) throws SourceRecordError {
        if (envelope.operation == 't') {
            return SourceChange.Kind.TRUNCATION;
        }
        if (envelope.streamed) {
            return SourceChange.Kind.CHANGE;
        }
        if (envelope.incremental) {
            throw new SourceRecordError(
                    Reason.NOT_A_CHANGE, "rows of an incremental snapshot cannot be told apart without a primary key");
        }
        return envelope.lastOfSnapshot ? SourceChange.Kind.SNAPSHOT_END : SourceChange.Kind.SNAPSHOT;
    }

    /** The values after an update, with those that were left out as they were before. */
    private static Object[] filledIn(Object[] after, Row before) {
        for (int i = 0; before != null && i < after.length; i++) {
            if (after[i] == UNAVAILABLE) {
                after[i] = before.get(i);
            }
        }
        return after;
    }

    /** The values, where none can have been left out: there somebody wrote the very text. */
    private Object[] literal(Object[] values) throws SourceRecordError {
        for (int i = 0; i < values.length; i++) {
            if (values[i] == UNAVAILABLE) {
                values[i] = literally(columns.get(i).type());
            }
        }
        return values;
    }

    /** Marks the values that were left out and makes them null; null when there are none. */
    private boolean[] unavailable(Envelope envelope) throws SourceRecordError {
        boolean[] unavailable = null;
        Object[] values = envelope.after;
        for (int i = 0; i < values.length; i++) {
            if (values[i] != UNAVAILABLE) {
                continue;
            }
            if (envelope.operation == 'u') {
                unavailable = unavailable == null ? new boolean[values.length] : unavailable;
                unavailable[i] = true;
                values[i] = null;
            } else {
                // Only updates leave values out: here somebody wrote the very text.
                values[i] = literally(columns.get(i).type());
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
        boolean hasShard = schema.getField(ChangeEvents.SHARD_FIELD) != null;
        List<Column> read = new ArrayList<>(keyColumns);
        if (hasShard) {
            read.add(new Column(ChangeEvents.SHARD_FIELD, SqlType.TEXT, false));
        }
        return new KeyReader(RowReader.of(schema, table.name(), read), hasShard);
    }

    private EnvelopeReader compileEnvelope(Schema schema) throws SourceRecordError {
        Schema after = recordOf(schema, "after");
        Schema source = recordOf(schema, "source");
        Schema.Field operation = schema.getField("op");
        if (after == null || source == null || operation == null) {
            throw new SourceRecordError(
                    Reason.NOT_A_CHANGE, "its schema " + schema.getFullName() + " is not that of a change event");
        }
        Schema before = table.hasKey() ? null : recordOf(schema, "before");
        return new EnvelopeReader(
                schema,
                before == null ? null : RowReader.of(before, table.name(), columns),
                RowReader.of(after, table.name(), columns));
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

        Object[] before;
        Object[] after;
        int operation;
        int nameOffset;
        int nameBytes;
        boolean streamed = true;
        boolean lastOfSnapshot;
        boolean incremental;
        long transaction;
        long logPosition;
        long committedAtMicros;
        long committedAtMs;
        boolean fromView;

        long position() throws SourceRecordError {
            if (logPosition <= 0) {
                throw new SourceRecordError(Reason.NOT_A_CHANGE, "its source has no log position (lsn)");
            }
            return streamed ? ChangePosition.streamed(logPosition) : ChangePosition.snapshot(logPosition);
        }

        /** The connector's name, which only a record without a shard in its key needs. */
        String name(byte[] value) {
            return new String(value, nameOffset, nameBytes, StandardCharsets.UTF_8);
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
        private static final byte[] NOT_A_SNAPSHOT = "false".getBytes(StandardCharsets.UTF_8);

        /** {@code last} of all, or {@code last_in_data_collection}. */
        private static final byte[] LAST_OF_A_SNAPSHOT = "last".getBytes(StandardCharsets.UTF_8);

        private static final byte[] INCREMENTAL = "incremental".getBytes(StandardCharsets.UTF_8);

        private final List<Part> parts = new ArrayList<>();

        /** Of a reader for the row before, null where that is passed over, and one for the row after. */
        EnvelopeReader(Schema schema, RowReader before, RowReader after) throws SourceRecordError {
            AvroSkippers skippers = new AvroSkippers();
            compile(schema, parts, skippers, field -> part(field, before, after, skippers));
        }

        void read(ByteReader in, Envelope envelope) throws SourceRecordError {
            for (Part part : parts) {
                part.read(in, envelope);
            }
        }

        private static Part part(Schema.Field field, RowReader before, RowReader after, AvroSkippers skippers)
                throws SourceRecordError {
            return switch (field.name()) {
                case "before" ->
                    before == null ? null : orNull(field.schema(), (in, envelope) -> envelope.before = before.read(in));
                case "after" -> orNull(field.schema(), (in, envelope) -> envelope.after = after.read(in));
                case "source" -> orNull(field.schema(), sourcePart(recordIn(field.schema()), skippers));
                case "op" -> text(field, EnvelopeReader::readOperation);
                default -> null;
            };
        }

        /** Makes the part of a field that is read; null for one that is passed over. */
        private interface PartOf {
            Part of(Schema.Field field) throws SourceRecordError;
        }

        /** Runs of fields that are not read become one part. */
        private static void compile(Schema schema, List<Part> parts, AvroSkippers skippers, PartOf partOf)
                throws SourceRecordError {
            List<Schema> skipped = new ArrayList<>();
            for (Schema.Field field : schema.getFields()) {
                Part part = partOf.of(field);
                if (part == null) {
                    skipped.add(field.schema());
                    continue;
                }
                skip(skipped, parts, skippers);
                parts.add(part);
            }
            skip(skipped, parts, skippers);
        }

        private static void skip(List<Schema> skipped, List<Part> parts, AvroSkippers skippers) {
            if (!skipped.isEmpty()) {
                AvroSkippers.Skipper run = skippers.run(List.copyOf(skipped));
                parts.add((in, envelope) -> run.skip(in));
                skipped.clear();
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

        /** Reads the value of a union with null, which leaves the envelope as it is; any other value as it is. */
        private static Part orNull(Schema schema, Part part) {
            if (!schema.isUnion()) {
                return part;
            }
            int nullBranch = schema.getTypes().get(0).getType() == Schema.Type.NULL ? 0 : 1;
            return (in, envelope) -> {
                if (in.readZigzagCount() != nullBranch) {
                    part.read(in, envelope);
                }
            };
        }

        private static Part sourcePart(Schema source, AvroSkippers skippers) throws SourceRecordError {
            boolean fromView = source.getFullName().equals(ViewSchemas.SOURCE_NAME);
            List<Part> parts = new ArrayList<>();
            compile(source, parts, skippers, EnvelopeReader::sourceFieldPart);
            return (in, envelope) -> {
                envelope.fromView = fromView;
                for (Part part : parts) {
                    part.read(in, envelope);
                }
            };
        }

        private static Part sourceFieldPart(Schema.Field field) throws SourceRecordError {
            return switch (field.name()) {
                case "lsn" -> number(field, (in, envelope) -> envelope.logPosition = in.readZigzag());
                case "txId" -> number(field, (in, envelope) -> envelope.transaction = in.readZigzag());
                case "ts_us" -> number(field, (in, envelope) -> envelope.committedAtMicros = in.readZigzag());
                case "ts_ms" -> number(field, (in, envelope) -> envelope.committedAtMs = in.readZigzag());
                case "snapshot" -> text(field, EnvelopeReader::readSnapshot);
                case "name" -> text(field, EnvelopeReader::readName);
                default -> null;
            };
        }

        private static void readOperation(ByteReader in, Envelope envelope) {
            int count = in.readZigzagCount();
            envelope.operation = count == 1 ? in.peek() : '?';
            in.skip(count);
        }

        private static void readSnapshot(ByteReader in, Envelope envelope) {
            int count = in.readZigzagCount();
            envelope.streamed = count == NOT_A_SNAPSHOT.length && in.startsWith(NOT_A_SNAPSHOT);
            envelope.incremental = count >= INCREMENTAL.length && in.startsWith(INCREMENTAL);
            envelope.lastOfSnapshot = count >= LAST_OF_A_SNAPSHOT.length && in.startsWith(LAST_OF_A_SNAPSHOT);
            in.skip(count);
        }

        private static void readName(ByteReader in, Envelope envelope) {
            envelope.nameBytes = in.readZigzagCount();
            envelope.nameOffset = in.position();
            in.skip(envelope.nameBytes);
        }

        private static Part number(Schema.Field field, Part part) throws SourceRecordError {
            return checked(field, part, Schema.Type.LONG);
        }

        private static Part text(Schema.Field field, Part part) throws SourceRecordError {
            return checked(field, part, Schema.Type.STRING);
        }

        /** Fails unless the field's values are of that type, or of that type or null. */
        private static Part checked(Schema.Field field, Part part, Schema.Type type) throws SourceRecordError {
            Schema schema = field.schema();
            List<Schema> branches = schema.isUnion() ? schema.getTypes() : List.of(schema);
            boolean expected = branches.size() <= 2
                    && branches.stream().anyMatch(branch -> branch.getType() == type)
                    && branches.stream().allMatch(branch -> branch.getType() == type || branch.isNullable());
            if (!expected) {
                throw new SourceRecordError(
                        Reason.NOT_A_CHANGE, "field " + field.name() + " of a change event is " + schema);
            }
            return orNull(schema, part);
        }
    }

    /**
     * Reads a key.
     *
     * @param columns the primary key's columns, then the shard if there is one
     * @param hasShard whether the key has the shard's name
     */
    private record KeyReader(RowReader columns, boolean hasShard) {}
}
