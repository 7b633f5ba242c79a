package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;

/** Which partition a row belongs to, as far as planning must know. */
public final class Partitioning {
    private Partitioning() {}

    /**
     * Whether a table's topic is partitioned by the primary key's values just as an exchange by them is: then a join on the
     * primary key needs no exchange of the table. So it is for keys of integers and text, whose Avro form is the one that
     * {@link io.millrace.schemas.KeyPartition} hashes.
     */
    public static boolean byPrimaryKey(Table table) {
        return !table.appendOnly()
                && !table.primaryKey().isEmpty()
                && table.primaryKey().stream()
                        .allMatch(column ->
                                hashedAsInAvro(table.columns().get(column).type()));
    }

    private static boolean hashedAsInAvro(SqlType type) {
        return switch (type.kind()) {
            case SMALLINT, INTEGER, BIGINT, TEXT, VARCHAR, UUID -> true;
            default -> false;
        };
    }
}
