package io.millrace.connectors.replica;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/**
 * What a sink remembers of rows beside the target table, in the table {@code millrace_rows}: the positions of
 * deleted rows for a while, rows that two shards have, and keys of which a change is in the dead letters.
 */
interface Memory {
    /** Creates the table where it is missing. Several tasks may do so at once. */
    void createTable(Connection connection) throws SQLException;

    /** Forgets the sink's deletions that are older than that; a bounded number at a time. */
    int forgetDeletions(Connection connection, long retainMs, int limit) throws SQLException;

    /** The keys of which something is remembered: all, or more than so many. */
    Set<List<String>> keys(Connection connection, int most) throws SQLException;

    /** Forgets everything of the topic. */
    void forgetAll(Connection connection) throws SQLException;

    /** Loads what is remembered of keys into their states. */
    void load(Connection connection, List<KeyState> states, List<String> columns) throws SQLException;

    /** Saves what is to be remembered of keys, and removes what is to be forgotten. */
    void save(Connection connection, List<KeyState> states, List<String> columns) throws SQLException;
}
