package io.millrace.ops.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** PostgreSQL's own logical replication, by a subscription as its defaults are. */
final class NativeReplication implements ReplicaContender {
    private final ReplicaData data;
    private final String url;
    private String subscription;

    NativeReplication(ReplicaData data, String url) {
        this.data = data;
        this.url = url;
    }

    @Override
    public String name() {
        return "native";
    }

    @Override
    public String targetUrl() {
        return url;
    }

    @Override
    public void begin(ReplicaData.Load load, int round) throws SQLException {
        boolean copies = load == ReplicaData.Load.COPY || load == ReplicaData.Load.LIVE;
        subscription = load.slot(round);
        execute(
                "DROP TABLE IF EXISTS " + load.table,
                ReplicaData.table(load.table),
                "CREATE SUBSCRIPTION " + subscription + " CONNECTION 'host=127.0.0.1 port="
                        + data.source().port() + " user=postgres dbname=postgres' PUBLICATION " + load.publication()
                        + (copies
                                ? ""
                                : " WITH (create_slot = false, slot_name = '" + subscription
                                        + "', copy_data = false)"));
    }

    @Override
    public void end() throws SQLException {
        execute("DROP SUBSCRIPTION " + subscription);
    }

    /** Each by itself, as a subscription cannot be dropped in a transaction. */
    private void execute(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Override
    public double processorSeconds() {
        return Double.NaN;
    }

    @Override
    public void close() {
        // Its processes are the servers'.
    }
}
