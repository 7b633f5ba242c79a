package io.millrace.ops.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.connectors.DebeziumConnectorConfig.TableName;
import io.millrace.ops.ingest.IngestStack.Event;
import io.millrace.ops.registry.DevelopmentRegistry;
import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.ChangePosition;
import io.millrace.schemas.KeyPartition;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.RegistryException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;

/** From rows in two shards to change events in one topic a table, through real Debezium. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IngestTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int BIG = 1 << 20;

    /** A row that only one transaction changes. */
    private static final int UNDER_WAY = 60;

    /** A type, a value of it as SQL, and what must arrive; each tried from the snapshot and from the stream. */
    private record Case(String type, String sql, Object expected) {}

    private static final List<Case> CASES = List.of(
            new Case("smallint", "-32768", -32768),
            new Case("integer", "-2147483648", Integer.MIN_VALUE),
            new Case("bigint", "9223372036854775807", Long.MAX_VALUE),
            new Case("numeric(10,2)", "12345678.9", "12345678.90"),
            new Case("numeric", "123456789012345678901234567890.1000", "123456789012345678901234567890.1000"),
            new Case("numeric", "'NaN'", "NAN"),
            new Case("numeric", "'Infinity'", "POSITIVE_INFINITY"),
            new Case("numeric", "'-Infinity'", "NEGATIVE_INFINITY"),
            new Case("numeric", "1e5", "100000"),
            new Case("real", "'NaN'", Float.NaN),
            new Case("real", "0.1", 0.1f),
            new Case("double precision", "'-Infinity'", Double.NEGATIVE_INFINITY),
            new Case("double precision", "'-0'", -0.0d),
            new Case("text", "'héllo 😀 \"q\"'", "héllo 😀 \"q\""),
            new Case("text", "''", ""),
            new Case("varchar(20)", "'vc'", "vc"),
            new Case("char(5)", "'ab'", "ab   "),
            new Case("boolean", "true", true),
            new Case("date", "'2024-02-29'", 19782),
            new Case("date", "'0044-03-15 BC'", -735160),
            new Case("date", "'infinity'", Integer.MAX_VALUE),
            new Case("date", "'-infinity'", Integer.MIN_VALUE),
            new Case("time", "'23:59:59.123456'", 86399123456L),
            new Case("time(0)", "'24:00'", 86400000000L),
            new Case("timestamp", "'2024-02-29 23:59:59.123456'", 1709251199123456L),
            new Case("timestamp(0)", "'2024-02-29 23:59:59'", 1709251199000000L),
            new Case("timestamp(3)", "'0044-03-15 12:00 BC'", -63517780800000000L),
            new Case("timestamp", "'infinity'", Long.MAX_VALUE),
            new Case("timestamp(3)", "'-infinity'", Long.MIN_VALUE),
            new Case("timestamptz", "'2024-02-29 23:59:59.123456+02'", "2024-02-29T21:59:59.123456Z"),
            new Case("timestamptz", "'0044-03-15 12:00+00 BC'", "-0043-03-15T12:00:00.000000Z"),
            new Case("timestamptz(3)", "'infinity'", "infinity"),
            new Case("timestamptz", "'-infinity'", "-infinity"),
            new Case("interval", "'-1 year -2 mons +3 days -04:05:06.789'", "P-1Y-2M3DT-4H-5M-6.789S"),
            new Case("uuid", "'123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),
            new Case("json", "'{\"a\":  1, \"a\":2}'", "{\"a\":  1, \"a\":2}"),
            new Case("jsonb", "'{\"b\":1.50,\"a\":[null]}'", "{\"a\": [null], \"b\": 1.50}"),
            new Case("jsonb", "'null'", "null"),
            new Case("bytea", "'\\x00ff10'", ByteBuffer.wrap(new byte[] {0, -1, 16})),
            new Case("mood", "'happy'", "happy"),
            new Case("integer[]", "'{1,NULL,-3}'", "{1,NULL,-3}"),
            new Case("integer[]", "'{{1,2},{3,NULL}}'", "{{1,2},{3,NULL}}"),
            new Case("integer[]", "'{}'", "{}"),
            new Case("numeric[]", "'{1.50,NULL,NaN,Infinity}'", "{1.50,NULL,NaN,Infinity}"),
            new Case("text[]", "'{a,NULL,\"\",\"NULL\",\"q\\\"q,{}\",😀}'", "{a,NULL,\"\",\"NULL\",\"q\\\"q,{}\",😀}"),
            new Case("boolean[]", "'{t,NULL,f}'", "{t,NULL,f}"),
            new Case("date[]", "'{2024-02-29,infinity,\"0044-03-15 BC\"}'", "{2024-02-29,infinity,\"0044-03-15 BC\"}"),
            new Case("time[]", "'{23:59:59.123456,NULL}'", "{23:59:59.123456,NULL}"),
            new Case("timestamp[]", "'{1582-10-10 01:02:03.5}'", "{\"1582-10-10 01:02:03.5\"}"),
            new Case(
                    "uuid[]",
                    "'{123e4567-e89b-12d3-a456-426614174000,NULL}'",
                    "{123e4567-e89b-12d3-a456-426614174000,NULL}"),
            new Case("mood[]", "'{sad,NULL}'", "{sad,NULL}"),
            new Case("interval[]", "'{1 day,NULL}'", "{\"1 day\",NULL}"),
            new Case("bytea[]", "array['\\x00ff'::bytea,null]", "{\"\\\\x00ff\",NULL}"),
            new Case("jsonb[]", "array['{\"a\": 1}'::jsonb]", "{\"{\\\"a\\\": 1}\"}"));

    private IngestStack stack;
    private DebeziumConnectorConfig first;
    private DebeziumConnectorConfig second;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        stack = new IngestStack(directory);
        List<TableName> tables = new ArrayList<>();
        for (String table : List.of("typed", "defaulted", "large", "moved", "busy")) {
            tables.add(new TableName("public", table));
        }
        tables.add(new TableName("My App", "Odd Table"));
        for (int shard = 1; shard <= 2; shard++) {
            stack.execute(
                    shard,
                    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
                    "CREATE SCHEMA \"My App\"",
                    typedTable(),
                    "CREATE TABLE defaulted (id int PRIMARY KEY, number int DEFAULT 7, tags text[] NOT NULL DEFAULT '{}',"
                            + " day date NOT NULL DEFAULT '2020-01-01', at timestamptz DEFAULT now(), mark text)",
                    "CREATE TABLE large (id int PRIMARY KEY, body text, tags text[], blob bytea, note text)",
                    "ALTER TABLE large ALTER body SET STORAGE EXTERNAL, ALTER tags SET STORAGE EXTERNAL, ALTER blob SET STORAGE EXTERNAL",
                    "CREATE TABLE moved (id int PRIMARY KEY, v int)",
                    "CREATE TABLE busy (id int PRIMARY KEY, v bigint)",
                    "CREATE TABLE \"My App\".\"Odd Table\" (id int PRIMARY KEY, \"Wei rd-col\" text)",
                    "CREATE TABLE undeclared (id int PRIMARY KEY)");
        }
        stack.execute(
                1,
                typedRow(1, false),
                typedRow(2, true),
                "INSERT INTO moved SELECT g, 0 FROM generate_series(1, 40) g");
        stack.execute(1, "INSERT INTO \"My App\".\"Odd Table\" VALUES (1, 'x')", "INSERT INTO undeclared VALUES (1)");
        stack.execute(
                1,
                "INSERT INTO large VALUES (1, repeat('é', " + BIG
                        + "), array[repeat('x', 10000)], repeat('y', 10000)::bytea, 'n')");
        stack.execute(
                1,
                "INSERT INTO defaulted (id) VALUES (1)",
                "INSERT INTO defaulted (id, number, at, mark) VALUES (2, NULL, NULL, 'nulls')");
        stack.execute(2, "INSERT INTO busy SELECT g, 0 FROM generate_series(1, 60) g");
        first = stack.connector(1, tables);
        second = stack.connector(2, tables);
        stack.deploy(first);
        awaitEvents("photos.typed", 2);
    }

    @AfterAll
    void stop() throws Exception {
        if (stack != null) {
            stack.close();
        }
    }

    private static String typedTable() {
        StringBuilder sql = new StringBuilder("CREATE TABLE typed (id int PRIMARY KEY");
        for (int i = 0; i < CASES.size(); i++) {
            sql.append(", c").append(i).append(' ').append(CASES.get(i).type());
        }
        return sql.append(')').toString();
    }

    private static String typedRow(int id, boolean nulls) {
        StringBuilder sql = new StringBuilder("INSERT INTO typed VALUES (" + id);
        for (Case each : CASES) {
            sql.append(", ").append(nulls ? "NULL" : each.sql());
        }
        return sql.append(')').toString();
    }

    private List<Event> awaitEvents(String topic, int count) {
        return Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> stack.read(topic), events -> events.size() >= count);
    }

    private Event awaitLast(String topic, int id, String op) {
        List<Event> events = Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> stack.read(topic), all -> all.stream().anyMatch(event -> is(event, id, op)));
        return events.stream()
                .filter(event -> is(event, id, op))
                .reduce((one, next) -> next)
                .orElseThrow();
    }

    private static boolean is(Event event, int id, String op) {
        return event.value() != null
                && event.key().get("id").equals(id)
                && event.value().get("op").toString().equals(op);
    }

    private static Object plain(Object value) {
        return value instanceof CharSequence ? value.toString() : value;
    }

    private static Object after(Event event, String column) {
        return plain(((GenericRecord) event.value().get("after")).get(column));
    }

    private static long position(Event event) {
        GenericRecord source = (GenericRecord) event.value().get("source");
        return ChangePosition.of((String) plain(source.get("snapshot")), (Long) source.get("lsn"));
    }

    @Test
    void everyTypeArrivesIntactFromTheSnapshotAndFromTheStream() throws Exception {
        stack.execute(1, typedRow(11, false), typedRow(12, true));

        for (Event event : List.of(awaitLast("photos.typed", 1, "r"), awaitLast("photos.typed", 11, "c"))) {
            for (int i = 0; i < CASES.size(); i++) {
                assertThat(after(event, "c" + i))
                        .as("%s", CASES.get(i))
                        .isEqualTo(CASES.get(i).expected());
            }
        }
        for (Event event : List.of(awaitLast("photos.typed", 2, "r"), awaitLast("photos.typed", 12, "c"))) {
            for (int i = 0; i < CASES.size(); i++) {
                assertThat(after(event, "c" + i)).as("%s", CASES.get(i)).isNull();
            }
        }
    }

    @Test
    void aNullDoesNotTurnIntoTheColumnsDefaultAndADeletionNeedsNoOtherColumn() throws Exception {
        stack.execute(1, "DELETE FROM defaulted WHERE id = 1", "UPDATE defaulted SET id = 20 WHERE id = 2");

        assertThat(after(awaitLast("photos.defaulted", 1, "r"), "number")).isEqualTo(7);
        for (Event event : List.of(awaitLast("photos.defaulted", 2, "r"), awaitLast("photos.defaulted", 20, "c"))) {
            assertThat(after(event, "number")).isNull();
            assertThat(after(event, "at")).isNull();
            assertThat(after(event, "tags")).isEqualTo("{}");
            assertThat(after(event, "mark")).isEqualTo("nulls");
        }
        Event deleted = awaitLast("photos.defaulted", 2, "d");
        assertThat(position(deleted)).isEqualTo(position(awaitLast("photos.defaulted", 20, "c")));
        assertThat(stack.read("photos.defaulted"))
                .anyMatch(
                        event -> event.value() == null && event.key().get("id").equals(2));
    }

    @Test
    void aLargeValueArrivesWholeAndIsMarkedWhenItDidNotChange() throws Exception {
        assertThat(after(awaitLast("photos.large", 1, "r"), "body")).isEqualTo("é".repeat(BIG));

        stack.execute(1, "UPDATE large SET note = 'other' WHERE id = 1");
        Event unchanged = awaitLast("photos.large", 1, "u");

        assertThat(after(unchanged, "note")).isEqualTo("other");
        assertThat(after(unchanged, "body")).isEqualTo(ChangeEvents.UNCHANGED);
        assertThat(after(unchanged, "tags")).isEqualTo(ChangeEvents.UNCHANGED);
        assertThat(after(unchanged, "blob"))
                .isEqualTo(ByteBuffer.wrap(ChangeEvents.UNCHANGED.getBytes(StandardCharsets.UTF_8)));

        stack.execute(1, "INSERT INTO large VALUES (2, repeat('z', " + BIG + "))");
        assertThat(after(awaitLast("photos.large", 2, "c"), "body")).isEqualTo("z".repeat(BIG));
    }

    @Test
    void aRowKeepsItsPartitionWhenItsKeysSchemaChanges() throws Exception {
        awaitEvents("photos.moved", 40);
        stack.execute(1, "ALTER TABLE moved ALTER id TYPE bigint", "UPDATE moved SET v = 1");
        List<Event> events = awaitEvents("photos.moved", 80);

        Map<String, Set<Integer>> partitions = new HashMap<>();
        Set<Integer> ids = new HashSet<>();
        for (Event event : events) {
            long id = ((Number) event.key().get("id")).longValue();
            ids.add(event.keySchemaId());
            partitions
                    .computeIfAbsent(Long.toString(id), key -> new HashSet<>())
                    .add(event.partition());
            assertThat(event.partition())
                    .isEqualTo(new KeyPartition().addLong(id).of(IngestStack.PARTITIONS));
            assertThat(event.key().getSchema().getFields())
                    .last()
                    .extracting("name")
                    .isEqualTo("__shard");
            assertThat(event.key().get("__shard")).hasToString("s1");
        }
        assertThat(ids).hasSizeGreaterThan(1);
        assertThat(partitions).hasSize(40).values().allSatisfy(each -> assertThat(each)
                .hasSize(1));
    }

    @Test
    void anotherSchemasTableHasItsOwnTopicAndUndeclaredTablesHaveNone() {
        Event odd = awaitLast("photos.My_App.Odd_Table", 1, "r");

        assertThat(after(odd, ChangeEvents.fieldName("Wei rd-col"))).isEqualTo("x");
        assertThat(stack.registry().subjects())
                .contains("photos.typed-key", "photos.typed-value")
                .noneMatch(subject -> subject.contains("undeclared"));
        awaitEventsRaw(first.heartbeatTopic());
    }

    @Test
    void theRegistryKeepsItsSchemasInTheClusterAndSpeaksTheProtocol() {
        int id = stack.registry().latest("photos.typed-key").id();

        try (DevelopmentRegistry another = DevelopmentRegistry.start(stack.bootstrap(), 0)) {
            RegistryClient client = new RegistryClient(another.url());
            Schema schema = client.schema(id);

            assertThat(client.subjects()).contains("photos.typed-key", "photos.typed-value");
            assertThat(client.lookup("photos.typed-key", schema).id()).isEqualTo(id);
            assertThat(client.versions("photos.typed-key")).contains(1);
            assertThat(client.version("photos.typed-key", 1).schema()).isEqualTo(schema);
            assertThat(client.compatibility("photos.typed-key")).isEqualTo("NONE");
            assertThat(client.compatibility("unknown")).isEqualTo("BACKWARD");
            assertThat(client.isCompatible("unknown", schema)).isTrue();
            assertThat(client.mode()).isEqualTo("READWRITE");
            assertThatThrownBy(() -> client.latest("no/such subject"))
                    .isInstanceOfSatisfying(
                            RegistryException.class, e -> assertThat(e.code()).isEqualTo(40401));
        }
    }

    private void awaitEventsRaw(String topic) {
        Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> stack.registry()
                .subjects()
                .contains(topic + "-value"));
    }

    /**
     * Writers run while the slot is created, while the connector restarts, and while it takes a second snapshot. Who
     * applies the events by the rule of positions ends with PostgreSQL's rows.
     */
    @Test
    void appliedByPositionTheEventsYieldTheDatabasesRowsThroughSnapshotsRestartsAndDuplicates() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Random random = new Random(i);
            writers.add(CompletableFuture.runAsync(() -> write(random, stop)));
        }
        deployWithATransactionUnderWayAtTheSnapshot();
        awaitMarked("photos.busy", 1);
        List<Event> underWay = stack.read("photos.busy").stream()
                .filter(event -> event.key().get("id").equals(UNDER_WAY))
                .toList();
        assertThat(underWay).extracting(event -> after(event, "v")).containsExactly(0L, 1L);
        assertThat(position(underWay.get(1))).isPositive().isLessThan(ChangePosition.lsn(position(underWay.get(0))));
        assertThat(applied(underWay)).containsEntry(UNDER_WAY, 1L);

        stack.restart(second);
        awaitMarked("photos.busy", 2);
        stack.forgetOffsets(second);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> snapshots(stack.read("photos.busy")).size() >= 2);
        awaitMarked("photos.busy", 3);
        stop.set(true);
        for (CompletableFuture<Void> writer : writers) {
            writer.join();
        }
        awaitMarked("photos.busy", 4);

        assertThat(applied(stack.read("photos.busy"))).isEqualTo(rows(2, "SELECT id, v FROM busy"));
    }

    /**
     * A slot waits twice for the transactions that it finds running; one that starts during the second wait may outlast
     * the snapshot and is streamed after it, though it wrote before.
     */
    private void deployWithATransactionUnderWayAtTheSnapshot() throws SQLException {
        try (Connection holdsFirstWait = stack.connection(2);
                Connection holdsSecondWait = stack.connection(2);
                Connection outlasts = stack.connection(2)) {
            begin(holdsFirstWait, "INSERT INTO undeclared VALUES (1)");
            stack.deploy(second);
            awaitSlotBlockedBy(holdsFirstWait);
            begin(holdsSecondWait, "INSERT INTO undeclared VALUES (2)");
            holdsFirstWait.commit();
            awaitSlotBlockedBy(holdsSecondWait);
            begin(outlasts, "UPDATE busy SET v = v + 1 WHERE id = " + UNDER_WAY);
            holdsSecondWait.commit();
            Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> !snapshots(stack.read("photos.busy"))
                    .isEmpty());
            outlasts.commit();
        }
    }

    private static void begin(Connection connection, String sql) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void awaitSlotBlockedBy(Connection connection) throws SQLException {
        int holder = connection.unwrap(PGConnection.class).getBackendPID();
        Awaitility.await().atMost(PATIENCE).until(() -> !rows(
                        2,
                        "SELECT pid, 0 FROM pg_stat_activity WHERE backend_type = 'walsender' AND " + holder
                                + " = ANY (pg_blocking_pids(pid))")
                .isEmpty());
    }

    /** Waits until a row written now has arrived: then all that was committed before has, too. */
    private void awaitMarked(String topic, int mark) throws SQLException {
        stack.execute(2, "INSERT INTO busy VALUES (" + (1000 + mark) + ", " + mark + ")");
        Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> stack.read(topic).stream()
                .anyMatch(event -> event.key().get("id").equals(1000 + mark)));
    }

    private void write(Random random, AtomicBoolean stop) {
        try (Connection connection = stack.connection(2);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            while (!stop.get()) {
                // In ascending order, so that writers wait for each other but never in a circle.
                int id = 1 + random.nextInt(20);
                for (int i = 0; i < 3 && id <= 50; i++) {
                    statement.execute("UPDATE busy SET v = v + 1 WHERE id = " + id);
                    id += 1 + random.nextInt(15);
                }
                // A transaction that stays open for a while spans the moment of the snapshot.
                statement.execute("SELECT pg_sleep(" + random.nextInt(50) / 1000.0 + ")");
                connection.commit();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Set<Long> snapshots(List<Event> events) {
        Set<Long> positions = new HashSet<>();
        for (Event event : events) {
            if (event.value() != null && ChangePosition.isSnapshot(position(event))) {
                positions.add(position(event));
            }
        }
        return positions;
    }

    private static Map<Integer, Long> applied(List<Event> events) {
        Map<Integer, Long> rows = new TreeMap<>();
        Map<Integer, Long> positions = new LinkedHashMap<>();
        for (Event event : events) {
            if (event.value() == null) {
                continue;
            }
            int id = (Integer) event.key().get("id");
            if (!ChangePosition.supersedes(position(event), positions.getOrDefault(id, ChangePosition.NONE))) {
                continue;
            }
            positions.put(id, position(event));
            if (event.value().get("after") == null) {
                rows.remove(id);
            } else {
                rows.put(id, (Long) after(event, "v"));
            }
        }
        return rows;
    }

    private Map<Integer, Long> rows(int shard, String sql) throws SQLException {
        Map<Integer, Long> rows = new TreeMap<>();
        try (Connection connection = stack.connection(shard);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                rows.put(result.getInt(1), result.getLong(2));
            }
        }
        return rows;
    }
}
