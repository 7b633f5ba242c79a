package io.millrace.row;

/**
 * A change of one row of a captured table, or one event, as decoded from its topic. Immutable.
 *
 * @param deletion whether the row went; else it was inserted or updated
 * @param key the primary key's values in the key's order; null for an event, and where the table has no key
 * @param row the columns that the scan reads, in the scan's order; null for a deletion
 * @param unavailable whether each column's value was not sent since it did not change (PostgreSQL's TOAST); null when all
 *     were sent
 * @param origin the change's shard and position: of two changes of a row in one shard the later has the greater position
 * @param unkeyed what else is known of a change of a table without a primary key; null for others
 */
public record SourceChange(boolean deletion, Row key, Row row, boolean[] unavailable, Origin origin, Unkeyed unkeyed) {

    /** A change of a table with a primary key, or an event. */
    public SourceChange(boolean deletion, Row key, Row row, boolean[] unavailable, Origin origin) {
        this(deletion, key, row, unavailable, origin, null);
    }

    /**
     * What tells a change of a table without a primary key from others.
     *
     * @param kind what it is
     * @param before the row so far, in the scan's order; null for an insertion and for what is no change of a row
     * @param transaction the number of its transaction in the shard; 0 for the row of a snapshot
     * @param ordinal grows among the changes of a transaction that have one position, as rows of a COPY do
     */
    public record Unkeyed(Kind kind, Row before, long transaction, long ordinal) {}

    /** What a record of a table without a primary key stands for. */
    public enum Kind {
        /** A row was inserted, updated or deleted. */
        CHANGE,
        /** A row that a snapshot read. All rows of one snapshot have the same position and time. */
        SNAPSHOT,
        /** The last row that a snapshot read. */
        SNAPSHOT_END,
        /** All rows of the shard went. */
        TRUNCATION
    }

    /** The same change of a table without a primary key, with another ordinal. */
    public SourceChange withOrdinal(long ordinal) {
        return new SourceChange(
                deletion,
                key,
                row,
                unavailable,
                origin,
                new Unkeyed(unkeyed.kind, unkeyed.before, unkeyed.transaction, ordinal));
    }
}
