package io.millrace.ops.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.JavaProcess;
import io.millrace.runtime.Presence;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** An instance of a pipeline in a process of its own, which can be killed. */
final class InstanceProcess implements AutoCloseable {
    private final JavaProcess process;
    private final Path log;
    private final int port;

    private InstanceProcess(JavaProcess process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    static InstanceProcess start(Path folder, Path properties, Path log, int port) throws IOException {
        JavaProcess process = JavaProcess.start(
                log,
                List.of(
                        "io.millrace.cli.Millrace",
                        "run",
                        "--pipeline",
                        folder.toString(),
                        "--config",
                        properties.toString()));
        return new InstanceProcess(process, log, port);
    }

    /** Waits until it holds partitions of the first view. */
    void awaitPartitions(Duration patience) {
        Awaitility.await("the process to hold partitions")
                .atMost(patience)
                .ignoreExceptions()
                .failFast("the instance ended; see " + log, () -> !process.isAlive())
                .until(() -> partitions() > 0);
    }

    /** Waits until it tells caches of some changes, as others do of the rest, and has told these of that. */
    void awaitSink(Duration patience) {
        Awaitility.await("the process to run the sink")
                .atMost(patience)
                .ignoreExceptions()
                .failFast("the instance ended; see " + log, () -> !process.isAlive())
                .until(() -> sink().path("tasks").asInt() > 0
                        && "RUNNING".equals(sink().path("state").asText())
                        && !membersOfSink().isEmpty());
    }

    /** The ids by which the brokers know it among those that tell caches, as it tells others. */
    Set<String> membersOfSink() throws IOException {
        return Presence.read(presence()).stream()
                .filter(each -> each.group().endsWith("-cdn"))
                .flatMap(each -> each.members().stream())
                .collect(Collectors.toSet());
    }

    private JsonNode sink() throws IOException {
        try (InputStream answer =
                URI.create("http://127.0.0.1:" + port + "/v1/sinks").toURL().openStream()) {
            return new ObjectMapper().readTree(answer).path("sinks").path(0);
        }
    }

    /** By what the brokers know it, as it tells others. */
    private String presence() throws IOException {
        return Presences.of("http://127.0.0.1:" + port);
    }

    private int partitions() throws IOException {
        HttpURLConnection asked = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + "/v1/views").toURL().openConnection();
        // As from another instance: it says what it holds itself.
        asked.setRequestProperty("Millrace-Partitions", "own");
        try (InputStream answer = asked.getInputStream()) {
            return new ObjectMapper()
                    .readTree(answer)
                    .path("views")
                    .path(0)
                    .path("partitions")
                    .asInt();
        }
    }

    /** How many others it watches. */
    double watched() throws IOException {
        try (InputStream answer =
                URI.create("http://127.0.0.1:" + port + "/metrics").toURL().openStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("millrace_peers_watched "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                    .sum();
        }
    }

    /** kill -9: no chance to commit, to close, to say goodbye. */
    void kill() {
        process.kill();
    }

    @Override
    public void close() {
        kill();
    }
}
