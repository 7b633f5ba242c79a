package io.millrace.connectors.replica;

import io.millrace.connectors.replica.TargetTable.Aligned;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.List;

/** A replica's table in the target database: created, or checked against what the topic's schemas say. Used by one thread at a time. */
interface Table {
    /** The table's name as SQL writes it. */
    String sqlName();

    /** The columns that rows are written to, in the order in which their values stand; the metadata are not among them. */
    List<String> columnNames();

    /** Whether the table is known to take rows of that shape. */
    boolean knows(TableShape shape);

    /**
     * Sees to it that the table takes rows of that shape.
     *
     * @param hasApplied whether rows were applied before, so that the table cannot be missing by right
     * @return whether there is a table; a shape that is not whole creates none
     */
    boolean ensure(Connection connection, TableShape shape, boolean hasApplied) throws SQLException;

    /** Forgets what is known of the table, as after a failure for which somebody may have changed it. */
    void forget();

    /** A row's values in the order of the columns, from those in the order of a shape that was ensured. */
    Aligned align(TableShape shape, String[] values, BitSet unchanged);
}
