package io.millrace.runtime.topic;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.row.ByteWriter;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Encodes a view's changes as the records of its topic, of the {@link ViewSchemas} that were registered, straight to Avro's
 * bytes behind Confluent's header. A deletion is to be followed by a tombstone (a null value), so that compaction can drop
 * the key. Not thread-safe: one a task.
 */
public final class ViewRecordEncoder {
    private static final long MICROS_PER_MILLI = 1_000;
    private static final byte[] CONNECTOR = "millrace".getBytes(StandardCharsets.UTF_8);

    private final SqlType[] types;
    private final boolean[] nullable;
    private final int[] key;
    private final int keySchemaId;
    private final int valueSchemaId;
    private final byte[] topic;
    private final ByteWriter out = new ByteWriter(256);

    /**
     * An encoder.
     *
     * @param topic the topic's name
     * @param columns the view's columns, as they were given to {@link ViewSchemas#of}
     * @param key the positions of its key, likewise
     * @param keySchemaId the registered id of the keys' schema
     * @param valueSchemaId the registered id of the values' schema
     */
    public ViewRecordEncoder(
            String topic, List<Column> columns, List<Integer> key, int keySchemaId, int valueSchemaId) {
        this.types = columns.stream().map(Column::type).toArray(SqlType[]::new);
        this.nullable = new boolean[types.length];
        for (int i = 0; i < types.length; i++) {
            nullable[i] = columns.get(i).nullable();
        }
        this.key = key.stream().mapToInt(Integer::intValue).toArray();
        this.keySchemaId = keySchemaId;
        this.valueSchemaId = valueSchemaId;
        this.topic = topic.getBytes(StandardCharsets.UTF_8);
    }

    /** The record's key of a row. */
    public byte[] key(Row row) {
        header(keySchemaId);
        for (int column : key) {
            column(column, row.get(column));
        }
        return out.toByteArray();
    }

    /**
     * The record's value of a change.
     *
     * @param before the row so far, or null
     * @param after the row from now on, or null; not both are null
     * @param origin the change in the source that led here
     * @param nowMs the time, milliseconds since the epoch
     */
    public byte[] value(Row before, Row after, Origin origin, long nowMs) {
        header(valueSchemaId);
        row(before);
        row(after);
        text(CONNECTOR);
        text(topic);
        out.putZigzag(origin.committedAtMicros() / MICROS_PER_MILLI);
        out.putZigzag(origin.committedAtMicros());
        out.putAvroText(origin.shard());
        out.putZigzag(origin.position());
        out.putZigzag(1);
        out.putByte(after == null ? 'd' : before == null ? 'c' : 'u');
        out.putZigzag(1);
        out.putZigzag(nowMs);
        return out.toByteArray();
    }

    private void header(int schemaId) {
        out.reset();
        out.putByte(0);
        out.putInt(schemaId);
    }

    /** A row as the second branch of a union with null. */
    private void row(Row row) {
        if (row == null) {
            out.putZigzag(0);
            return;
        }
        out.putZigzag(1);
        for (int i = 0; i < types.length; i++) {
            column(i, row.get(i));
        }
    }

    private void column(int column, Object value) {
        if (nullable[column]) {
            out.putZigzag(value == null ? 0 : 1);
            if (value == null) {
                return;
            }
        } else if (value == null) {
            throw new IllegalArgumentException("column " + column + " is NULL, but was planned NOT NULL");
        }
        AvroForms.write(out, types[column], value);
    }

    private void text(byte[] utf8) {
        out.putZigzag(utf8.length);
        out.putBytes(utf8);
    }
}
