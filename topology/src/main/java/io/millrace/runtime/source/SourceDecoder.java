package io.millrace.runtime.source;

import io.millrace.catalog.Table;
import io.millrace.row.SourceChange;

/** Decodes the records of one declared table's topic. Not thread-safe: one a task. */
public interface SourceDecoder {

    /**
     * The change that a record stands for; null when it changes nothing: a tombstone, or a message of Debezium's own.
     *
     * @param key the record's key; may be null
     * @param value the record's value; may be null
     * @param partition its partition
     * @param offset its offset
     * @param timestampMs its timestamp
     */
    SourceChange decode(byte[] key, byte[] value, int partition, long offset, long timestampMs)
            throws SourceRecordError;

    /**
     * The decoder of a table's records.
     *
     * @param columns the needed columns' positions in the table, in the order that rows are to have
     */
    static SourceDecoder of(Table table, int[] columns, SchemaLookup schemas) {
        if (table.source() instanceof Table.Events events) {
            return switch (events.format()) {
                case JSON -> new JsonEventDecoder(table, columns);
                case AVRO -> new AvroEventDecoder(table, columns, schemas);
            };
        }
        return new ChangeDecoder(table, columns, schemas);
    }
}
