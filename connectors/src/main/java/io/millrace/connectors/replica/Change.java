package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.RecordPosition;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record as a change of one row. Changes are compared by identity.
 */
final class Change {
    private final SinkRecord record;
    private final TableShape shape;
    private final Kind kind;
    private final Texts keyTexts;
    private final String shard;
    private final long position;
    private final long committedAtMicros;
    private final Texts row;
    private final BitSet unchanged;
    private final RecordPosition replayOf;
    private List<String> key;

    /**
     * A change.
     *
     * @param record the record
     * @param shape the version of the table that it was written with
     * @param kind what happens to the row
     * @param keyTexts the key's values, in the key's order
     * @param shard the shard whose row it is; empty where the topic's order holds
     * @param position where the change stands in the shard's log, see {@link io.millrace.schemas.ChangePosition}; 0 where the
     *     topic's order holds
     * @param committedAtMicros when the source committed it, microseconds since the epoch; 0 where that is not known
     * @param row the row's values in the order of the shape's columns; null for a deletion
     * @param unchanged the positions of values that the source left out, as they have not changed; null for none
     * @param replayOf of a dead letter that is delivered again, where it was read at first; else null
     */
    Change(
            SinkRecord record,
            TableShape shape,
            Kind kind,
            Texts keyTexts,
            String shard,
            long position,
            long committedAtMicros,
            Texts row,
            BitSet unchanged,
            RecordPosition replayOf) {
        this.record = record;
        this.shape = shape;
        this.kind = kind;
        this.keyTexts = keyTexts;
        this.shard = shard;
        this.position = position;
        this.committedAtMicros = committedAtMicros;
        this.row = row;
        this.unchanged = unchanged;
        this.replayOf = replayOf;
    }

    /** The same, as what a dead letter holds that was read there. */
    Change replaying(RecordPosition origin) {
        return new Change(record, shape, kind, keyTexts, shard, position, committedAtMicros, row, unchanged, origin);
    }

    /** The same, without the row's values. */
    Change withoutRow() {
        return new Change(record, shape, kind, keyTexts, shard, position, committedAtMicros, null, null, replayOf);
    }

    SinkRecord record() {
        return record;
    }

    TableShape shape() {
        return shape;
    }

    Kind kind() {
        return kind;
    }

    /** The texts of the key's values. */
    List<String> key() {
        if (key == null) {
            key = Arrays.asList(keyTexts.all());
        }
        return key;
    }

    String shard() {
        return shard;
    }

    long position() {
        return position;
    }

    long committedAtMicros() {
        return committedAtMicros;
    }

    /** The row's values; null for a deletion. */
    Texts row() {
        return row;
    }

    /** The texts of the row's values; null for a deletion. */
    String[] values() {
        return row == null ? null : row.all();
    }

    BitSet unchanged() {
        return unchanged;
    }

    RecordPosition replayOf() {
        return replayOf;
    }

    boolean isReplay() {
        return replayOf != null;
    }

    /** Where the change was read, in the topic whose order it has. */
    long offset() {
        return replayOf == null ? record.originalKafkaOffset() : replayOf.offset();
    }

    enum Kind {
        /** The row is there, with these values. */
        UPSERT,
        /** The row is gone. */
        DELETE,
        /** The topic's compaction may forget the key: the row is gone, by a deletion that came before or was compacted away. */
        TOMBSTONE
    }
}
