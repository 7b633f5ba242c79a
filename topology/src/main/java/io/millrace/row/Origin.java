package io.millrace.row;

/**
 * Which change of which database a delta stems from. Every delta carries one, through every operator and exchange:
 * progress, staleness and read-your-writes are computed from it.
 *
 * @param shard the shard's name; for an event topic the topic and partition, {@code clicks-3}
 * @param position the position in the shard's log (LSN); for an event topic the record's offset
 * @param committedAtMicros when the change was committed in the source, microseconds since the epoch; 0 if not known
 */
public record Origin(String shard, long position, long committedAtMicros) {
    /** Of what is there before any change: constants, and the one row of an aggregate over no rows. */
    public static final Origin NONE = new Origin("", 0, 0);
}
