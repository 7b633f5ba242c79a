package io.millrace.connectors.replica;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/** A PostgreSQL server that replicas are written to. */
final class TargetDatabase implements SqlDatabase {
    private final EmbeddedPostgres server;

    TargetDatabase() throws IOException {
        server = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
    }

    @Override
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres";
    }

    @Override
    public String user() {
        return "postgres";
    }

    @Override
    public void endConnectionsOf(String sink) throws SQLException {
        // A longer name is cut.
        execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = left('millrace sink "
                + sink + "', 63)");
    }

    @Override
    public Connection connect() throws SQLException {
        return server.getPostgresDatabase().getConnection();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
