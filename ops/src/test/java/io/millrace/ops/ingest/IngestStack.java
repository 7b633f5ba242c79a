package io.millrace.ops.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.ops.registry.DevelopmentRegistry;
import io.millrace.schemas.AvroSerdes;
import io.millrace.schemas.RegistryClient;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.cli.ConnectDistributed;
import org.apache.kafka.connect.runtime.Connect;
import org.apache.kafka.metadata.storage.Formatter;
import org.awaitility.Awaitility;

/** Two PostgreSQL shards, a broker, the development registry and a Connect worker, all in this JVM. */
final class IngestStack implements AutoCloseable {
    static final String DATABASE = "photos";
    static final int PARTITIONS = 3;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Part> started = new ArrayList<>();
    private final List<EmbeddedPostgres> shards = new ArrayList<>();
    private final String bootstrap;
    private final DevelopmentRegistry registry;
    private final RegistryClient registryClient;
    private final Path secrets;
    private final String connectUrl;

    /** What was started and must be stopped. */
    private interface Part {
        void stop() throws IOException;
    }

    /** One change event, or a tombstone. */
    record Event(GenericRecord key, GenericRecord value, int partition, long offset, int keySchemaId) {}

    IngestStack(Path directory) throws Exception {
        for (int i = 0; i < 2; i++) {
            EmbeddedPostgres shard = EmbeddedPostgres.builder()
                    .setServerConfig("wal_level", "logical")
                    .setServerConfig("synchronous_commit", "on")
                    .start();
            started.add(shard::close);
            shards.add(shard);
        }
        bootstrap = startBroker(directory);
        registry = DevelopmentRegistry.start(bootstrap, 0);
        started.add(registry::close);
        registryClient = new RegistryClient(registry.url());
        secrets = directory.resolve("secrets.properties");
        Files.writeString(secrets, "shard.password=postgres\n");
        Connect<?> connect = new ConnectDistributed().startConnect(workerProperties(directory));
        started.add(() -> {
            connect.stop();
            connect.awaitStop();
        });
        connectUrl = "http://127.0.0.1:" + connect.rest().advertisedUrl().getPort();
    }

    private String startBroker(Path directory) throws Exception {
        int brokerPort = freePort();
        int controllerPort = freePort();
        Path log = directory.resolve("kafka");
        Map<String, Object> properties = new HashMap<>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", "1");
        properties.put("log.dirs", log.toString());
        properties.put("listeners", "B://127.0.0.1:" + brokerPort + ",C://127.0.0.1:" + controllerPort);
        properties.put("advertised.listeners", "B://127.0.0.1:" + brokerPort);
        properties.put("listener.security.protocol.map", "B:PLAINTEXT,C:PLAINTEXT");
        properties.put("inter.broker.listener.name", "B");
        properties.put("controller.listener.names", "C");
        properties.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        properties.put("offsets.topic.num.partitions", "1");
        properties.put("offsets.topic.replication.factor", "1");
        properties.put("transaction.state.log.replication.factor", "1");
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.put("default.replication.factor", "1");
        new Formatter()
                .setNodeId(1)
                .setClusterId(Uuid.randomUuid().toString())
                .addDirectory(log.toString())
                .setMetadataLogDirectory(log.toString())
                .setControllerListenerName("C")
                .run();
        KafkaRaftServer broker = new KafkaRaftServer(new KafkaConfig(properties), Time.SYSTEM);
        broker.startup();
        started.add(() -> {
            broker.shutdown();
            broker.awaitShutdown();
        });
        return "127.0.0.1:" + brokerPort;
    }

    private Map<String, String> workerProperties(Path directory) {
        Map<String, String> worker = new HashMap<>();
        worker.put("bootstrap.servers", bootstrap);
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
        worker.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
        worker.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
        worker.put("listeners", "http://127.0.0.1:0");
        worker.put("config.providers", "file");
        worker.put("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider");
        worker.put("config.providers.file.param.allowed.paths", directory.toString());
        return worker;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    String bootstrap() {
        return bootstrap;
    }

    RegistryClient registry() {
        return registryClient;
    }

    Connection connection(int shard) throws SQLException {
        return shards.get(shard - 1).getPostgresDatabase().getConnection();
    }

    void execute(int shard, String... statements) throws SQLException {
        try (Connection connection = connection(shard);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    DebeziumConnectorConfig connector(int shard, List<DebeziumConnectorConfig.TableName> tables) {
        return new DebeziumConnectorConfig(
                DATABASE,
                "s" + shard,
                "127.0.0.1",
                shards.get(shard - 1).getPort(),
                "postgres",
                "postgres",
                "${file:" + secrets + ":shard.password}",
                tables,
                Set.of(),
                registry.url(),
                PARTITIONS,
                500,
                Map.of());
    }

    /** Creates the connector, or gives it this configuration. */
    void deploy(DebeziumConnectorConfig connector) {
        ObjectNode config = json.createObjectNode();
        connector.render().forEach(config::put);
        connect("PUT", "/connectors/" + connector.connectorName() + "/config", config.toString());
    }

    void restart(DebeziumConnectorConfig connector) {
        connect("POST", "/connectors/" + connector.connectorName() + "/restart?includeTasks=true", "");
    }

    /** Makes the connector forget how far it read, so that it takes a new snapshot. */
    void forgetOffsets(DebeziumConnectorConfig connector) {
        String path = "/connectors/" + connector.connectorName();
        connect("PUT", path + "/stop", "");
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> connect("GET", path + "/status", null)
                                .path("connector")
                                .path("state")
                                .asText()
                                .equals("STOPPED")
                        && connect("GET", path + "/status", null).path("tasks").isEmpty());
        connect("DELETE", path + "/offsets", null);
        connect("PUT", path + "/resume", "");
    }

    JsonNode connect(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(connectUrl + path))
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build();
        return Awaitility.await()
                .atMost(PATIENCE)
                // While the worker joins its group it answers 409, before it is up not at all.
                .ignoreExceptions()
                .until(
                        () -> {
                            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
                            if (response.statusCode() / 100 != 2) {
                                throw new IllegalStateException(
                                        method + " " + path + ": " + response.statusCode() + " " + response.body());
                            }
                            return json.readTree(response.body().isEmpty() ? "{}" : response.body());
                        },
                        answer -> true);
    }

    /** All that the topic holds now, each partition in its order. */
    List<Event> read(String topic) {
        List<Event> events = new ArrayList<>();
        Map<String, Object> properties = Map.of("bootstrap.servers", bootstrap, "enable.auto.commit", false);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    events.add(new Event(
                            AvroSerdes.keys(registryClient).deserializer().deserialize(topic, record.key()),
                            AvroSerdes.values(registryClient).deserializer().deserialize(topic, record.value()),
                            record.partition(),
                            record.offset(),
                            io.millrace.schemas.WireFormat.schemaId(record.key())));
                }
            }
        }
        return events;
    }

    @Override
    public void close() throws IOException {
        for (int i = started.size() - 1; i >= 0; i--) {
            started.get(i).stop();
        }
    }
}
