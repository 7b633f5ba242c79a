package io.millrace.connectors.replica;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A MariaDB server of a test's own, from the machine's package, in a folder that goes with it. */
public final class MariaDb implements SqlDatabase {
    private static final List<String> FOLDERS =
            List.of("/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin");
    private static final int START_SECONDS = 60;

    private final Path folder;
    private final Process server;
    private final int port;

    /** Whether the machine has one. */
    public static boolean isInstalled() {
        return program("mariadbd").isPresent() && program("mariadb-install-db").isPresent();
    }

    private static Optional<Path> program(String name) {
        String path = System.getenv("PATH") == null ? "" : System.getenv("PATH");
        return Stream.concat(Stream.of(path.split(":")), FOLDERS.stream())
                .map(each -> Path.of(each, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one, with an empty database. */
    public MariaDb() throws IOException, InterruptedException, SQLException {
        folder = Files.createTempDirectory("mariadb");
        Path data = folder.resolve("data");
        String user = "--user=" + System.getProperty("user.name");
        Process install = start(
                "install",
                program("mariadb-install-db").orElseThrow().toString(),
                "--no-defaults",
                "--datadir=" + data,
                "--skip-test-db",
                "--auth-root-authentication-method=normal",
                user);
        if (!install.waitFor(START_SECONDS, TimeUnit.SECONDS) || install.exitValue() != 0) {
            throw new IOException("mariadb-install-db failed: " + log("install"));
        }
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        server = start(
                "server",
                program("mariadbd").orElseThrow().toString(),
                "--no-defaults",
                "--datadir=" + data,
                "--socket=" + folder.resolve("s"),
                "--pid-file=" + folder.resolve("pid"),
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-buffer-pool-size=64M",
                user);
        waitUntilUp();
    }

    private Process start(String name, String... command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
    }

    private String log(String name) throws IOException {
        return Files.readString(folder.resolve(name + ".log"));
    }

    private void waitUntilUp() throws IOException, InterruptedException, SQLException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try (Connection connection = DriverManager.getConnection(address("") + "?user=" + user());
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE replica");
                return;
            } catch (SQLException e) {
                if (!server.isAlive() || System.nanoTime() > until) {
                    throw new IOException("mariadbd does not come up: " + log("server"), e);
                }
                Thread.sleep(100);
            }
        }
    }

    private String address(String database) {
        return "jdbc:mariadb://127.0.0.1:" + port + "/" + database;
    }

    @Override
    public String url() {
        return address("replica");
    }

    @Override
    public String user() {
        return "root";
    }

    /** Of all sinks, as they are not told apart. */
    @Override
    public void endConnectionsOf(String sink) throws SQLException {
        for (String id :
                rows("SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND db = 'replica'")) {
            execute("KILL " + id);
        }
    }

    @Override
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url() + "?user=" + user());
    }

    @Override
    public void close() throws IOException {
        server.destroy();
        server.onExit().orTimeout(START_SECONDS, TimeUnit.SECONDS).join();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(MariaDb::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
