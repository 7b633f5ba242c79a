package io.millrace.ops.stack;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** A PostgreSQL server of its own process, from the binaries that zonky packs. */
public final class PostgresServer implements AutoCloseable {
    private final String name;
    private final Path directory;
    private final boolean keep;
    private EmbeddedPostgres server;

    private PostgresServer(String name, Path directory, boolean keep, EmbeddedPostgres server) {
        this.name = name;
        this.directory = directory;
        this.keep = keep;
        this.server = server;
    }

    /**
     * Starts a server, or starts it again on the data that it left.
     *
     * @param name for messages and the status file
     * @param directory its data
     * @param keep whether the data stays when it is closed
     */
    public static PostgresServer start(String name, Path directory, boolean keep) throws IOException {
        return new PostgresServer(name, directory, keep, start(directory, keep, Ports.free()));
    }

    /** As the other, for one of several: data that is not there yet is copied from a template, which is quicker than initdb. */
    static PostgresServer startOneOfSeveral(String name, Path directory, boolean keep) throws IOException {
        if (!PostgresTemplate.isComplete(directory)) {
            PostgresTemplate.copyTo(directory);
        }
        return start(name, directory, keep);
    }

    private static EmbeddedPostgres start(Path directory, boolean keep, int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(directory)
                // Else zonky deletes the data at each stop; what is not kept, close() deletes.
                .setCleanDataDirectory(false)
                // zonky turns this off; PostgreSQL then flushes its log every 200 ms, and every change waits that long.
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("wal_level", "logical")
                .setServerConfig("max_wal_senders", "20")
                .setServerConfig("max_replication_slots", "20")
                .setServerConfig("max_connections", "100")
                .setServerConfig("fsync", keep ? "on" : "off")
                .setServerConfig("log_min_messages", "fatal")
                .start();
    }

    /** Stops it and starts it again on its data, on the same port. */
    public void restart() throws IOException {
        int port = port();
        server.close();
        server = start(directory, keep, port);
    }

    /** kill -9 of all its processes, and a start again on what they left, on the same port. */
    public void crash() throws IOException {
        int port = port();
        kill();
        // It has nothing to stop any more, but for its hold on the directory.
        server.close();
        server = start(directory, keep, port);
    }

    private void kill() throws IOException {
        long postmaster = Long.parseLong(
                Files.readAllLines(directory.resolve("postmaster.pid")).get(0).trim());
        ProcessHandle.of(postmaster).ifPresent(process -> {
            List<ProcessHandle> backends = process.descendants().toList();
            process.destroyForcibly();
            backends.forEach(ProcessHandle::destroyForcibly);
            process.onExit().join();
            backends.forEach(backend -> backend.onExit().join());
        });
    }

    public String name() {
        return name;
    }

    public int port() {
        return server.getPort();
    }

    /** The address for JDBC, without a password: the development servers trust this machine. */
    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/postgres?user=postgres";
    }

    public Connection connect() throws SQLException {
        return server.getPostgresDatabase().getConnection();
    }

    /** Runs statements, in one transaction if the text holds several. */
    public void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        if (!keep) {
            PostgresTemplate.delete(directory);
        }
    }
}
