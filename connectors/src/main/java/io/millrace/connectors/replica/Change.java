package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.RecordPosition;
import java.util.BitSet;
import java.util.List;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record as a change of one row.
 *
 * @param record the record
 * @param shape the version of the table that it was written with
 * @param kind what happens to the row
 * @param key the texts of the key's values, in the key's order
 * @param shard the shard whose row it is; empty where the topic's order holds
 * @param position where the change stands in the shard's log, see {@link io.millrace.schemas.ChangePosition}; 0 where the
 *     topic's order holds
 * @param committedAtMicros when the source committed it, microseconds since the epoch; 0 where that is not known
 * @param values the texts of the row's values in the order of the shape's columns; null for a deletion
 * @param unchanged the positions of values that the source left out, as they have not changed; null for none
 * @param replayOf of a dead letter that is delivered again, where it was read at first; else null
 */
record Change(
        SinkRecord record,
        TableShape shape,
        Kind kind,
        List<String> key,
        String shard,
        long position,
        long committedAtMicros,
        String[] values,
        BitSet unchanged,
        RecordPosition replayOf) {

    /** The same, as what a dead letter holds that was read there. */
    Change replaying(RecordPosition origin) {
        return new Change(record, shape, kind, key, shard, position, committedAtMicros, values, unchanged, origin);
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
