package io.millrace.runtime.source;

import io.millrace.catalog.Column;
import io.millrace.row.ByteReader;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.runtime.source.SourceRecordError.Reason;
import java.util.List;
import org.apache.avro.Schema;

/**
 * Decodes the records of a view's own topic with the row before and the row after, for those who follow the view. Whoever
 * builds views upon it needs the row after only: that is {@link ChangeDecoder}. Not thread-safe.
 */
public final class ViewRecordDecoder {
    private final String view;
    private final List<Column> columns;
    private final int[] key;
    private final CompiledSchemas<Envelope> envelopes;
    private final boolean anyVersion;
    private final ByteReader in = new ByteReader();

    /**
     * A change of a view's row; not both rows are null.
     *
     * @param key the values of the view's key
     * @param before the row so far, or null
     * @param after the row from now on, or null
     * @param exact whether all columns could be read; else those that could not are NULL
     * @param origin the change in the source that led to it; {@link Origin#NONE} where the record does not say
     */
    public record ViewRecord(Row key, Row before, Row after, boolean exact, Origin origin) {}

    /** A position of the envelope's first field, {@code before}; the second is {@code after}. */
    private record Envelope(RowReader before, RowReader after, SourceFields source) {}

    /**
     * Where in the source record of an envelope its origin is.
     *
     * @param fields of each field whether it is a text, else it is a number
     * @param shard the position of the shard's name, and so on
     */
    private record SourceFields(boolean[] fields, int shard, int position, int committedAtMicros) {}

    /**
     * A decoder.
     *
     * @param columns the view's columns, as its topic has them
     * @param key the positions of its key
     */
    public ViewRecordDecoder(String view, List<Column> columns, List<Integer> key, SchemaLookup schemas) {
        this(view, columns, key, schemas, false);
    }

    /** A decoder that reads what older versions of the view wrote, too; columns that those had not are NULL. */
    public static ViewRecordDecoder ofAnyVersion(
            String view, List<Column> columns, List<Integer> key, SchemaLookup schemas) {
        return new ViewRecordDecoder(view, columns, key, schemas, true);
    }

    private ViewRecordDecoder(
            String view, List<Column> columns, List<Integer> key, SchemaLookup schemas, boolean anyVersion) {
        this.anyVersion = anyVersion;
        this.view = view;
        this.columns = List.copyOf(columns);
        this.key = key.stream().mapToInt(Integer::intValue).toArray();
        this.envelopes = new CompiledSchemas<>(schemas, this::compile);
    }

    /** The change that a record's value tells; null for a tombstone. */
    public ViewRecord decode(byte[] value) throws SourceRecordError {
        if (value == null) {
            return null;
        }
        try {
            Envelope envelope = envelopes.readHeader(in.reset(value));
            Row before = row(envelope.before);
            Row after = row(envelope.after);
            if (before == null && after == null) {
                throw new SourceRecordError(Reason.NOT_A_CHANGE, "neither a row before nor a row after");
            }
            return new ViewRecord(
                    (after == null ? before : after).project(key),
                    before,
                    after,
                    envelope.after.isComplete(),
                    origin(envelope.source));
        } catch (IndexOutOfBoundsException e) {
            throw new SourceRecordError(Reason.MALFORMED, "not what its schema says: " + e.getMessage(), e);
        }
    }

    private Row row(RowReader reader) throws SourceRecordError {
        // Each is a union of null, the first branch, and the row.
        return in.readZigzagCount() == 0 ? null : Row.of(reader.read(in));
    }

    private Envelope compile(Schema schema) throws SourceRecordError {
        return new Envelope(reader(schema, 0, "before"), reader(schema, 1, "after"), sourceFields(schema));
    }

    /** The source's fields; null where they are others than those that we write. */
    private static SourceFields sourceFields(Schema envelope) {
        Schema.Field source = envelope.getField("source");
        if (source == null || source.pos() != 2 || source.schema().getType() != Schema.Type.RECORD) {
            return null;
        }
        List<Schema.Field> fields = source.schema().getFields();
        boolean[] texts = new boolean[fields.size()];
        for (Schema.Field field : fields) {
            Schema.Type type = field.schema().getType();
            if (type != Schema.Type.STRING && type != Schema.Type.LONG) {
                return null;
            }
            texts[field.pos()] = type == Schema.Type.STRING;
        }
        Schema.Field shard = source.schema().getField("shard");
        Schema.Field position = source.schema().getField("lsn");
        Schema.Field committed = source.schema().getField("ts_us");
        return shard == null || position == null || committed == null
                ? null
                : new SourceFields(texts, shard.pos(), position.pos(), committed.pos());
    }

    private Origin origin(SourceFields source) {
        if (source == null) {
            return Origin.NONE;
        }
        String shard = "";
        long position = 0;
        long committedAtMicros = 0;
        for (int i = 0; i < source.fields.length; i++) {
            if (i == source.shard) {
                shard = in.readText(in.readZigzagCount());
            } else if (source.fields[i]) {
                in.skip(in.readZigzagCount());
            } else if (i == source.position) {
                position = in.readZigzag();
            } else if (i == source.committedAtMicros) {
                committedAtMicros = in.readZigzag();
            } else {
                in.readZigzag();
            }
        }
        return new Origin(shard, position, committedAtMicros);
    }

    private RowReader reader(Schema schema, int position, String name) throws SourceRecordError {
        Schema.Field field = schema.getType() == Schema.Type.RECORD ? schema.getField(name) : null;
        boolean expected = field != null
                && field.pos() == position
                && field.schema().isUnion()
                && field.schema().getTypes().size() == 2
                && field.schema().getTypes().get(0).getType() == Schema.Type.NULL
                && field.schema().getTypes().get(1).getType() == Schema.Type.RECORD;
        if (!expected) {
            throw new SourceRecordError(
                    Reason.NOT_A_CHANGE, "its schema " + schema.getFullName() + " is not that of a view's records");
        }
        Schema row = field.schema().getTypes().get(1);
        return anyVersion ? RowReader.ofReadable(row, view, columns) : RowReader.of(row, view, columns);
    }
}
