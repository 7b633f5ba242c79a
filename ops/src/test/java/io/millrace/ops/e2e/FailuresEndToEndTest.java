package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cli.Millrace;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.schemas.DeadLetterHeaders;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The outcomes that docs/errors.md promises, with real parts. Each test has ids of its own, so that any order will do. */
final class FailuresEndToEndTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String DATABASE = "failures";
    private static final String PARCELS = DATABASE + ".parcels";
    private static final String TABLES = """
            CREATE TABLE parcels (id integer PRIMARY KEY, weight integer NOT NULL);
            CREATE TABLE labels (id integer PRIMARY KEY, note text);
            """;
    private static final String VIEWS = """
            CREATE VIEW shares AS SELECT id, 100 / weight AS share FROM parcels;
            CREATE VIEW notes AS SELECT id, note FROM labels;
            """;

    @TempDir
    private static Path directory;

    private static Stack stack;
    private static PostgresServer shard;
    private static DeployedTopology topology;
    private static ServedViews served;
    private static KafkaProducer<byte[], byte[]> producer;

    @BeforeAll
    static void start() throws Exception {
        stack = Stack.start(
                new StackOptions(DATABASE, 1, TABLES, null, directory.resolve("stack"), false, 2, 0), progress -> {});
        shard = stack.shards().get(0);
        topology = new DeployedTopology(
                stack, DATABASE, pipeline("failures", TABLES, VIEWS), Files.createDirectories(directory.resolve("t")));
        topology.start();
        topology.awaitReady();
        served = new ServedViews(topology.url());
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.broker().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @AfterAll
    static void stop() throws Exception {
        if (topology != null) {
            topology.stop();
        }
        for (AutoCloseable each : new AutoCloseable[] {producer, stack}) {
            if (each != null) {
                each.close();
            }
        }
    }

    @Test
    void aRowThatFailsAnExpressionIsSetAsideUntilAChangeMendsIt() throws Exception {
        shard.execute("INSERT INTO parcels VALUES (10, 0), (11, 50)");
        awaitRow("shares", 11, "{\"id\":11,\"share\":2}");
        var dead = awaitDeadLetter(DATABASE + ".shares.dlq", "expression_failed");
        assertThat(new String(dead.value(), StandardCharsets.UTF_8)).isEqualTo("{\"id\":10,\"weight\":0}");
        assertThat(headers(dead))
                .containsEntry(DeadLetterHeaders.VIEW, "shares")
                .containsEntry(DeadLetterHeaders.SQLSTATE, "22012")
                .containsEntry(DeadLetterHeaders.SHARD, shard.name())
                .containsEntry(DeadLetterHeaders.MESSAGE, "division by zero")
                .containsKeys(DeadLetterHeaders.OPERATOR, DeadLetterHeaders.POSITION);
        awaitCounted(DATABASE + ".shares.dlq", "expression_failed");
        assertThat(served.get("/v1/views/shares/10")).isEmpty();
        shard.execute("UPDATE parcels SET weight = 25 WHERE id = 10");
        awaitRow("shares", 10, "{\"id\":10,\"share\":4}");
    }

    @Test
    void aRecordThatCannotBeDecodedIsSetAsideAsItCame() throws Exception {
        byte[] key = {1, 2};
        byte[] value = "not a change".getBytes(StandardCharsets.UTF_8);
        send(new ProducerRecord<>(PARCELS, 0, key, value));
        var dead = awaitDeadLetter(PARCELS + ".dlq", "malformed");
        assertThat(dead.key()).isEqualTo(key);
        assertThat(dead.value()).isEqualTo(value);
        assertThat(headers(dead))
                .containsEntry(DeadLetterHeaders.TOPIC, PARCELS)
                .containsEntry(DeadLetterHeaders.PARTITION, "0")
                .containsEntry(DeadLetterHeaders.APPLICATION, DATABASE)
                .containsKeys(DeadLetterHeaders.OFFSET, DeadLetterHeaders.MESSAGE, DeadLetterHeaders.EXCEPTION);
        awaitCounted(PARCELS + ".dlq", "malformed");
        assertThat(topology.log()).contains("set aside in " + DATABASE);
        shard.execute("INSERT INTO parcels VALUES (20, 20)");
        awaitRow("shares", 20, "{\"id\":20,\"share\":5}");
    }

    @Test
    void aRecordInAnotherPartitionThanItsKeysIsSetAside() throws Exception {
        shard.execute("INSERT INTO parcels VALUES (30, 10)");
        awaitRow("shares", 30, "{\"id\":30,\"share\":10}");
        var change = read(PARCELS).stream()
                .filter(record -> record.value() != null && record.key().length > 2)
                .findFirst()
                .orElseThrow();
        send(new ProducerRecord<>(PARCELS, 1 - change.partition(), change.key(), change.value()));
        var dead = awaitDeadLetter(PARCELS + ".dlq", "wrong_partition");
        assertThat(dead.value()).isEqualTo(change.value());
        assertThat(headers(dead).get(DeadLetterHeaders.MESSAGE)).contains("PayloadPartitioner");
        awaitCounted(PARCELS + ".dlq", "wrong_partition");
    }

    @Test
    void changesOfATableThatLostAColumnAreSetAsideUntilItIsBack() throws Exception {
        shard.execute("INSERT INTO labels VALUES (40, 'kept')");
        awaitRow("notes", 40, "{\"id\":40,\"note\":\"kept\"}");
        shard.execute("ALTER TABLE labels DROP COLUMN note");
        shard.execute("INSERT INTO labels VALUES (41)");
        var dead = awaitDeadLetter(DATABASE + ".labels.dlq", "column_missing");
        assertThat(headers(dead).get(DeadLetterHeaders.MESSAGE)).contains("column note of table labels");
        awaitCounted(DATABASE + ".labels.dlq", "column_missing");
        shard.execute("INSERT INTO parcels VALUES (42, 2)");
        awaitRow("shares", 42, "{\"id\":42,\"share\":50}");
        shard.execute("ALTER TABLE labels ADD COLUMN note text");
        shard.execute("UPDATE labels SET note = 'back' WHERE id = 41");
        awaitRow("notes", 41, "{\"id\":41,\"note\":\"back\"}");
        awaitRow("notes", 40, "{\"id\":40,\"note\":\"kept\"}");
    }

    @Test
    void changesGoOnWhenADatabaseComesBack() throws Exception {
        shard.execute("INSERT INTO parcels VALUES (50, 4)");
        shard.restart();
        shard.execute("INSERT INTO parcels VALUES (51, 5)");
        awaitRow("shares", 50, "{\"id\":50,\"share\":25}");
        awaitRow("shares", 51, "{\"id\":51,\"share\":20}");
    }

    @Test
    void aMissingSourceTopicEndsTheStart() throws Exception {
        Path folder = pipeline(
                "missing",
                "CREATE TABLE nowhere (id integer PRIMARY KEY);",
                "CREATE VIEW v AS SELECT id FROM nowhere;");
        assertThat(run(folder, "missing", Map.of()))
                .isEqualTo(new Ended(1, "millrace: the source topic is missing: failures.nowhere"));
    }

    @Test
    void aSourceTopicThatIsDeletedLaterEndsTheRun() throws Exception {
        Path folder = pipeline(
                "deleted",
                "CREATE TABLE visits (page text) WITH (topic = 'visits', format = 'json');",
                "CREATE VIEW pages AS SELECT page, count(*) AS visits FROM visits GROUP BY page;");
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", stack.broker().bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic("visits", 2, (short) 1)))
                    .all()
                    .get();
            StringWriter out = new StringWriter();
            CompletableFuture<Ended> ended = CompletableFuture.supplyAsync(
                    () -> run(folder, "deleted", Map.of("kafka.metadata.max.age.ms", "500"), out));
            patiently("its start").until(() -> out.toString().contains("ready: "));
            admin.deleteTopics(List.of("visits")).all().get();
            assertThat(ended.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).code).isEqualTo(69);
            assertThat(out.toString()).contains("millrace: the pipeline stopped: a source topic was deleted");
        }
    }

    @Test
    void aTopicWithAnotherPartitionCountEndsTheStart() throws Exception {
        Ended ended = run(pipeline("counts", TABLES, VIEWS), "counts", Map.of("partitions", "3"));
        assertThat(ended.code).isEqualTo(1);
        assertThat(ended.message).contains("has 2 partitions, but the pipeline has 3");
    }

    @Test
    void aTopicThatDoesNotKeepEveryRecordOfATableWithoutAKeyEndsTheStart() throws Exception {
        Path folder = pipeline(
                "unkeyed",
                "CREATE TABLE labels (id integer, note text); ALTER TABLE labels REPLICA IDENTITY FULL;",
                "CREATE VIEW notes AS SELECT note FROM labels;");
        Ended ended = run(folder, "unkeyed", Map.of());
        assertThat(ended.code).isEqualTo(1);
        assertThat(ended.message)
                .startsWith("millrace: failures.labels is the topic of a table without a primary key")
                .endsWith("but has cleanup.policy=compact");
    }

    @Test
    void aBrokerThatDoesNotAnswerEndsTheStart() throws Exception {
        Ended ended = run(
                pipeline("brokerless", TABLES, VIEWS),
                "brokerless",
                Map.of(
                        "kafka.bootstrap.servers", "127.0.0.1:1",
                        "kafka.request.timeout.ms", "1000",
                        "kafka.default.api.timeout.ms", "1500"));
        assertThat(ended).isEqualTo(new Ended(69, "millrace: no broker answers at 127.0.0.1:1"));
    }

    @Test
    void aRegistryThatDoesNotAnswerEndsTheStart() throws Exception {
        Ended ended = run(
                pipeline("unregistered", TABLES, VIEWS),
                "unregistered",
                Map.of("schema.registry.url", "http://127.0.0.1:1"));
        assertThat(ended)
                .isEqualTo(new Ended(
                        69, "millrace: the schema registry at http://127.0.0.1:1 does not answer: no connection"));
    }

    @Test
    void aMistakeInAPipelinesFilesEndsTheStartWithItsPlace() throws Exception {
        Path folder = pipeline("mistaken", TABLES, "CREATE VIEW v AS\nSELECT wait FROM parcels;");
        Ended ended = run(folder, "mistaken", Map.of());
        assertThat(ended.code).isEqualTo(1);
        assertThat(ended.message).contains("views.sql:2:8").contains("wait");
    }

    /** How a command ended: its exit code, and the first line that it wrote to its error stream. */
    private record Ended(int code, String message) {}

    private static Ended run(Path folder, String application, Map<String, String> changed) {
        return run(folder, application, changed, new StringWriter());
    }

    private static Ended run(Path folder, String application, Map<String, String> changed, StringWriter out) {
        Map<String, String> properties = new java.util.TreeMap<>(Map.of(
                "application.id",
                application,
                "database",
                DATABASE,
                "kafka.bootstrap.servers",
                stack.broker().bootstrapServers(),
                "schema.registry.url",
                stack.registry().url(),
                "partitions",
                "2",
                "http.port",
                "0",
                "state.dir",
                directory.resolve("state-" + application).toString()));
        properties.putAll(changed);
        Path config = folder.resolve("run.properties");
        List<String> lines = new ArrayList<>();
        properties.forEach((name, value) -> lines.add(name + " = " + value));
        try {
            Files.write(config, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        CommandLine line = Millrace.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
        int code = line.execute("run", "--pipeline", folder.toString(), "--config", config.toString());
        String written = out.toString();
        assertThat(written).doesNotContain("\tat ", "Exception");
        return new Ended(code, written.lines().findFirst().orElse(""));
    }

    private static Path pipeline(String name, String tables, String views) throws Exception {
        Path folder = Files.createDirectories(directory.resolve("pipelines").resolve(name));
        Files.writeString(folder.resolve("tables.sql"), tables);
        Files.writeString(folder.resolve("views.sql"), views);
        return folder;
    }

    private static void send(ProducerRecord<byte[], byte[]> record) throws Exception {
        producer.send(record).get(30, TimeUnit.SECONDS);
    }

    private static void awaitRow(String view, int id, String row) {
        patiently(view + "/" + id).untilAsserted(() -> assertThat(served.get("/v1/views/" + view + "/" + id))
                .contains(row));
    }

    private static ConsumerRecord<byte[], byte[]> awaitDeadLetter(String topic, String reason) {
        return patiently("a dead letter in " + topic)
                .until(
                        () -> read(topic).stream()
                                .filter(record -> reason.equals(headers(record).get(DeadLetterHeaders.REASON)))
                                .toList(),
                        found -> found.size() == 1)
                .get(0);
    }

    private static void awaitCounted(String topic, String reason) {
        patiently("the counter of " + topic).untilAsserted(() -> assertThat(
                        served.get("/metrics").orElse(""))
                .contains("millrace_dead_letters_total{reason=\"" + reason + "\",topic=\"" + topic + "\"} 1.0"));
    }

    private static ConditionFactory patiently(String what) {
        return Awaitility.await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
    }

    private static Map<String, String> headers(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new java.util.TreeMap<>();
        record.headers()
                .forEach(header -> headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
        return headers;
    }

    /** All committed records of a topic. */
    private static List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        Map<String, Object> properties = Map.of(
                "bootstrap.servers",
                stack.broker().bootstrapServers(),
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                false);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }
}
