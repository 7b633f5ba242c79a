package io.millrace.ops.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.connectors.DebeziumConnectorConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.connect.cli.ConnectDistributed;
import org.apache.kafka.connect.runtime.Connect;

/** A distributed Kafka Connect worker in this process, with the plugins of the class path. */
public final class ConnectWorker implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Connect<?> connect;
    private final ConnectRest rest;
    private final ObjectMapper json = new ObjectMapper();

    private ConnectWorker(Connect<?> connect) {
        this.connect = connect;
        this.rest = new ConnectRest(
                "http://127.0.0.1:" + connect.rest().advertisedUrl().getPort());
    }

    /** Starts a worker whose connectors may refer to no variables but the environment's. */
    public static ConnectWorker start(String bootstrapServers, Path secrets, int port) {
        return start(bootstrapServers, secrets, port, Map.of());
    }

    /**
     * Starts a worker.
     *
     * @param secrets the folder whose files connectors may refer to by {@code ${file:...}}
     * @param variables what connectors may refer to by {@code ${env:...}} beside the environment
     */
    public static ConnectWorker start(String bootstrapServers, Path secrets, int port, Map<String, String> variables) {
        // Connect would stop itself when the process ends, beside us and after its broker, for which it then waits for
        // good.
        Exit.setShutdownHookAdder((name, hook) -> {});
        try {
            return new ConnectWorker(
                    new ConnectDistributed().startConnect(properties(bootstrapServers, secrets, port, variables)));
        } finally {
            Exit.resetShutdownHookAdder();
        }
    }

    /** As the other, for connectors that refer to no variables but the environment's. */
    public static Map<String, String> properties(String bootstrapServers, Path secrets, int port) {
        return properties(bootstrapServers, secrets, port, Map.of());
    }

    /** The properties of a worker, by which one in a process of its own joins those that are started here. */
    public static Map<String, String> properties(
            String bootstrapServers, Path secrets, int port, Map<String, String> variables) {
        Map<String, String> worker = new HashMap<>();
        worker.put("bootstrap.servers", bootstrapServers);
        worker.put("group.id", "connect");
        worker.put("config.storage.topic", "_connect_configs");
        worker.put("offset.storage.topic", "_connect_offsets");
        worker.put("status.storage.topic", "_connect_status");
        worker.put("config.storage.replication.factor", "1");
        worker.put("offset.storage.replication.factor", "1");
        worker.put("offset.storage.partitions", "1");
        worker.put("status.storage.replication.factor", "1");
        worker.put("status.storage.partitions", "1");
        worker.put("offset.flush.interval.ms", "1000");
        worker.put("scheduled.rebalance.max.delay.ms", "0");
        worker.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
        worker.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
        worker.put("listeners", "http://127.0.0.1:" + port);
        worker.put("plugin.discovery", "service_load");
        worker.put("config.providers", "file,env");
        worker.put("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider");
        worker.put("config.providers.file.param.allowed.paths", secrets.toString());
        worker.put("config.providers.env.class", StackVariables.class.getName());
        variables.forEach((name, value) -> worker.put("config.providers.env.param." + name, value));
        return worker;
    }

    /** The address of its REST interface. */
    public String url() {
        return rest.url();
    }

    /** Creates the connector, or gives it this configuration. */
    public void deploy(DebeziumConnectorConfig connector) {
        ObjectNode config = json.createObjectNode();
        connector.render().forEach(config::put);
        call("PUT", "/connectors/" + connector.connectorName() + "/config", config.toString());
    }

    /** Creates a connector of that name, or gives it this configuration. */
    public void deploy(String name, Map<String, String> properties) {
        ObjectNode config = json.createObjectNode();
        properties.forEach(config::put);
        call("PUT", "/connectors/" + name + "/config", config.toString());
    }

    /** Stops a connector and its tasks until it is resumed; its offsets are kept. */
    public void stop(String connectorName) {
        call("PUT", "/connectors/" + connectorName + "/stop", "");
    }

    /** Lets a connector that was stopped go on. */
    public void resume(String connectorName) {
        call("PUT", "/connectors/" + connectorName + "/resume", "");
    }

    /** What a connector and its tasks do, as Connect's REST interface tells it. */
    public JsonNode status(String connectorName) {
        return call("GET", "/connectors/" + connectorName + "/status", null);
    }

    /** Restarts a connector and its task. */
    public void restart(DebeziumConnectorConfig connector) {
        call("POST", "/connectors/" + connector.connectorName() + "/restart?includeTasks=true", "");
    }

    /** Stops a connector and its task until it is deployed again; its offsets are kept. */
    public void stop(DebeziumConnectorConfig connector) {
        call("PUT", "/connectors/" + connector.connectorName() + "/stop", "");
    }

    /** Stops a connector and waits until its task is gone; its offsets are kept. */
    public void halt(DebeziumConnectorConfig connector) {
        stop(connector);
        Instant deadline = Instant.now().plus(PATIENCE);
        while (true) {
            JsonNode status = call("GET", "/connectors/" + connector.connectorName() + "/status", null);
            if (status.path("connector").path("state").asText().equals("STOPPED")
                    && status.path("tasks").isEmpty()) {
                return;
            }
            if (Instant.now().isAfter(deadline)) {
                throw new IllegalStateException("connector " + connector.connectorName() + " does not stop: " + status);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Makes a halted connector forget how far it read, so that it takes a new snapshot. */
    public void forget(DebeziumConnectorConfig connector) {
        call("DELETE", "/connectors/" + connector.connectorName() + "/offsets", null);
    }

    /** Lets a halted connector run again, with this configuration. */
    public void resume(DebeziumConnectorConfig connector) {
        deploy(connector);
        call("PUT", "/connectors/" + connector.connectorName() + "/resume", "");
    }

    /** Removes a connector. */
    public void delete(DebeziumConnectorConfig connector) {
        call("DELETE", "/connectors/" + connector.connectorName(), null);
    }

    /** Waits until the connector's task runs. */
    public void awaitRunning(DebeziumConnectorConfig connector) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (true) {
            JsonNode status = call("GET", "/connectors/" + connector.connectorName() + "/status", null);
            JsonNode task = status.path("tasks").path(0);
            if (task.path("state").asText().equals("RUNNING")) {
                return;
            }
            if (task.path("state").asText().equals("FAILED") || Instant.now().isAfter(deadline)) {
                throw new IllegalStateException("connector " + connector.connectorName() + " does not run: " + status);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Why the task of a connector has failed; empty while it has not. */
    public Optional<String> failure(DebeziumConnectorConfig connector) {
        JsonNode task = call("GET", "/connectors/" + connector.connectorName() + "/status", null)
                .path("tasks")
                .path(0);
        return task.path("state").asText().equals("FAILED")
                ? Optional.of(task.path("trace").asText())
                : Optional.empty();
    }

    /** Whether the task of a connector runs. */
    public String stateOf(String connectorName) {
        return call("GET", "/connectors/" + connectorName + "/status", null)
                .path("tasks")
                .path(0)
                .path("state")
                .asText("UNKNOWN");
    }

    private JsonNode call(String method, String path, String body) {
        return rest.call(method, path, body);
    }

    @Override
    public void close() {
        connect.stop();
        connect.awaitStop();
    }
}
