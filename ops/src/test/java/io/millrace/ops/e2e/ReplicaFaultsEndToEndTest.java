package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ops.e2e.FaultyProxy.Mode;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import io.millrace.ops.stack.StackOptions;
import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.RegistryClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Random changes of captured tables and of a view, while everything around their replica sink fails at random moments. At the
 * end of a round source and target are equal but for what is in the dead letters, each of which has its reason; what was
 * refused is then let in and replayed, and all is equal.
 *
 * <p>The moments differ from run to run, what is done does not: {@code -Dmillrace.seed=N} repeats it. {@code
 * -Dmillrace.minutes=N} goes on with further rounds for as long, as a nightly run does.
 */
final class ReplicaFaultsEndToEndTest {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaFaultsEndToEndTest.class);
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long FROZEN_MS = 8_500;
    private static final String DATABASE = "faulty";
    private static final String SINK = "faulty-replicas";
    private static final List<String> TABLES = List.of("items", "documents");
    private static final String VIEW = "totals";
    private static final List<String> TARGETS = List.of("items", "documents", VIEW);
    private static final int PARTITIONS = 2;

    private enum Fault {
        KILL_WORKER,
        FREEZE_WORKER,
        CRASH_DATABASE,
        CUT_CONNECTIONS,
        STALL_NETWORK,
        SLOW_NETWORK,
        REFUSE_CONNECTIONS,
        TERMINATE_SESSIONS,
        READ_ONLY,
        DISK_FULL,
        LOCKED_TABLE,
        UNDECODABLE_RECORDS,
        REPLAYED_RECORDS,
        DROPPED_TABLE
    }

    @TempDir
    private static Path directory;

    private static Stack stack;
    private static PostgresServer replica;
    private static FaultyProxy proxy;
    private static SinkCluster cluster;
    private static KafkaProducer<byte[], byte[]> producer;
    private static final GenericAvroDeserializer<GenericRecord> KEYS = new GenericAvroDeserializer<>();

    /** Where records lie that no converter can read. */
    private final Set<String> undecodable = new HashSet<>();

    private volatile boolean changing;
    private volatile Throwable changeFailure;
    private int mendedLetters;
    private long thawAtNanos;

    @BeforeAll
    static void start() throws Exception {
        String tables =
                "CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, amount numeric(10,2), note text);"
                        + " CREATE TABLE documents (id integer PRIMARY KEY, title text, body text);";
        stack = Stack.start(
                new StackOptions(
                        DATABASE,
                        2,
                        tables,
                        "ALTER TABLE documents ALTER body SET STORAGE EXTERNAL",
                        directory.resolve("stack"),
                        false,
                        PARTITIONS,
                        0),
                progress -> {});
        replica = stack.replica();
        proxy = FaultyProxy.start(replica.port());
        String brokers = stack.broker().bootstrapServers();
        cluster = SinkCluster.start(brokers, directory.resolve("stack/secrets"), directory);
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", brokers), new ByteArraySerializer(), new ByteArraySerializer());
        KEYS.configure(Map.of(RegistryClient.URL, stack.registry().url()), true);
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {producer, cluster, proxy, stack}) {
            if (each != null) {
                each.close();
            }
        }
    }

    @Test
    void sourceAndTargetAreEqualButForTheDeadLetters() throws Exception {
        long seed = Long.getLong("millrace.seed", System.nanoTime());
        long minutes = Long.getLong("millrace.minutes", 0);
        long start = System.nanoTime();
        Random random = new Random(seed);
        try (RandomChanges changes = new RandomChanges(stack.shards(), new Random(random.nextLong()));
                RandomViewTopic view = new RandomViewTopic(stack, new Random(random.nextLong()))) {
            changes.load();
            // The first transactions may be aborted, and there is a table only when there is a row.
            do {
                view.next();
            } while (view.isEmpty());
            deploy();
            for (String table : TARGETS) {
                awaitSome(table);
                arm(table);
            }
            int rounds = 0;
            do {
                rounds++;
                LOG.info("round {} of millrace.seed={}", rounds, seed);
                round(random, changes, view);
            } while (System.nanoTime() - start < TimeUnit.MINUTES.toNanos(minutes));
        } catch (Throwable e) {
            throw new AssertionError("millrace.seed=" + seed, e);
        }
    }

    private void round(Random random, RandomChanges changes, RandomViewTopic view) throws Exception {
        List<Fault> faults = new ArrayList<>(Arrays.asList(Fault.values()));
        Collections.shuffle(faults, random);
        changing = true;
        Thread thread = new Thread(() -> change(changes, view), "changes");
        thread.start();
        try {
            for (Fault fault : faults) {
                Thread.sleep(random.nextInt(500));
                LOG.info("{}", fault);
                cause(fault, random);
                assertThat(changeFailure).isNull();
            }
            thaw();
        } finally {
            changing = false;
            thread.join();
        }
        LOG.info("{} changes of rows and {} of the view so far", changes.count(), view.count());
        awaitNoDifferences(() -> differences(view, unmended(letters())));
        assertAccounted(letters());
        mend(view);
        awaitNoDifferences(() -> differences(view, null));
        mendedLetters = letters().size();
        for (String table : TARGETS) {
            refuse(table);
        }
    }

    private void change(RandomChanges changes, RandomViewTopic view) {
        try {
            for (int i = 0; changing; i++) {
                changes.next();
                if (i % 10 == 0) {
                    view.next();
                }
                Thread.sleep(1);
            }
        } catch (Exception e) {
            changeFailure = e;
        }
    }

    private static void deploy() throws Exception {
        List<String> topics = List.of(DATABASE + ".items", DATABASE + ".documents", RandomViewTopic.NAME);
        Map<String, String> sink =
                ReplicaSink.properties(stack, directory.resolve("stack/secrets"), proxy.port(), topics, SINK);
        sink.put("connection.timeout.ms", "2000");
        sink.put("statement.timeout.ms", "1500");
        sink.put("retry.first.pause.ms", "50");
        sink.put("retry.max.pause.ms", "500");
        // Many transactions in what Connect hands over at a time, so that much happens between two of them.
        sink.put("batch.max.rows", "20");
        cluster.deploy(SINK, sink);
    }

    /** Has a target table refuse some rows, and all while a flag says that the disk is full. */
    private static void arm(String table) throws SQLException {
        replica.execute("CREATE TABLE IF NOT EXISTS disk_full (since timestamptz);"
                + " CREATE OR REPLACE FUNCTION check_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " IF EXISTS (SELECT FROM disk_full) THEN"
                + " RAISE 'could not extend file: no space left on device' USING ERRCODE = 'disk_full'; END IF;"
                + " RETURN NULL; END $$; CREATE TRIGGER disk AFTER INSERT OR UPDATE OR DELETE ON " + table
                + " FOR EACH STATEMENT EXECUTE FUNCTION check_disk()");
        refuse(table);
    }

    private static void refuse(String table) throws SQLException {
        String column = table.equals("items") ? "name" : table.equals("documents") ? "title" : "note";
        replica.execute("ALTER TABLE " + table + " DROP CONSTRAINT IF EXISTS refusing; ALTER TABLE " + table
                + " ADD CONSTRAINT refusing CHECK (" + column + " <> '" + RandomChanges.REFUSED + "') NOT VALID");
    }

    private void cause(Fault fault, Random random) throws Exception {
        switch (fault) {
            case KILL_WORKER -> {
                thaw();
                int index = random.nextInt(2);
                cluster.worker(index).kill();
                cluster.startWorker(index);
            }
            case FREEZE_WORKER -> {
                awaitWorkers();
                cluster.worker(random.nextInt(2)).freeze();
                thawAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FROZEN_MS);
            }
            case CRASH_DATABASE -> replica.crash();
            case CUT_CONNECTIONS -> {
                for (int i = 0; i < 10; i++) {
                    proxy.cut();
                    Thread.sleep(random.nextInt(150));
                }
            }
            case STALL_NETWORK -> {
                proxy.mode(Mode.STALL);
                Thread.sleep(random.nextInt(2_500));
                if (random.nextBoolean()) {
                    proxy.cut();
                }
                proxy.mode(Mode.PASS);
            }
            case SLOW_NETWORK -> {
                proxy.mode(Mode.SLOW);
                Thread.sleep(2_000);
                proxy.mode(Mode.PASS);
            }
            case REFUSE_CONNECTIONS -> {
                proxy.mode(Mode.REFUSE);
                proxy.cut();
                Thread.sleep(random.nextInt(1_500));
                proxy.mode(Mode.PASS);
            }
            case TERMINATE_SESSIONS -> {
                for (int i = 0; i < 5; i++) {
                    replica.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            + " WHERE application_name LIKE 'millrace sink %'");
                    Thread.sleep(random.nextInt(150));
                }
            }
            case READ_ONLY -> {
                replica.execute("ALTER SYSTEM SET default_transaction_read_only = on");
                replica.execute("SELECT pg_reload_conf()");
                Thread.sleep(1_000);
                replica.execute("ALTER SYSTEM RESET default_transaction_read_only");
                replica.execute("SELECT pg_reload_conf()");
            }
            case DISK_FULL -> {
                replica.execute("INSERT INTO disk_full VALUES (now())");
                Thread.sleep(1_000);
                replica.execute("DELETE FROM disk_full");
            }
            case LOCKED_TABLE -> lock(TARGETS.get(random.nextInt(TARGETS.size())));
            case UNDECODABLE_RECORDS -> writeUndecodable(random);
            case REPLAYED_RECORDS -> {
                for (String table : TABLES) {
                    for (int partition = 0; partition < PARTITIONS; partition++) {
                        replay(DATABASE + "." + table, partition, random);
                    }
                }
            }
            case DROPPED_TABLE -> drop(TARGETS.get(random.nextInt(TARGETS.size())));
        }
    }

    /** Another worker has the partitions of the frozen one by now. */
    private void thaw() throws Exception {
        for (int i = 0; i < 2; i++) {
            if (cluster.worker(i).isFrozen()) {
                TimeUnit.NANOSECONDS.sleep(thawAtNanos - System.nanoTime());
                cluster.worker(i).thaw();
            }
        }
    }

    /** A worker that is frozen before it works would be none to fence. */
    private static void awaitWorkers() {
        Awaitility.await("tasks on both workers")
                .atMost(PATIENCE)
                .until(() -> cluster.status(SINK).path("tasks").findValuesAsText("worker_id").stream()
                                .distinct()
                                .count()
                        == 2);
    }

    private static void lock(String table) throws Exception {
        try (Connection connection = replica.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE");
            Thread.sleep(2_000);
            connection.rollback();
        }
    }

    private void writeUndecodable(Random random) throws Exception {
        List<byte[]> values = List.of(
                "not a change".getBytes(StandardCharsets.UTF_8), new byte[] {0, 0, 15, 66, 63, 1}, new byte[] {0});
        for (String topic : List.of(DATABASE + ".items", RandomViewTopic.NAME)) {
            for (byte[] value : values) {
                int partition = random.nextInt(PARTITIONS);
                var at = producer.send(new ProducerRecord<>(topic, partition, new byte[] {1, 2}, value))
                        .get();
                undecodable.add(topic + "-" + partition + "@" + at.offset());
            }
        }
    }

    /** Sends a part of a partition again, as Debezium does after a failure; deletions go with their tombstones. */
    private static void replay(String topic, int partition, Random random) throws Exception {
        List<ConsumerRecord<byte[], byte[]>> all =
                DeadLetters.read(stack.broker().bootstrapServers(), topic, partition, 0);
        if (all.isEmpty()) {
            return;
        }
        int from = random.nextInt(all.size());
        int to = Math.min(all.size(), from + random.nextInt(300));
        Set<Bytes> seen = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> record : all.subList(from, to)) {
            boolean first = seen.add(Bytes.wrap(record.key()));
            if (record.key().length > 2 && (record.value() != null || !first)) {
                producer.send(new ProducerRecord<>(
                                topic, partition, record.key(), record.value(), originalHeaders(record)))
                        .get();
            }
        }
    }

    private static List<Header> originalHeaders(ConsumerRecord<byte[], byte[]> record) {
        List<Header> headers = new ArrayList<>();
        record.headers().forEach(header -> {
            if (!header.key().startsWith("__connect.errors.")) {
                headers.add(header);
            }
        });
        return headers;
    }

    /** A target table goes; the sink stops rather than go on without its rows, and begins anew when it is told to. */
    private void drop(String table) throws Exception {
        thaw();
        replica.execute("CREATE TABLE again (LIKE " + table + " INCLUDING ALL); DROP TABLE " + table);
        Awaitility.await("a task that stops as its table is gone")
                .atMost(PATIENCE)
                .until(() -> cluster.status(SINK).toString().contains("FAILED"));
        cluster.call("PUT", "/connectors/" + SINK + "/stop", "");
        Awaitility.await("no tasks")
                .atMost(PATIENCE)
                .until(() -> cluster.status(SINK).path("tasks").isEmpty());
        replica.execute("ALTER TABLE again RENAME TO " + table);
        arm(table);
        String topic = table.equals(VIEW) ? RandomViewTopic.NAME : DATABASE + "." + table;
        List<String> offsets = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            offsets.add("{\"partition\": {\"kafka_topic\": \"" + topic + "\", \"kafka_partition\": " + partition
                    + "}, \"offset\": null}");
        }
        cluster.call(
                "PATCH", "/connectors/" + SINK + "/offsets", "{\"offsets\": [" + String.join(", ", offsets) + "]}");
        cluster.call("PUT", "/connectors/" + SINK + "/resume", "");
    }

    private static void awaitSome(String table) {
        Awaitility.await(table).atMost(PATIENCE).ignoreExceptions().until(() -> !ReplicaSink.rows(
                        replica, "SELECT 1 FROM " + table)
                .isEmpty());
    }

    /** How source and target differ, which is not to be. */
    private interface Comparison {
        List<String> differences() throws Exception;
    }

    private static void awaitNoDifferences(Comparison comparison) {
        Awaitility.await("source and target equal")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(500))
                .failFast(() -> {
                    for (JsonNode task : cluster.status(SINK).path("tasks")) {
                        assertThat(task.path("state").asText())
                                .as(task.path("trace").asText())
                                .isNotEqualTo("FAILED");
                    }
                })
                .untilAsserted(() -> assertThat(comparison.differences()).isEmpty());
    }

    private static List<ConsumerRecord<byte[], byte[]>> letters() {
        return new DeadLetters(stack.broker().bootstrapServers(), SINK + ".dlq").all();
    }

    private List<ConsumerRecord<byte[], byte[]>> unmended(List<ConsumerRecord<byte[], byte[]>> letters) {
        return letters.subList(mendedLetters, letters.size());
    }

    /**
     * Compares all rows.
     *
     * @param unmended the dead letters whose keys may lack a row or have an old one; null where all is to be equal
     */
    private List<String> differences(RandomViewTopic view, List<ConsumerRecord<byte[], byte[]>> unmended)
            throws SQLException {
        List<String> found = new ArrayList<>();
        for (String table : TARGETS) {
            Map<String, String> source = table.equals(VIEW) ? view.rows() : source(table);
            Map<String, String> target = rows(replica, table);
            Set<String> dead = unmended == null ? Set.of() : deadKeys(unmended, table);
            Set<String> keys = new TreeSet<>(source.keySet());
            keys.addAll(target.keySet());
            for (String key : keys) {
                String expected = source.get(key);
                boolean excused = dead.contains(key)
                        && expected != null
                        && (expected.contains(RandomChanges.REFUSED) || table.equals("documents"));
                if (!excused && !String.valueOf(expected).equals(target.get(key))) {
                    found.add(table + " " + key + ": " + abridged(expected) + " in the source, "
                            + abridged(target.get(key)) + " in the target");
                }
            }
        }
        return found;
    }

    private static String abridged(String row) {
        return row == null || row.length() < 80 ? row : row.substring(0, 60) + "..." + row.hashCode();
    }

    private static Map<String, String> source(String table) throws SQLException {
        Map<String, String> both = new TreeMap<>();
        for (PostgresServer shard : stack.shards()) {
            both.putAll(rows(shard, table));
        }
        return both;
    }

    private static Map<String, String> rows(PostgresServer server, String table) throws SQLException {
        String columns = table.equals("items")
                ? "id, name, amount, note"
                : table.equals("documents") ? "id, title, body" : "city, total, note";
        Map<String, String> rows = new HashMap<>();
        for (String row : ReplicaSink.rows(
                server, "SELECT t::text FROM (SELECT " + columns + " FROM " + table + ") t ORDER BY 1")) {
            rows.put(row.substring(1, row.indexOf(',')), row);
        }
        return rows;
    }

    /** The keys that a table's dead letters have, but for those that cannot be read. */
    private Set<String> deadKeys(List<ConsumerRecord<byte[], byte[]>> letters, String table) {
        Set<String> keys = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> letter : letters) {
            if (!undecodable.contains(DeadLetters.origin(letter))
                    && tableOf(letter).equals(table)) {
                keys.add(KEYS.deserialize("", letter.key()).get(0).toString());
            }
        }
        return keys;
    }

    private static String tableOf(ConsumerRecord<byte[], byte[]> letter) {
        String topic = DeadLetters.header(letter, "__connect.errors.topic");
        return topic.substring(topic.indexOf('.') + 1);
    }

    /** Each dead letter has a reason that holds, and no record that had to be one is missing. */
    private void assertAccounted(List<ConsumerRecord<byte[], byte[]>> letters) {
        Set<String> origins = new HashSet<>();
        int twice = 0;
        for (ConsumerRecord<byte[], byte[]> letter : letters) {
            String origin = DeadLetters.origin(letter);
            twice += origins.add(origin) ? 0 : 1;
            String reason = DeadLetters.reason(letter);
            boolean holds = undecodable.contains(origin)
                    || (reason.contains("\"refusing\"")
                            && letter.value() != null
                            && new String(letter.value(), StandardCharsets.ISO_8859_1).contains(RandomChanges.REFUSED))
                    || (reason.contains("leaves out") && tableOf(letter).equals("documents"));
            assertThat(holds).as(origin + " " + reason).isTrue();
        }
        assertThat(origins).containsAll(undecodable);
        LOG.info("{} dead letters, {} of them once more after a failure", letters.size(), twice);
    }

    /** Lets in what was refused, and replays it. */
    private void mend(RandomViewTopic view) throws Exception {
        for (String table : TARGETS) {
            replica.execute("ALTER TABLE " + table + " DROP CONSTRAINT refusing");
        }
        List<ConsumerRecord<byte[], byte[]>> letters = unmended(letters());
        for (ConsumerRecord<byte[], byte[]> letter : letters) {
            if (tableOf(letter).equals("items") && !undecodable.contains(DeadLetters.origin(letter))) {
                producer.send(new ProducerRecord<>(
                                DATABASE + ".items",
                                Integer.valueOf(DeadLetters.header(letter, "__connect.errors.partition")),
                                letter.key(),
                                letter.value(),
                                originalHeaders(letter)))
                        .get();
            }
        }
        for (PostgresServer shard : stack.shards()) {
            shard.execute("UPDATE documents SET body = body || '.'");
        }
        view.repeat(deadKeys(letters, VIEW));
    }
}
