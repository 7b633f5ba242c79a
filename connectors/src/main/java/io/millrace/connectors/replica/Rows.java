package io.millrace.connectors.replica;

import io.millrace.connectors.replica.RowStatements.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/** The statements that read and write a replica's rows, many rows each. */
interface Rows {
    /** Takes up, for each state, what the target shows at its key. */
    void loadShown(Connection connection, List<KeyState> states) throws SQLException;

    /** Takes up, for each state, all values of the row that the target shows. */
    void loadShownValues(Connection connection, List<KeyState> states) throws SQLException;

    /** Deletes the rows with those keys. */
    void delete(Connection connection, List<List<String>> keys) throws SQLException;

    /** Inserts rows, or gives those that are there their values; no two have one key. */
    void upsert(Connection connection, List<Row> rows) throws SQLException;

    /** Whether there is {@link #upsertNewer}. */
    default boolean upsertsNewer() {
        return false;
    }

    /**
     * Inserts rows, or gives those that are there their values where they are of the same shard and older; no two have one key.
     *
     * @return how many were written
     */
    default int upsertNewer(Connection connection, List<Row> rows) throws SQLException {
        throw new UnsupportedOperationException();
    }

    /** Gives rows that are there their values, but for those columns, which keep what they have. */
    void update(Connection connection, List<Row> rows, BitSet kept) throws SQLException;

    /**
     * Tries to write rows one after the other, each by itself, and tells which are at fault, by their positions. What was
     * written stays until the caller rolls it back.
     *
     * @return none where the dialect cannot tell
     */
    default Map<Integer, SQLException> tryEach(Connection connection, List<Row> rows) throws SQLException {
        return Map.of();
    }

    /** Writes the whole rows of changes, of which none is there, in the faster way; where the dialect has one. */
    default void copy(Connection connection, List<Change> changes) throws SQLException {
        throw new UnsupportedOperationException();
    }
}
