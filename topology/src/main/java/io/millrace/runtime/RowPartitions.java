package io.millrace.runtime;

import io.millrace.catalog.SqlType;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.schemas.KeyPartition;
import java.util.List;
import java.util.UUID;

/**
 * Which partition a row belongs to by some of its columns: {@link KeyPartition} over their values, so that exchanged rows
 * meet those of a table whose topic is partitioned by the same columns. Types whose values have several forms that SQL
 * holds equal (1.0 and 1.00) are hashed by {@link KeyCodec}, which gives them one. Not thread-safe.
 */
final class RowPartitions {
    /** Where all rows are that are partitioned by nothing. */
    static final int WITHOUT_KEY = 0;

    private final int partitions;
    private final SqlType[] types;
    private final int[] columns;
    private final KeyCodec[] codecs;
    private final KeyPartition key = new KeyPartition();

    /**
     * Partitions by columns.
     *
     * @param types the types of the columns that decide
     * @param columns their positions in the rows; none: all rows are in {@link #WITHOUT_KEY}
     */
    RowPartitions(int partitions, List<SqlType> types, List<Integer> columns) {
        this.partitions = partitions;
        this.types = types.toArray(SqlType[]::new);
        this.columns = columns.stream().mapToInt(Integer::intValue).toArray();
        this.codecs = types.stream()
                .map(type -> canonical(type) ? null : KeyCodec.of(List.of(type)))
                .toArray(KeyCodec[]::new);
    }

    int of(Row row) {
        if (columns.length == 0) {
            return WITHOUT_KEY;
        }
        key.reset();
        for (int i = 0; i < columns.length; i++) {
            add(i, row.get(columns[i]));
        }
        return key.of(partitions);
    }

    private void add(int column, Object value) {
        if (value == null) {
            key.addNull();
            return;
        }
        switch (types[column].kind()) {
            case SMALLINT, INTEGER, DATE -> key.addLong((Integer) value);
            case BIGINT, TIME, TIMESTAMP -> key.addLong((Long) value);
            case TEXT, VARCHAR, ENUM -> key.addString((String) value);
            case UUID -> key.addUuid((UUID) value);
            case BYTEA -> key.addBytes((byte[]) value);
            case BOOLEAN -> key.addBoolean((Boolean) value);
            case NUMERIC, REAL, DOUBLE, CHAR, TIMESTAMPTZ, INTERVAL, JSON, JSONB, ARRAY ->
                key.addBytes(codecs[column].encode(value));
        }
    }

    /** Whether equal values of the type have the same bytes in Avro. */
    private static boolean canonical(SqlType type) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER, DATE, BIGINT, TIME, TIMESTAMP, TEXT, VARCHAR, ENUM, UUID, BYTEA, BOOLEAN -> true;
            case NUMERIC, REAL, DOUBLE, CHAR, TIMESTAMPTZ, INTERVAL, JSON, JSONB, ARRAY -> false;
        };
    }
}
