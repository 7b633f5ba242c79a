package io.millrace.ops.serve;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.ops.e2e.FaultyProxy;
import io.millrace.ops.registry.DevelopmentRegistry;
import io.millrace.ops.stack.Broker;
import io.millrace.ops.stack.EventTopic;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.schemas.Invalidation;
import io.millrace.serve.PipelineServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;

/** Two instances of a pipeline over an event topic, each with some of the partitions; no databases are needed for that. */
final class InstancePair implements AutoCloseable {
    static final int PARTITIONS = 4;
    static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration SEEMS_DEAD = Duration.ofMillis(1_500);

    private final Path directory;
    private final Broker broker;
    private final DevelopmentRegistry registry;
    private final EventTopic events;
    private final Path folder;
    private FaultyProxy beforeSecond;
    private final PrometheusMeterRegistry secondMeters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final PrometheusMeterRegistry firstMeters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    final PipelineServer first;
    final PipelineServer second;

    InstancePair(Path directory) throws Exception {
        this.directory = directory;
        broker = Broker.start(directory.resolve("kafka"), 0);
        registry = DevelopmentRegistry.start(broker.bootstrapServers(), 0);
        events = EventTopic.create(broker.bootstrapServers(), "sales", PARTITIONS);
        folder = Files.createDirectories(directory.resolve("sales"));
        Files.writeString(folder.resolve("tables.sql"), """
                CREATE TABLE sales (shop text NOT NULL, article bigint NOT NULL, pieces integer NOT NULL)
                  WITH (topic = 'sales', format = 'json');
                """);
        Files.writeString(folder.resolve("views.sql"), """
                CREATE VIEW sold AS SELECT shop, article, sum(pieces) AS pieces FROM sales GROUP BY shop, article;
                CREATE INDEX ON sold (article, pieces DESC);
                CREATE SINK pages FROM sold WITH (type = 'cdn', tags = 'article/{article}');
                """);
        int port = freePort();
        first = start("first", port, port, firstMeters);
        port = freePort();
        beforeSecond = FaultyProxy.start(port);
        second = start("second", port, beforeSecond.port(), secondMeters);
        first.awaitReady(PATIENCE);
        second.awaitReady(PATIENCE);
        awaitBothHoldPartitions();
        Awaitility.await("both watch each other")
                .atMost(PATIENCE)
                .until(() -> watched(firstMeters) == 1 && watched(secondMeters) == 1);
    }

    void awaitBothHoldPartitions() {
        Awaitility.await("both hold partitions").atMost(PATIENCE).until(() -> {
            int one = partitionsOf(first);
            int other = partitionsOf(second);
            return one > 0 && other > 0 && one + other == PARTITIONS;
        });
    }

    /** Cuts the second off from the first, which is refused at its port as if it were dead, while it lives. */
    void haveTheSecondSeemDead() throws Exception {
        beforeSecond.close();
        Thread.sleep(SEEMS_DEAD.toMillis());
        beforeSecond = beforeSecond.startAgain();
    }

    /** How often one has taken over. */
    long takeovers() {
        return firstMeters.get("millrace.takeover").timer().count()
                + secondMeters.get("millrace.takeover").timer().count();
    }

    private static double watched(PrometheusMeterRegistry meters) {
        return meters.get("millrace.peers.watched").gauge().value();
    }

    private static int partitionsOf(PipelineServer server) {
        return server.served("sold")
                .map(view -> server.views().held(view).partitions())
                .orElse(0);
    }

    private Path properties(String name) {
        return directory.resolve(name + ".properties");
    }

    private PipelineServer start(String name, int port, int portForOthers, PrometheusMeterRegistry meters)
            throws IOException {
        writeProperties(name, port, portForOthers);
        PlannedPipeline planned = PlannedPipeline.read(folder, Optional.of(properties(name)), Map.of());
        return PipelineServer.start(planned, planned.pipeline().config(), meters);
    }

    /** Starts a third instance in a process of its own, and waits until it holds partitions. */
    InstanceProcess startProcess() throws IOException {
        int port = freePort();
        writeProperties("third", port, port);
        InstanceProcess process =
                InstanceProcess.start(folder, properties("third"), directory.resolve("third.log"), port);
        process.awaitPartitions(PATIENCE);
        process.awaitSink(PATIENCE);
        Awaitility.await("all watch each other")
                .atMost(PATIENCE)
                .until(() -> watched(firstMeters) == 2 && watched(secondMeters) == 2 && process.watched() == 2);
        return process;
    }

    private void writeProperties(String name, int port, int portForOthers) throws IOException {
        Files.writeString(
                properties(name),
                String.join(
                        "\n",
                        "kafka.bootstrap.servers = " + broker.bootstrapServers(),
                        "schema.registry.url = " + registry.url(),
                        "partitions = " + PARTITIONS,
                        "threads = 1",
                        "http.port = " + port,
                        "application.server = 127.0.0.1:" + portForOthers,
                        "standby.replicas = 1",
                        "state.dir = " + directory.resolve("state-" + name)));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    void sell(String shop, int article, int pieces) {
        events.send("{\"shop\":\"" + shop + "\",\"article\":" + article + ",\"pieces\":" + pieces + "}");
    }

    /** The tags that caches were told to forget since a time, in milliseconds. */
    Set<String> toldSince(long sinceMs) {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                false);
        Set<String> told = new TreeSet<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(Invalidation.TOPIC).stream()
                    .map(each -> new TopicPartition(each.topic(), each.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
                for (ConsumerRecord<String, byte[]> each : consumer.poll(Duration.ofMillis(100))) {
                    if (each.timestamp() >= sinceMs) {
                        told.add(each.key());
                    }
                }
            }
        }
        return told;
    }

    /** The ids of the members of the group that tells caches. */
    Set<String> membersOfSink() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            return admin.describeConsumerGroups(List.of("sales-cdn")).all().get().get("sales-cdn").members().stream()
                    .map(MemberDescription::consumerId)
                    .collect(Collectors.toSet());
        }
    }

    void flush() throws Exception {
        events.flush();
    }

    @Override
    public void close() throws IOException {
        second.close();
        first.close();
        beforeSecond.close();
        events.close();
        registry.close();
        broker.close();
    }
}
