package io.millrace.catalog;

import java.util.List;
import java.util.Optional;

/**
 * A declared table: a captured table of the sharded database, or an event topic.
 *
 * @param schema the PostgreSQL schema, {@code public} unless declared
 * @param name its name, folded as PostgreSQL folds it
 * @param columns in declared order
 * @param primaryKey positions in {@code columns}, in the key's order; empty when there is none
 * @param uniqueKeys further keys over NOT NULL columns (UNIQUE constraints), each positions in {@code columns}
 * @param source where its changes come from
 * @param place where it is declared
 */
public record Table(
        String schema,
        String name,
        List<Column> columns,
        List<Integer> primaryKey,
        List<List<Integer>> uniqueKeys,
        Source source,
        SourcePlace place) {

    public Table {
        columns = List.copyOf(columns);
        primaryKey = List.copyOf(primaryKey);
        uniqueKeys = List.copyOf(uniqueKeys);
    }

    /** Where a table's changes come from. */
    public sealed interface Source permits Captured, Events {
        /** The Kafka topic. */
        String topic();
    }

    /**
     * Debezium change events, Avro in Confluent's wire format; rows are inserted, updated and deleted.
     *
     * @param topic {@code <database>.<table>} unless WITH (topic = ...) says otherwise
     * @param wholeRowsLogged whether the table is declared with REPLICA IDENTITY FULL, which a table without a primary key
     *     needs for updates and deletions
     */
    public record Captured(String topic, boolean wholeRowsLogged) implements Source {
        /** A captured table that says nothing of its replica identity. */
        public Captured(String topic) {
            this(topic, false);
        }
    }

    /**
     * An event topic: every record is one inserted row, never changed after.
     *
     * @param topic the topic's name
     * @param format how records are encoded
     * @param deduplication how events are known that come again; empty where each record is an event of its own
     */
    public record Events(String topic, Format format, Optional<Deduplication> deduplication) implements Source {
        /** An event topic each of whose records is an event of its own. */
        public Events(String topic, Format format) {
            this(topic, format, Optional.empty());
        }

        /** Encodings of event topics. */
        public enum Format {
            /** One JSON object a record, members named as the columns. */
            JSON,
            /** Avro in Confluent's wire format, fields named as the columns. */
            AVRO
        }
    }

    /** Whether rows are only ever inserted. */
    public boolean appendOnly() {
        return source instanceof Events;
    }

    /** How events are known that come again; empty for a captured table. */
    public Optional<Deduplication> deduplication() {
        return source instanceof Events events ? events.deduplication() : Optional.empty();
    }

    /** Whether rows have a primary key; those of an event topic have none. */
    public boolean hasKey() {
        return !primaryKey.isEmpty();
    }

    /** The position of the column of that name, or -1. */
    public int columnIndex(String columnName) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(columnName)) {
                return i;
            }
        }
        return -1;
    }
}
