package io.millrace.ops.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.stack.ConnectWorker;
import io.millrace.ops.stack.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Two Connect workers of a group of their own, each a process that can be killed, frozen and started again. */
final class SinkCluster implements AutoCloseable {
    private static final int WORKERS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final Path directory;
    private final List<Map<String, String>> configurations;
    private final int[] ports = new int[WORKERS];
    private final WorkerProcess[] workers = new WorkerProcess[WORKERS];
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(ANSWER).build();
    private final ObjectMapper json = new ObjectMapper();

    private SinkCluster(String bootstrapServers, Path secrets, Path directory) {
        this.directory = directory;
        for (int i = 0; i < WORKERS; i++) {
            ports[i] = Ports.free();
        }
        this.configurations = List.of(worker(bootstrapServers, secrets, 0), worker(bootstrapServers, secrets, 1));
    }

    private Map<String, String> worker(String bootstrapServers, Path secrets, int index) {
        Map<String, String> worker = new HashMap<>(ConnectWorker.properties(bootstrapServers, secrets, ports[index]));
        worker.put("group.id", "sinks");
        worker.put("config.storage.topic", "_sinks_configs");
        worker.put("offset.storage.topic", "_sinks_offsets");
        worker.put("status.storage.topic", "_sinks_status");
        worker.put("task.shutdown.graceful.timeout.ms", "2000");
        return worker;
    }

    /** Starts both workers; {@link #call} waits until one answers. */
    static SinkCluster start(String bootstrapServers, Path secrets, Path directory) throws IOException {
        SinkCluster cluster = new SinkCluster(bootstrapServers, secrets, directory);
        for (int i = 0; i < WORKERS; i++) {
            cluster.startWorker(i);
        }
        return cluster;
    }

    WorkerProcess worker(int index) {
        return workers[index];
    }

    /** Starts a worker, in the place of one that was killed. */
    void startWorker(int index) throws IOException {
        workers[index] = WorkerProcess.start(configurations.get(index), directory, "sink-worker" + index);
    }

    void deploy(String name, Map<String, String> properties) {
        call(
                "PUT",
                "/connectors/" + name + "/config",
                json.valueToTree(properties).toString());
    }

    JsonNode status(String name) {
        return call("GET", "/connectors/" + name + "/status", null);
    }

    /** Calls Connect's REST interface by any worker that answers. */
    JsonNode call(String method, String path, String body) {
        Instant deadline = Instant.now().plus(PATIENCE);
        String last = "no worker runs";
        for (int i = 0; Instant.now().isBefore(deadline); i = (i + 1) % WORKERS) {
            if (workers[i].isRunning()) {
                try {
                    HttpResponse<String> response = http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ports[i] + path))
                                    .timeout(ANSWER)
                                    .header("Content-Type", "application/json")
                                    .method(
                                            method,
                                            body == null
                                                    ? HttpRequest.BodyPublishers.noBody()
                                                    : HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
                    if (response.statusCode() / 100 == 2) {
                        return json.readTree(response.body().isEmpty() ? "{}" : response.body());
                    }
                    last = response.statusCode() + " " + response.body();
                } catch (IOException e) {
                    last = e.toString();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted while waiting for Connect", e);
                }
            }
            pause();
        }
        throw new IllegalStateException(method + " " + path + " failed for " + PATIENCE.toSeconds() + " s: " + last);
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        for (WorkerProcess worker : workers) {
            if (worker != null) {
                worker.kill();
            }
        }
    }
}
