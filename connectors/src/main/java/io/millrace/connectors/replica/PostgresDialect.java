package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.FailureKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.config.types.Password;
import org.postgresql.Driver;

/** PostgreSQL. */
final class PostgresDialect implements Dialect {
    static final String PREFIX = "jdbc:postgresql:";

    private static final int MS_PER_SECOND = 1_000;

    /** How much longer than a statement the driver waits for its answer, should the server be gone without a word. */
    private static final int GRACE_MS = 10_000;

    @Override
    public Connection open(ReplicaSinkConfig config) throws SQLException {
        String url = config.getString(ReplicaSinkConfig.URL);
        // Not by DriverManager, which does not see the drivers in a plugin's folder.
        Connection opened = new Driver().connect(url, properties(config));
        if (opened == null) {
            throw new SQLException("connection.url is not an address of PostgreSQL", "08001");
        }
        try (Statement statement = opened.createStatement()) {
            // How texts are read and written must not depend on the server's settings.
            statement.execute("SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';"
                    + " SET extra_float_digits = 3; SET bytea_output = 'hex'; SET standard_conforming_strings = on;"
                    + " SET statement_timeout = " + config.getInt(ReplicaSinkConfig.STATEMENT_TIMEOUT)
                    // Rows are found by their keys, many a statement: by the index, not by reading the table, and
                    // planned once.
                    + "; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;"
                    + " SET plan_cache_mode = force_generic_plan"
                    // A task that hangs must not keep its successor waiting, whose claim needs the offsets' rows.
                    + "; SET idle_in_transaction_session_timeout = "
                    + config.getInt(ReplicaSinkConfig.STATEMENT_TIMEOUT));
            opened.setAutoCommit(false);
            return opened;
        } catch (SQLException e) {
            opened.close();
            throw e;
        }
    }

    private static Properties properties(ReplicaSinkConfig config) {
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

    @Override
    public FailureKind kindOf(SQLException failure) {
        return SqlFailure.kindOf(failure);
    }

    @Override
    public boolean copies() {
        return true;
    }

    @Override
    public Offsets offsets(String sink) {
        return new OffsetStore(sink);
    }

    @Override
    public Memory memory(String sink, String topic) {
        return new RowMemory(sink, topic);
    }

    @Override
    public Table table(ReplicaSinkConfig config, String topic) {
        return new TargetTable(config, topic);
    }

    @Override
    public Rows rows(Table table, List<String> keyNames, boolean sharded) {
        return new RowStatements((TargetTable) table, keyNames, sharded);
    }
}
