package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.ops.stack.ConnectWorker;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.runtime.topic.ViewRecordEncoder;
import io.millrace.runtime.topic.ViewSchemas;
import io.millrace.schemas.RegistryClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Shards, their capture, and a replica sink, with real parts: the replica ends equal to its source, whatever happens. */
final class ReplicaEndToEndTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String DATABASE = "replicated";
    private static final String SINK = "replicas";
    private static final String DEAD_LETTERS = "replicas.dlq";
    private static final int ITEMS = 60;
    private static final int READINGS = 100_000;
    private static final String TABLES = """
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
            CREATE TABLE kinds (id integer PRIMARY KEY, at timestamptz, small smallint, big bigint, price numeric(12,4),
                number numeric, single real, "double" double precision, note text, code varchar(5), padded char(4),
                flag boolean, day date, hour time, stamp timestamp, span interval, key uuid, raw json, document jsonb,
                bytes bytea, mood mood, numbers integer[], texts text[], documents jsonb[], moments timestamptz[],
                moods mood[], prices numeric[], "odd Name" text DEFAULT 'odd');
            CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, amount numeric(10,2), note text);
            CREATE TABLE documents (id bigint PRIMARY KEY, title text, body text);
            CREATE TABLE readings (id integer PRIMARY KEY, place text NOT NULL, celsius integer NOT NULL);
            """;
    private static final String STORAGE = "ALTER TABLE documents ALTER body SET STORAGE EXTERNAL";
    private static final List<String> KINDS = List.of(
            "(1, '2024-02-29 12:00:00.123456+02', -32768, 9223372036854775807, 1.5, 123456789012345678901234567890.1230,"
                    + " 1.5, -2.25, E'ß日本😀\\n\\t\\\\N', 'ab😀', 'x', true, '2024-02-29', '23:59:59.999999',"
                    + " '2024-02-29 12:00:00.123', '1 year -3 days 04:05:06.789', '00000000-0000-0000-0000-00000000000f',"
                    + " '{\"b\": 1, \"a\": [null, 1.0]}', '{\"b\": 1, \"a\": [null, 1.0]}', '\\xdeadbeef', 'happy',"
                    + " '{{1,NULL},{3,4}}', '{a,NULL,\"NULL\",\"\"}', '{\"{\\\"a\\\": 1}\",NULL}', '{infinity,NULL}',"
                    + " '{sad,NULL}', '{1.10,NaN,Infinity}', NULL)",
            "(2, 'infinity', 0, 0, 'NaN', 'Infinity', 'NaN', '-Infinity', '', '', '', false, '-infinity', '00:00',"
                    + " '-infinity', '-1 month', NULL, 'null', 'null', '', 'sad', '{}', '{}', '{}', '{}', '{}', '{}', '')",
            "(3, '0044-03-15 12:00:00.5 BC', 1, -1, 0, '-Infinity', '-0', '1e300', 'a', 'b', 'abcd', NULL,"
                    + " '0044-03-15 BC', '24:00', '0044-03-15 01:02:03 BC', '-0.5 seconds', NULL, '1', '[]', '\\x00', 'ok',"
                    + " '{-1}', '{\"a b\",\"c\\\\d\"}', '{null}', '{2000-01-01 00:00:00+00}', '{ok}', '{}', 'x')",
            "(4, '12024-01-01 00:00:00+00', 1, 1, 99999999.9999, 1e20, '1e-40', '-0', NULL, NULL, NULL, NULL,"
                    + " '15000-12-31', '12:34:56', '15000-12-31 23:59:59.000001', '178000000 years', NULL, NULL, NULL, NULL,"
                    + " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");

    @TempDir
    private static Path directory;

    private static Stack stack;
    private static ConnectWorker connect;
    private static PostgresServer replica;
    private static WorkerProcess otherWorker;
    private static int nextId = 100;

    @BeforeAll
    static void start() throws Exception {
        stack = Stack.start(
                new StackOptions(DATABASE, 2, TABLES, STORAGE, directory.resolve("stack"), false, 2, 0),
                progress -> {});
        connect = stack.connect();
        replica = stack.replica();
    }

    @AfterAll
    static void stop() throws Exception {
        if (otherWorker != null) {
            otherWorker.kill();
        }
        if (stack != null) {
            stack.close();
        }
    }

    @Test
    void aReplicaIsEqualToItsShardsAfterKillsAndRewinds() throws Exception {
        for (int i = 0; i < KINDS.size(); i++) {
            shard(i % 2).execute("INSERT INTO kinds VALUES " + KINDS.get(i));
        }
        load(0, ITEMS / 2);
        startOtherWorker();
        connect.deploy(SINK, sink(tableTopics(), SINK));
        awaitRow("SELECT 1 FROM items");
        Awaitility.await("a task of the sink on the other worker")
                .atMost(PATIENCE)
                .until(() -> connect.status(SINK).findValuesAsText("worker_id").stream()
                                .distinct()
                                .count()
                        == 2);
        replica.execute("ALTER TABLE items ADD CONSTRAINT named CHECK (name <> 'refused')");
        Random random = new Random(7);
        shard(0).execute("INSERT INTO items VALUES (10001, 'refused', 1, 'x'), (10002, 'taken', 2, 'y')");
        Awaitility.await("a dead letter").atMost(PATIENCE).until(() -> !deadLetters()
                .isEmpty());
        change(random, 150);
        otherWorker.kill();
        change(random, 150);
        load(ITEMS / 2, ITEMS);
        assertTypesEqual();
        awaitEqual("kinds", "");
        awaitEqual("documents", "");
        awaitEqual("items", " WHERE name <> 'refused'");
        assertThat(deadLetters()).containsExactly("replicated.items CHECK named");
        rewind();
        change(random, 50);
        replica.restart();
        change(random, 50);
        awaitEqual("items", " WHERE name <> 'refused'");
        awaitEqual("documents", "");
        assertThat(deadLetters())
                .as("what is in the dead letters stays there once")
                .hasSize(1);
        assertThat(metric("lag-seconds")).isBetween(0.0, 60.0);
    }

    /** One of five is refused: each of them is set aside once, all others are applied, in about the time that they take alone. */
    @Test
    @SuppressWarnings("FutureReturnValueIgnored") // What is not sent is missed in the target.
    void manyBadRecordsAreSetAsideAndReplayed() throws Exception {
        String name = "readings-replica";
        String topic = DATABASE + ".readings";
        replica.execute("CREATE TABLE readings (id integer PRIMARY KEY, place text,"
                + " celsius integer CONSTRAINT warm CHECK (celsius > 0))");
        for (int shard = 0; shard < 2; shard++) {
            shard(shard)
                    .execute("INSERT INTO readings SELECT i, 'place ' || i, i / 2 % 5 FROM generate_series(1, "
                            + READINGS + ") i WHERE i % 2 = " + shard);
        }
        awaitRecords(topic, READINGS);
        Map<String, String> sink = sink(List.of(topic), name);
        sink.put("consumer.override.max.poll.records", "5000");
        long start = System.nanoTime();
        connect.deploy(name, sink);
        Awaitility.await("the good ones")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions()
                .until(() -> rows(replica, "SELECT count(*) FROM readings")
                        .equals(List.of(Integer.toString(READINGS * 4 / 5))));
        long sifted = System.nanoTime();
        DeadLetters letters = new DeadLetters(stack.broker().bootstrapServers(), name + ".dlq");
        List<ConsumerRecord<byte[], byte[]>> all = letters.all();
        assertThat(all).hasSize(READINGS / 5);
        assertThat(all.stream().map(DeadLetters::origin)).doesNotHaveDuplicates();
        assertThat(all).allMatch(letter -> DeadLetters.reason(letter).contains("check constraint \"warm\""));
        replica.execute("ALTER TABLE readings DROP CONSTRAINT warm");
        long mended = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.broker().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (ConsumerRecord<byte[], byte[]> letter : all) {
                producer.send(new ProducerRecord<>(
                        topic,
                        Integer.valueOf(DeadLetters.header(letter, "__connect.errors.partition")),
                        letter.key(),
                        letter.value()));
            }
        }
        awaitEqual(name, "readings", "");
        assertThat(letters.all()).hasSize(READINGS / 5);
        LoggerFactory.getLogger(ReplicaEndToEndTest.class)
                .info(
                        "{} records, {} of them bad: {} ms; replayed in {} ms",
                        READINGS,
                        READINGS / 5,
                        TimeUnit.NANOSECONDS.toMillis(sifted - start),
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - mended));
    }

    private static void awaitRecords(String topic, long count) throws Exception {
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", stack.broker().bootstrapServers()))) {
            Awaitility.await(topic).atMost(PATIENCE).until(() -> {
                long sum = 0;
                for (int partition = 0; partition < 2; partition++) {
                    TopicPartition each = new TopicPartition(topic, partition);
                    sum += admin.listOffsets(Map.of(each, OffsetSpec.latest()))
                            .partitionResult(each)
                            .get()
                            .offset();
                }
                return sum >= count;
            });
        }
    }

    /** A view's records are those of its topic, written here as the topology writes them. */
    @Test
    void aViewIsReplicatedWithItsTypes() throws Exception {
        String topic = "photos.totals";
        List<Column> columns = List.of(
                new Column("city", SqlType.TEXT, true),
                new Column("Größe", SqlType.numeric(8, 2), false),
                new Column("tags", SqlType.array(SqlType.of(SqlType.Kind.VARCHAR, 3)), true),
                new Column("mood", SqlType.enumeration("view_mood", List.of("low", "high")), true));
        ViewSchemas schemas = ViewSchemas.of(topic, columns, List.of(0));
        RegistryClient registry = new RegistryClient(stack.registry().url());
        ViewRecordEncoder encoder = new ViewRecordEncoder(
                topic,
                columns,
                List.of(0),
                registry.register(topic + "-key", schemas.key()),
                registry.register(topic + "-value", schemas.value()));
        Row rome = Row.of("Rome", new BigDecimal("1.50"), List.of("a", "b"), "high");
        Row grown = Row.of("Rome", new BigDecimal("2.50"), List.of(), "low");
        Row nowhere = Row.of(null, new BigDecimal("0.10"), null, null);
        Row gone = Row.of("Oslo", new BigDecimal("1.00"), null, null);
        Origin origin = new Origin("shard1", 1, 1_700_000_000_000_000L);
        try (Admin admin =
                        Admin.create(Map.of("bootstrap.servers", stack.broker().bootstrapServers()));
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", stack.broker().bootstrapServers()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
            send(producer, topic, encoder.key(rome), encoder.value(null, rome, origin, 1));
            send(producer, topic, encoder.key(gone), encoder.value(null, gone, origin, 1));
            send(producer, topic, encoder.key(nowhere), encoder.value(null, nowhere, origin, 1));
            connect.deploy("view-replica", sink(List.of(topic), "view-replica"));
            awaitRow("SELECT 1 FROM totals");
            send(producer, topic, encoder.key(rome), encoder.value(rome, grown, origin, 1));
            send(producer, topic, encoder.key(gone), encoder.value(gone, null, origin, 1));
            send(producer, topic, encoder.key(gone), null);
        }
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        rows(replica, "SELECT t::text FROM totals t ORDER BY city"))
                .containsExactly("(Rome,2.50,{},low)", "(,0.10,,)"));
        assertThat(rows(
                        replica,
                        "SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute"
                                + " WHERE attrelid = 'totals'::regclass AND attnum > 0 ORDER BY attnum"))
                .containsExactly("city text", "Größe numeric(8,2)", "tags character varying[]", "mood view_mood");
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String topic, byte[] key, byte[] value)
            throws Exception {
        producer.send(new ProducerRecord<>(topic, key, value)).get();
    }

    private static PostgresServer shard(int index) {
        return stack.shards().get(index);
    }

    private static List<String> tableTopics() {
        return List.of(DATABASE + ".kinds", DATABASE + ".items", DATABASE + ".documents");
    }

    private static Map<String, String> sink(List<String> topics, String name) throws IOException {
        return ReplicaSink.properties(stack, directory.resolve("stack/secrets"), replica.port(), topics, name);
    }

    /** A second worker of the same group, which can be killed; it gets some of the connectors and tasks. */
    private static void startOtherWorker() throws IOException {
        otherWorker = WorkerProcess.start(
                ConnectWorker.properties(stack.broker().bootstrapServers(), directory.resolve("stack/secrets"), 0),
                directory,
                "worker");
    }

    private static void load(int from, int to) throws SQLException {
        for (int shard = 0; shard < 2; shard++) {
            shard(shard)
                    .execute("INSERT INTO items SELECT i, 'n' || i, i / 3.0, repeat('x', i % 7) FROM generate_series("
                            + from + ", " + (to - 1) + ") i WHERE i % 2 = " + shard
                            + "; INSERT INTO documents SELECT i, 't' || i, repeat(md5(i::text), 300) FROM generate_series("
                            + from
                            + ", " + (to - 1) + ") i WHERE i % 2 = " + shard);
        }
    }

    /** Random changes: of values, of primary keys, and of the shard that a row lies on. */
    private static void change(Random random, int count) throws SQLException {
        for (int i = 0; i < count; i++) {
            int shard = random.nextInt(2);
            int id = random.nextInt(ITEMS);
            switch (random.nextInt(7)) {
                case 0 -> shard(shard).execute("DELETE FROM items WHERE id = " + id);
                case 1 -> move(shard, id);
                case 2 -> shard(shard).execute("UPDATE items SET id = " + nextId++ + " WHERE id = " + id);
                case 3 -> shard(shard).execute("UPDATE documents SET title = title || '" + i + "' WHERE id = " + id);
                case 4 -> shard(shard).execute("UPDATE documents SET body = body || '" + i + "' WHERE id = " + id);
                default ->
                    shard(shard)
                            .execute("UPDATE items SET amount = " + random.nextInt(1_000) + ", note = 'c" + i
                                    + "' WHERE id = " + id);
            }
        }
    }

    /** The row is copied, then deleted where it was. */
    private static void move(int from, int id) throws SQLException {
        List<String> row = rows(
                shard(from),
                "SELECT format('(%s, %L, %s, %L)', id, name, coalesce(amount::text, 'NULL'), note) FROM items WHERE id = "
                        + id);
        if (!row.isEmpty()) {
            shard(1 - from).execute("INSERT INTO items VALUES " + row.get(0));
            shard(from).execute("DELETE FROM items WHERE id = " + id);
        }
    }

    private static void awaitRow(String query) {
        Awaitility.await(query)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .failFast("a task failed", () -> connect.status(SINK).toString().contains("FAILED"))
                .until(() -> !rows(replica, query).isEmpty());
    }

    private static void awaitEqual(String table, String condition) {
        awaitEqual(SINK, table, condition);
    }

    private static void awaitEqual(String sink, String table, String condition) {
        Awaitility.await("the rows of " + table)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(300))
                .failFast("a task failed", () -> connect.status(sink).toString().contains("FAILED"))
                .untilAsserted(() -> {
                    String columns = rows(
                                    shard(0),
                                    "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '" + table
                                            + "'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum")
                            .stream()
                            .collect(Collectors.joining(", "));
                    String query = "SELECT t::text FROM (SELECT " + columns + " FROM " + table + condition + ") t";
                    List<String> expected = new ArrayList<>(rows(shard(0), query));
                    expected.addAll(rows(shard(1), query));
                    Collections.sort(expected);
                    List<String> found = new ArrayList<>(rows(replica, query));
                    Collections.sort(found);
                    assertThat(found).isEqualTo(expected);
                });
    }

    /** Column for column; the fractional digits of times are the values' own. */
    private static void assertTypesEqual() throws SQLException {
        String query = "SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = "
                + "'kinds'::regclass AND attnum > 0 AND left(attname, 2) <> '__' ORDER BY attnum";
        assertThat(rows(replica, query)).isEqualTo(rows(shard(0), query));
    }

    /** Connect's offsets go back to the beginning, as when they are lost: the database's own count. */
    private static void rewind() throws Exception {
        connect.stop(SINK);
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", stack.broker().bootstrapServers()))) {
            Map<TopicPartition, OffsetAndMetadata> beginning = new HashMap<>();
            tableTopics().forEach(topic -> {
                beginning.put(new TopicPartition(topic, 0), new OffsetAndMetadata(0));
                beginning.put(new TopicPartition(topic, 1), new OffsetAndMetadata(0));
            });
            Awaitility.await()
                    .atMost(PATIENCE)
                    .ignoreException(ExecutionException.class)
                    .until(() -> {
                        admin.alterConsumerGroupOffsets("connect-" + SINK, beginning)
                                .all()
                                .get();
                        return true;
                    });
        }
        connect.resume(SINK);
    }

    /** The topic that each dead letter came from, and what its failure was. */
    private static List<String> deadLetters() {
        return new DeadLetters(stack.broker().bootstrapServers(), DEAD_LETTERS)
                .all().stream()
                        .map(letter -> DeadLetters.header(letter, "__connect.errors.topic")
                                + (DeadLetters.reason(letter).contains("check constraint \"named\"")
                                        ? " CHECK named"
                                        : " " + DeadLetters.reason(letter)))
                        .toList();
    }

    /** The greatest value of a metric that the sink's tasks show by JMX. */
    private static double metric(String name) throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        double greatest = -1;
        for (ObjectName found :
                server.queryNames(new ObjectName("kafka.connect:type=plugins,connector=" + SINK + ",*"), null)) {
            for (var attribute : server.getMBeanInfo(found).getAttributes()) {
                if (attribute.getName().equals(name)) {
                    greatest = Math.max(greatest, ((Number) server.getAttribute(found, name)).doubleValue());
                }
            }
        }
        return greatest;
    }

    private static List<String> rows(PostgresServer server, String query) throws SQLException {
        return ReplicaSink.rows(server, query);
    }
}
