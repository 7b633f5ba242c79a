package io.millrace.row;

/**
 * A change of one row of a captured table, or one event, as decoded from its topic. Immutable.
 *
 * @param deletion whether the row went; else it was inserted or updated
 * @param key the primary key's values in the key's order; null for an event
 * @param row the columns that the scan reads, in the scan's order; null for a deletion
 * @param unavailable whether each column's value was not sent since it did not change (PostgreSQL's TOAST); null when all
 *     were sent
 * @param origin the change's shard and position: of two changes of a row in one shard the later has the greater position
 */
public record SourceChange(boolean deletion, Row key, Row row, boolean[] unavailable, Origin origin) {}
