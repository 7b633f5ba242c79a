package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cli.Millrace;
import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import picocli.CommandLine;

/**
 * Tables without a primary key on two shards, from real Debezium to {@code millrace verify}: rows that are there several
 * times, rows of one COPY, a unique index whose columns change, transactions that commit in another order than they wrote,
 * a connector that is restarted, sends what it sent before, and takes its snapshot again, and TRUNCATE. Beside them an event
 * topic whose events come again.
 */
final class TablesWithoutKeyEndToEndTest {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final String DATABASE = "ops";
    private static final int PARTITIONS = 2;
    private static final int ALARMS = 40;
    private static final String TABLES = """
            CREATE TABLE hosts (name text PRIMARY KEY, owner text);
            CREATE TABLE logs (host text, line text, level integer, at timestamptz);
            ALTER TABLE ONLY public.logs REPLICA IDENTITY FULL;
            CREATE TABLE leases (address text UNIQUE, host text NOT NULL);
            ALTER TABLE leases REPLICA IDENTITY FULL;
            CREATE TABLE alarms (alarm_id numeric, host text)
                WITH (topic = 'alarms', format = 'json', deduplicate_by = 'alarm_id', deduplicate_for = '6 hours');
            """;
    private static final String VIEWS = """
            CREATE VIEW lines AS SELECT host, line FROM logs;
            CREATE VIEW levels AS SELECT level, count(*) AS n, count(DISTINCT host) AS hosts, max(at) AS latest FROM logs GROUP BY level;
            CREATE VIEW owned AS SELECT l.line, h.owner FROM logs l LEFT JOIN hosts h ON h.name = l.host;
            CREATE VIEW total AS SELECT count(*) AS n FROM logs;
            CREATE VIEW leased AS SELECT address, host FROM leases;
            CREATE VIEW alarmed AS SELECT alarm_id::integer AS alarm, host FROM alarms;
            CREATE VIEW silent AS SELECT host FROM leases EXCEPT ALL SELECT host FROM logs;
            """;
    private static final List<String> NAMES =
            List.of("lines", "levels", "owned", "total", "leased", "alarmed", "silent");
    private static final String BEFORE_CAPTURE = """
            INSERT INTO logs SELECT 'a', 'boot', 1, '2024-02-29 12:00+00' FROM generate_series(1, 3);
            INSERT INTO logs VALUES ('b', NULL, NULL, NULL), (NULL, NULL, NULL, NULL);
            INSERT INTO leases VALUES ('10.0.0.1', 'a'), ('10.0.0.2', 'b'), (NULL, 'b'), (NULL, 'b');
            """;
    private static final String ONE_OF_MANY = " WHERE ctid = (SELECT min(ctid) FROM logs WHERE line = 'boot')";

    @TempDir
    private static Path directory;

    private static Path pipeline;
    private static Stack stack;
    private static DeployedTopology topology;
    private static PostgresServer shard;

    @BeforeAll
    static void start() throws Exception {
        pipeline = Files.createDirectories(directory.resolve("pipeline"));
        Files.writeString(pipeline.resolve("tables.sql"), TABLES);
        Files.writeString(pipeline.resolve("views.sql"), VIEWS);
        stack = Stack.start(
                new StackOptions(DATABASE, 2, TABLES, BEFORE_CAPTURE, directory.resolve("stack"), false, PARTITIONS, 0),
                progress -> {});
        shard = stack.shards().get(0);
        topology = new DeployedTopology(stack, DATABASE, pipeline, Files.createDirectories(directory.resolve("t")));
        topology.start();
        topology.awaitReady();
    }

    @AfterAll
    static void stop() throws Exception {
        if (topology != null) {
            topology.stop();
        }
        if (stack != null) {
            stack.close();
        }
    }

    @Test
    void everyViewEqualsPostgresWhateverHappensToRowsAndConnectors() throws Exception {
        awaitEqual("the snapshot");
        shard.execute("INSERT INTO hosts VALUES ('a', 'Ada'), ('b', 'Bob')");
        shard.execute("INSERT INTO logs VALUES ('a', 'boot', 1, now()), ('a', 'boot', 1, now())");
        shard.execute("UPDATE logs SET line = 'booted', at = NULL" + ONE_OF_MANY);
        shard.execute("DELETE FROM logs" + ONE_OF_MANY);
        shard.execute("UPDATE leases SET address = '10.0.0.3' WHERE address = '10.0.0.1'");
        shard.execute("UPDATE leases SET address = '10.0.0.9', host = 'c' WHERE address IS NULL AND host = 'b'"
                + " AND ctid = (SELECT min(ctid) FROM leases WHERE address IS NULL)");
        copyRows(shard, 700);
        commitInAnotherOrder(shard);
        raiseAlarms(0);
        raiseAlarms(1);
        awaitEqual("changes");

        stack.connect().restart(stack.connectors().get(0));
        copyRows(stack.shards().get(1), 300);
        stack.connect().restart(stack.connectors().get(1));
        shard.execute("UPDATE logs SET line = repeat(md5(line), 100000) WHERE line = 'booted'");
        shard.execute("UPDATE logs SET level = 4 WHERE length(line) > 100");
        topology.kill();
        sendAgain(DATABASE + ".logs", 10, 500);
        sendAgain(DATABASE + ".leases", 8, 3);
        raiseAlarms(1);
        topology.start();
        topology.awaitReady();
        shard.execute("DELETE FROM logs WHERE length(line) > 100");
        awaitEqual("restarts and a replay");
        assertThat(records("alarms")).hasSize(3 * ALARMS);
        assertThat(verify("alarmed")).startsWith("alarmed: " + ALARMS + " rows, all equal to PostgreSQL's");

        takeSnapshotAgain(stack.connectors().get(0));
        for (int i = 0; i < 20; i++) {
            shard.execute("INSERT INTO logs VALUES ('a', 'boot', 1, now())");
        }
        awaitEqual("a second snapshot");

        shard.execute("TRUNCATE logs");
        shard.execute("TRUNCATE hosts");
        shard.execute("INSERT INTO hosts VALUES ('a', 'Ada'), ('b', 'Bob')");
        shard.execute("INSERT INTO logs VALUES ('a', 'after all', 1, now())");
        awaitEqual("TRUNCATE");
        assertThat(records(DATABASE + ".logs.dlq")).isEmpty();
        assertThat(records(DATABASE + ".leases.dlq")).isEmpty();
        assertThat(records(DATABASE + ".logs")).allMatch(record -> record.key() == null);
        assertThat(records(DATABASE + ".leases")).allMatch(record -> record.key() == null);
    }

