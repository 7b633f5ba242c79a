package io.millrace.ops.serve;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.ops.registry.DevelopmentRegistry;
import io.millrace.ops.stack.Broker;
import io.millrace.ops.stack.EventTopic;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.serve.PipelineServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/** Two instances of a pipeline over an event topic, each with some of the partitions; no databases are needed for that. */
final class InstancePair implements AutoCloseable {
    static final int PARTITIONS = 4;
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path directory;
    private final Broker broker;
    private final DevelopmentRegistry registry;
    private final EventTopic events;
    final PipelineServer first;
    final PipelineServer second;

    InstancePair(Path directory) throws Exception {
        this.directory = directory;
        broker = Broker.start(directory.resolve("kafka"), 0);
        registry = DevelopmentRegistry.start(broker.bootstrapServers(), 0);
        events = EventTopic.create(broker.bootstrapServers(), "sales", PARTITIONS);
        Path folder = Files.createDirectories(directory.resolve("sales"));
        Files.writeString(folder.resolve("tables.sql"), """
                CREATE TABLE sales (shop text NOT NULL, article bigint NOT NULL, pieces integer NOT NULL)
                  WITH (topic = 'sales', format = 'json');
                """);
        Files.writeString(folder.resolve("views.sql"), """
                CREATE VIEW sold AS SELECT shop, article, sum(pieces) AS pieces FROM sales GROUP BY shop, article;
                CREATE INDEX ON sold (article, pieces DESC);
                """);
        first = start(folder, "first");
        second = start(folder, "second");
        first.awaitReady(PATIENCE);
        second.awaitReady(PATIENCE);
        Awaitility.await("both hold partitions").atMost(PATIENCE).until(() -> {
            int one = partitionsOf(first);
            int other = partitionsOf(second);
            return one > 0 && other > 0 && one + other == PARTITIONS;
        });
    }

    private static int partitionsOf(PipelineServer server) {
        return server.served("sold")
                .map(view -> server.views().held(view).partitions())
                .orElse(0);
    }

    private Path properties(String name) {
        return directory.resolve(name + ".properties");
    }

    private PipelineServer start(Path folder, String name) throws IOException {
        int port = freePort();
        Files.writeString(
                properties(name),
                String.join(
                        "\n",
                        "kafka.bootstrap.servers = " + broker.bootstrapServers(),
                        "schema.registry.url = " + registry.url(),
                        "partitions = " + PARTITIONS,
                        "threads = 1",
                        "http.port = " + port,
                        "application.server = 127.0.0.1:" + port,
                        "state.dir = " + directory.resolve("state-" + name)));
        PlannedPipeline planned = PlannedPipeline.read(folder, Optional.of(properties(name)), Map.of());
        return PipelineServer.start(
                planned, planned.pipeline().config(), new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    void sell(String shop, int article, int pieces) {
        events.send("{\"shop\":\"" + shop + "\",\"article\":" + article + ",\"pieces\":" + pieces + "}");
    }

    void flush() throws Exception {
        events.flush();
    }

    @Override
    public void close() {
        second.close();
        first.close();
        events.close();
        registry.close();
        broker.close();
    }
}
