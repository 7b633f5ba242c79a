package io.millrace.connectors.replica;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.apache.kafka.common.config.types.Password;
import org.postgresql.Driver;

/** The task's one connection to the target database. It is opened when it is needed and, after a failure, anew. */
final class TargetConnection implements AutoCloseable {
    private static final int MS_PER_SECOND = 1_000;

    /** How much longer than a statement the driver waits for its answer, should the server be gone without a word. */
    private static final int GRACE_MS = 10_000;

    private final ReplicaSinkConfig config;
    private Connection connection;

    TargetConnection(ReplicaSinkConfig config) {
        this.config = config;
    }

    /** The connection; it is in no transaction, and does not commit by itself. */
    Connection get() throws SQLException {
        if (connection == null) {
            connection = open();
        }
        return connection;
    }

    private Connection open() throws SQLException {
        String url = config.getString(ReplicaSinkConfig.URL);
        // Not by DriverManager, which does not see the drivers in a plugin's folder.
        Connection opened = new Driver().connect(url, properties());
        if (opened == null) {
            throw new SQLException("not an address of PostgreSQL: " + url, "08001");
        }
        try (Statement statement = opened.createStatement()) {
            // How texts are read and written must not depend on the server's settings.
            statement.execute("SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';"
                    + " SET extra_float_digits = 3; SET bytea_output = 'hex'; SET standard_conforming_strings = on;"
                    + " SET statement_timeout = " + config.getInt(ReplicaSinkConfig.STATEMENT_TIMEOUT)
                    // Rows are found by their keys, many a statement: by the index, not by reading the table, and planned once.
                    + "; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;"
                    + " SET plan_cache_mode = force_generic_plan"
                    // A task that hangs must not keep its successor waiting, whose claim needs the offsets' rows.
                    + "; SET idle_in_transaction_session_timeout = "
                    + config.getInt(ReplicaSinkConfig.STATEMENT_TIMEOUT));
            opened.setAutoCommit(false);
            return opened;
        } catch (SQLException e) {
            close(opened);
            throw e;
        }
    }

    private Properties properties() {
        Properties properties = new Properties();
        String user = config.getString(ReplicaSinkConfig.USER);
        if (!user.isEmpty()) {
            properties.setProperty("user", user);
        }
        Password password = config.getPassword(ReplicaSinkConfig.PASSWORD);
        if (!password.value().isEmpty()) {
            properties.setProperty("password", password.value());
        }
        int connectSeconds = Math.max(1, config.getInt(ReplicaSinkConfig.CONNECTION_TIMEOUT) / MS_PER_SECOND);
        properties.setProperty("connectTimeout", Integer.toString(connectSeconds));
        properties.setProperty("loginTimeout", Integer.toString(connectSeconds));
        properties.setProperty(
                "socketTimeout",
                Integer.toString((config.getInt(ReplicaSinkConfig.STATEMENT_TIMEOUT) + GRACE_MS) / MS_PER_SECOND));
        properties.setProperty("tcpKeepAlive", "true");
        // A failure's message is logged, and must not hold a row's values.
        properties.setProperty("logServerErrorDetail", "false");
        properties.setProperty("ApplicationName", "millrace sink " + config.name());
        return properties;
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