    /** Many equal rows and others, which PostgreSQL logs together. */
    private static void copyRows(PostgresServer server, int count) throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append("a\tline ").append(i % 3).append("\t2\t2024-03-01 00:00:00+00\n");
        }
        try (Connection connection = server.connect()) {
            connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY logs FROM STDIN", new StringReader(lines.toString()));
        }
    }

    /** Sends the same alarms as ever, their ids in another form in every other partition. */
    private static void raiseAlarms(int toPartition) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.broker().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int alarm = 0; alarm < ALARMS; alarm++) {
                int partition = (alarm + toPartition) % PARTITIONS;
                String event =
                        "{\"alarm_id\":" + alarm + (partition == 0 ? "" : ".0") + ",\"host\":\"h" + alarm % 3 + "\"}";
                producer.send(new ProducerRecord<>("alarms", partition, null, event.getBytes(StandardCharsets.UTF_8)))
                        .get();
            }
        }
    }

    /** The transaction that writes first commits last. */
    private static void commitInAnotherOrder(PostgresServer server) throws SQLException {
        try (Connection early = server.connect();
                Connection late = server.connect();
                Statement first = early.createStatement();
                Statement second = late.createStatement()) {
            early.setAutoCommit(false);
            late.setAutoCommit(false);
            first.execute("INSERT INTO logs VALUES ('a', 'early', 3, now())");
            second.execute("INSERT INTO logs VALUES ('b', 'late', 3, now())");
            late.commit();
            first.execute("INSERT INTO logs VALUES ('a', 'early', 3, now())");
            early.commit();
        }
    }

    /**
     * Appends each partition's last records again, as a connector does that lost its latest offsets; but no rows of the
     * snapshot, which come first and never again by themselves.
     */
    private static void sendAgain(String topic, int snapshotRows, int last) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.broker().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                int of = partition;
                List<ConsumerRecord<byte[], byte[]>> all = records(topic).stream()
                        .filter(record -> record.partition() == of)
                        .skip(snapshotRows)
                        .toList();
                for (ConsumerRecord<byte[], byte[]> record : all.subList(Math.max(0, all.size() - last), all.size())) {
                    producer.send(new ProducerRecord<>(
                                    topic, of, record.timestamp(), record.key(), record.value(), record.headers()))
                            .get();
                }
            }
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", stack.broker().bootstrapServers(), "enable.auto.commit", false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    private static void takeSnapshotAgain(DebeziumConnectorConfig connector) {
        String path = "/connectors/" + connector.connectorName();
        connect("PUT", path + "/stop");
        Awaitility.await().atMost(PATIENCE).until(() -> connect("GET", path + "/status")
                .contains("\"tasks\":[]"));
        connect("DELETE", path + "/offsets");
        connect("PUT", path + "/resume");
        Awaitility.await("a refusal to go on with the old slot")
                .atMost(PATIENCE)
                .until(() -> connect("GET", path + "/status")
                        .contains("a snapshot of tables without a primary key needs a new replication slot"));
        Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            shard.execute("SELECT pg_drop_replication_slot('" + connector.slotName() + "')");
            return true;
        });
        stack.connect().restart(connector);
        Awaitility.await("the connector goes on with a new slot")
                .atMost(PATIENCE)
                .until(() -> stack.connect().stateOf(connector.connectorName()).equals("RUNNING"));
    }

    private static String connect(String method, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(stack.connect().url() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(
                        () -> {
                            HttpResponse<String> answer =
                                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
                            return answer.statusCode() / 100 == 2 ? answer.body() : null;
                        },
                        body -> body != null);
    }

    private static void awaitEqual(String after) {
        for (String view : NAMES) {
            Awaitility.await(view + " after " + after)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> assertThat(verify(view)).contains("all equal to PostgreSQL's"));
        }
    }

    private static String verify(String view) {
        StringWriter out = new StringWriter();
        CommandLine line = Millrace.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
        List<String> arguments = new ArrayList<>(List.of(
                "verify",
                view,
                "--server",
                topology.url(),
                "--pipeline",
                pipeline.toString(),
                "--scratch",
                stack.replica().jdbcUrl(),
                "--bootstrap-server",
                stack.broker().bootstrapServers()));
        stack.shards().forEach(each -> {
            arguments.add("--shard");
            arguments.add(each.jdbcUrl());
        });
        line.execute(arguments.toArray(String[]::new));
        return out.toString();
    }
}
