package io.millrace.ops.images;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.replica.SqlFailure;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** The shards' databases, with a connection to each that was asked for. Used by one thread. */
final class Shards implements AutoCloseable {
    private static final int CONNECT_SECONDS = 10;
    private static final int ANSWER_SECONDS = 30;

    private final Map<String, String> jdbcUrls;
    private final Map<String, Connection> connections = new HashMap<>();

    /** Those of that name and JDBC address. */
    Shards(Map<String, String> jdbcUrls) {
        this.jdbcUrls = Map.copyOf(jdbcUrls);
    }

    /** What is done in one transaction. */
    interface Work {
        void with(Connection connection) throws SQLException;
    }

    /** Does work in a transaction of a shard. */
    void transaction(String shard, Work work) throws DeliveryFailure {
        String url = jdbcUrls.get(shard);
        if (url == null) {
            throw new DeliveryFailure(
                    FailureKind.TARGET,
                    "there is no address of shard " + shard + ", only of " + jdbcUrls.keySet()
                            + "; give it with --shard " + shard + "=jdbc:postgresql://...",
                    null);
        }
        try {
            Connection connection = connections.get(shard);
            if (connection == null) {
                connection = open(url);
                connections.put(shard, connection);
            }
            work.with(connection);
            connection.commit();
        } catch (SQLException e) {
            // Whatever state it is in, a new one is in none.
            close(shard);
            throw new DeliveryFailure(
                    SqlFailure.kindOf(e), "shard " + shard + " refuses, with SQLSTATE " + e.getSQLState(), e);
        }
    }

    private static Connection open(String url) throws SQLException {
        Properties properties = new Properties();
        properties.put("connectTimeout", Integer.toString(CONNECT_SECONDS));
        properties.put("socketTimeout", Integer.toString(ANSWER_SECONDS));
        properties.put("ApplicationName", "millrace images");
        Connection connection = DriverManager.getConnection(url, properties);
        connection.setAutoCommit(false);
        return connection;
    }

    private void close(String shard) {
        Connection closing = connections.remove(shard);
        if (closing != null) {
            try {
                closing.close();
            } catch (SQLException e) {
                // It is of no use any more, whatever it says.
                return;
            }
        }
    }

    @Override
    public void close() {
        for (String shard : Map.copyOf(connections).keySet()) {
            close(shard);
        }
    }
}
