package io.millrace.ops.e2e;

import io.millrace.ops.stack.Stack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The jar as a user deploys it, in a process of its own, so that it can be killed. */
final class DeployedTopology {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path pipeline;
    private final Path config;
    private final Path log;
    private final int port;
    private final HttpClient http = HttpClient.newHttpClient();
    private Process process;

    DeployedTopology(Stack stack, String database, Path pipeline, Path directory) throws IOException {
        this.pipeline = pipeline;
        this.port = freePort();
        this.config = directory.resolve("millrace.properties");
        this.log = directory.resolve("topology.log");
        Files.writeString(
                config,
                String.join(
                        "\n",
                        "application.id = " + database,
                        "database = " + database,
                        "kafka.bootstrap.servers = " + stack.broker().bootstrapServers(),
                        "schema.registry.url = " + stack.registry().url(),
                        "connect.url = " + stack.connectUrl(),
                        "partitions = 2",
                        "threads = 2",
                        "http.port = " + port,
                        // A killed member is missed soon, so that the next start need not wait for it.
                        "streams.session.timeout.ms = 6000",
                        "state.dir = " + directory.resolve("state")));
    }

    void start() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path jar = Path.of("..", "topology", "target", "millrace-topology.jar");
        process = new ProcessBuilder(
                        java.toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        // The quick compiler alone: most of what such a process does is to start.
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        jar.toString(),
                        "run",
                        "--pipeline",
                        pipeline.toString(),
                        "--config",
                        config.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    void awaitReady() {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .failFast("the topology ended; see " + log, () -> !process.isAlive())
                .until(() -> http.send(
                                        HttpRequest.newBuilder(URI.create(url() + "/ready"))
                                                .build(),
                                        HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200);
    }

    /** All that it has logged. */
    String log() throws IOException {
        return Files.readString(log);
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** kill -9: no chance to commit, to close, to say goodbye. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            kill();
        }
    }
}
