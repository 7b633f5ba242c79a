package io.millrace.connectors.replica;

import java.sql.Connection;
import java.sql.SQLException;

/** The task's one connection to the target database. It is opened when it is needed and, after a failure, anew. */
final class TargetConnection implements AutoCloseable {
    private final ReplicaSinkConfig config;
    private final Dialect dialect;
    private Connection connection;

    TargetConnection(ReplicaSinkConfig config) {
        this.config = config;
        this.dialect = Dialect.of(config);
    }

    /** The connection; it is in no transaction, and does not commit by itself. */
    Connection get() throws SQLException {
        if (connection == null) {
            connection = dialect.open(config);
        }
        return connection;
    }

    /** Ends the transaction without its changes; where that fails, the connection is given up. */
    void rollback() {
        if (connection != null) {
            try {
                connection.rollback();
            } catch (SQLException e) {
                close();
            }
        }
    }

    @Override
    public void close() {
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
