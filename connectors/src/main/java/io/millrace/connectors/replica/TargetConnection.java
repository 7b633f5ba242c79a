package io.millrace.connectors.replica;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;

/**
 * The task's one connection to the target database. It is opened when it is needed and, after a failure, anew. Used by one thread
 * at a time, but another one may end it.
 */
final class TargetConnection implements AutoCloseable {
    private final ReplicaSinkConfig config;
    private final Dialect dialect;
    private Connection connection;
    private boolean ended;

    TargetConnection(ReplicaSinkConfig config) {
        this.config = config;
        this.dialect = Dialect.of(config);
    }

    /** The connection; it is in no transaction, and does not commit by itself. */
    synchronized Connection get() throws SQLException {
        if (ended) {
            throw new SQLNonTransientConnectionException("the task was stopped", "08003");
        }
        if (connection == null) {
            connection = dialect.open(config);
        }
        return connection;
    }

    /** Ends the transaction without its changes; where that fails, the connection is given up. */
    void rollback() {
        Connection open = current();
        if (open != null) {
            try {
                open.rollback();
            } catch (SQLException e) {
                close();
            }
        }
    }

    private synchronized Connection current() {
        return connection;
    }

    /** Closes it, and none is opened any more, whoever still writes. */
    synchronized void end() {
        ended = true;
        close();
    }

    @Override
    public synchronized void close() {
        Connection closing = connection;
        connection = null;
        close(closing);
    }

    private static void close(Connection closing) {
        if (closing != null) {
            try {
                closing.close();
            } catch (SQLException e) {
                // It is of no use any more, whatever it says.
                return;
            }
        }
    }
}
