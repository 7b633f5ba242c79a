package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.differential.TopicReader;
import io.millrace.operator.ServedRows;
import io.millrace.operator.memory.Change;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import io.millrace.runtime.source.RecordedSchemas;
import io.millrace.runtime.state.DiskStores;
import io.millrace.runtime.state.RocksDbMemory;
import io.millrace.runtime.topic.ViewSchemas;
import io.millrace.sql.ViewsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;

/** A pipeline run by TopologyTestDriver: one partition, no broker, every record processed at once. */
final class PipelineDriver implements AutoCloseable {
    private static final Instant START = Instant.ofEpochSecond(1_000_000);

    private static final int PORTION_ROWS = 1_000;

    private static final long STORE_MEMORY_BYTES = 64L << 20;

    /** At each tick of the clock. */
    private static final Duration ONE_PORTION = Duration.ZERO;

    /** Longer than any test's time passes. */
    private static final long DELETIONS_RETAIN_MS = Duration.ofDays(36_500).toMillis();

    final Catalog catalog;
    final Plan plan;
    final Topology topology;
    final StageResources resources;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final RecordedSchemas schemas = new RecordedSchemas();
    final ViewProgress progress;
    final FanOut fanOut;
    private final PipelineTopics topics;
    private final RocksDbMemory memory = new RocksDbMemory(STORE_MEMORY_BYTES);
    private final TopologyTestDriver driver;
    private final Map<String, ChangeEventRecords> records = new HashMap<>();
    private long position = 1;
    private long nowMs = START.toEpochMilli();

    /** A pipeline whose stores are RocksDB's. */
    PipelineDriver(Path stateDirectory, String tablesSql, String viewsSql) {
        this(stateDirectory, tablesSql, viewsSql, false, PORTION_ROWS);
    }

    /** A pipeline whose stores are in memory, which open a hundred times faster. */
    static PipelineDriver inMemory(Path stateDirectory, String tablesSql, String viewsSql) {
        return new PipelineDriver(stateDirectory, tablesSql, viewsSql, true, PORTION_ROWS);
    }

    PipelineDriver(Path stateDirectory, String tablesSql, String viewsSql, boolean storesInMemory, int portionRows) {
        this(stateDirectory, tablesSql, viewsSql, storesInMemory, portionRows, Publication.fromTheStart());
    }

    /** A pipeline of a later generation, whose views go to their topics when it is allowed. */
    static PipelineDriver late(Path stateDirectory, String tablesSql, String viewsSql, Publication publication) {
        return new PipelineDriver(stateDirectory, tablesSql, viewsSql, true, PORTION_ROWS, publication);
    }

    private PipelineDriver(
            Path stateDirectory,
            String tablesSql,
            String viewsSql,
            boolean storesInMemory,
            int portionRows,
            Publication publication) {
        this.topics = new PipelineTopics(publication.isLate() ? "test-g2" : "test", "test");
        List<UserError> errors = new ArrayList<>();
        this.catalog = TablesFile.read(tablesSql, "tables.sql", "test", errors);
        this.plan = Planner.plan(ViewsFile.read(viewsSql, "views.sql", catalog, errors));
        assertThat(errors.stream().map(UserError::render)).isEmpty();
        Map<String, StageResources.ViewSchemaIds> ids = new HashMap<>();
        for (PlanNode.View view : plan.views()) {
            ViewSchemas forms = StageResources.schemas(topics, view);
            ids.put(
                    view.name(),
                    new StageResources.ViewSchemaIds(schemas.register(forms.key()), schemas.register(forms.value())));
        }
        this.progress = new ViewProgress(plan.views());
        this.fanOut = new FanOut(plan, topics, 1, portionRows, Integer.MAX_VALUE, ONE_PORTION);
        this.resources = new StageResources(
                plan,
                topics,
                1,
                DELETIONS_RETAIN_MS,
                schemas,
                ids,
                progress,
                new RuntimeMeters(meters),
                new FailureLog(),
                new CommitPacer(5, 20),
                fanOut,
                publication,
                new DiskStores(memory),
                Runnable::run);
        this.topology = TopologyBuilder.build(resources, storesInMemory);
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        this.driver = new TopologyTestDriver(topology, properties, START);
    }

    /** Inserts or updates a row of a table, by values of all its columns. */
    void put(String table, Object... row) {
        putAt(position++, table, "s1", row);
    }

    /** As {@link #put}, with a position and in a shard. */
    void putAt(long at, String table, String shard, Object... row) {
        send(table, records(table).keyOf(shard, row), records(table).put(at, row));
    }

    /** Deletes a row by its primary key, as Debezium does: an event, then a tombstone. */
    void delete(String table, Object... key) {
        byte[] keyBytes = records(table).key("s1", key);
        send(table, keyBytes, records(table).deletion(position++));
        send(table, keyBytes, null);
    }

    /** Sends a change as Debezium does: a row that goes is an event and a tombstone, with a new key the new row comes after. */
    void apply(Change change) {
        String table = change.table().name();
        if (plan.nodes().stream()
                .noneMatch(node ->
                        node instanceof PlanNode.Scan scan && scan.table().equals(change.table()))) {
            // No view reads it, so the topology does not know its topic.
            return;
        }
        ChangeEventRecords events = records(table);
        if (!change.table().hasKey()) {
            applyUnkeyed(change, events);
            return;
        }
        if (change.removes()) {
            byte[] key = events.key(change.shard(), events.avroKey(change.before()));
            send(table, key, events.deletion(change.position()));
            send(table, key, null);
        }
        if (change.after() != null) {
            byte[] key = events.key(change.shard(), events.avroKey(change.after()));
            send(table, key, events.put(change.position(), events.avro(change.after())));
        }
    }

    /** As Debezium tells of a table without a primary key: two changes share a position, four in a row a transaction. */
    private void applyUnkeyed(Change change, ChangeEventRecords events) {
        long transaction = change.position() / 4;
        long at = change.position() / 2 + (transaction % 2 == 0 ? 10 : 1);
        byte[] value = events.unkeyed(
                change.shard(),
                transaction,
                at,
                Optional.ofNullable(change.before()).map(events::avro),
                Optional.ofNullable(change.after()).map(events::avro));
        sendUnkeyed(change.table().name(), change.position() % 2, value);
    }

    /** Sends an event of a table without a primary key, numbered as the connector numbers those of one position. */
    void sendUnkeyed(String table, long ordinal, byte[] value) {
        Headers headers = new RecordHeaders();
        if (ordinal > 0) {
            headers.add("__ordinal", Long.toString(ordinal).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        input(table).pipeInput(new TestRecord<>(null, value, headers, START));
    }

    /**
     * Takes over another driver's state as an instance does that starts on another machine: from the changelogs. The state
     * directory cannot be handed over, since TopologyTestDriver deletes it when it is closed.
     */
    void restoreFrom(PipelineDriver stopped) {
        for (String store : stopped.driver.getAllStateStores().keySet()) {
            KeyValueStore<Bytes, byte[]> restored = driver.getKeyValueStore(store);
            stopped.read("test-" + store + "-changelog")
                    .forEach(entry -> restored.put(Bytes.wrap(entry.key()), entry.value()));
        }
    }

    /** Sends any bytes to a table's topic. */
    void send(String table, byte[] key, byte[] value) {
        input(table).pipeInput(key, value, START);
    }

    void send(String table, byte[] key, byte[] value, Headers headers) {
        input(table).pipeInput(new TestRecord<>(key, value, headers, START));
    }

    private TestInputTopic<byte[], byte[]> input(String table) {
        String topic = catalog.table(table).orElseThrow().source().topic();
        return driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer());
    }

    ChangeEventRecords records(String table) {
        return records.computeIfAbsent(
                table, name -> new ChangeEventRecords(catalog.table(name).orElseThrow(), schemas));
    }

    PlanNode.View view(String name) {
        return plan.views().stream()
                .filter(view -> view.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** A view's rows in the order of its key, as JSON; a row of a multiset view as often as it has copies. */
    List<String> rows(String name) {
        return rows(view(name));
    }

    /** The rows of a view's index, likewise in its order. */
    List<String> rows(String name, int index) {
        return rows(plan.indexes(view(name)).get(index));
    }

    private List<String> rows(PlanNode.Served served) {
        KeyValueStore<Bytes, byte[]> store = driver.getKeyValueStore(plan.name(served));
        ServedRows rowsOf = ServedRows.of(served);
        List<String> rows = new ArrayList<>();
        try (var entries = store.all()) {
            entries.forEachRemaining(entry -> {
                var shown = rowsOf.shown(entry.value);
                if (shown != null) {
                    rows.addAll(Collections.nCopies(Math.toIntExact(shown.weight()), json(served.view(), shown.row())));
                }
            });
        }
        return rows;
    }

    /** Lets a reader of a view's topic read what came since the last call. */
    void follow(TopicReader reader, String view) {
        follow(reader, read(topics.view(view)));
    }

    /** Lets a reader read records of a view's topic. */
    void follow(TopicReader reader, List<TestRecord<byte[], byte[]>> records) {
        for (TestRecord<byte[], byte[]> change : records) {
            reader.read(decode(change.key()), change.value() == null ? null : decode(change.value()));
        }
    }

    /** Whether all that a late view's topic has was compared with the view. */
    boolean isPublished(String view) {
        return driver.getKeyValueStore(LatePublisher.store(plan.name(view(view))))
                .all()
                .hasNext();
    }

    private static String json(PlanNode.View view, Row row) {
        return RowJson.of(view.fields().stream().map(field -> field.name()).toList(), view.types())
                .write(row);
    }

    /** What a view's topic has got since the last call: {@code op key after}, or {@code tombstone key}. */
    List<String> changes(String view) {
        List<String> changes = new ArrayList<>();
        for (TestRecord<byte[], byte[]> record : output(topics.view(view)).readRecordsToList()) {
            GenericRecord key = decode(record.key());
            if (record.value() == null) {
                changes.add("tombstone " + key);
            } else {
                GenericRecord value = decode(record.value());
                changes.add(value.get("op") + " " + key + " " + value.get("after"));
            }
        }
        return changes;
    }

    /** Lets what is there before any change be put out, once stores are restored. */
    void start() {
        passTime(1);
    }

    /** Has the time be that, which is to be later than the present; what waits for it comes and goes. */
    void advanceTo(long nowMicros) {
        passTime(Math.max(0, nowMicros / 1_000 - nowMs));
    }

    private void passTime(long ms) {
        nowMs += ms;
        driver.advanceWallClockTime(Duration.ofMillis(ms));
    }

    /** Has changes with many matches go on by a portion. */
    void workOffSome() {
        passTime(FanOut.INTERVAL.toMillis());
    }

    /** Has changes with many matches go on until none is pending, and what waits for the time by then come and go. */
    void workOff() {
        do {
            passTime(StageProcessor.CLOCK_INTERVAL.toMillis());
        } while (fanOut.pending() > 0);
    }

    /** The present time, in microseconds since the epoch. */
    long nowMicros() {
        return nowMs * 1_000;
    }

    /** Lets so much time pass by the clock on the wall. */
    void pass(Duration time) {
        driver.advanceWallClockTime(time);
    }

    /** What a topic has got since the last call. */
    List<TestRecord<byte[], byte[]>> read(String topic) {
        return output(topic).readRecordsToList();
    }

    /** How many records have passed exchanges since the last call. */
    int exchanged() {
        return plan.nodes().stream()
                .filter(PlanNode.Exchange.class::isInstance)
                .mapToInt(node ->
                        read(topics.exchange(plan, (PlanNode.Exchange) node)).size())
                .sum();
    }

    private TestOutputTopic<byte[], byte[]> output(String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private GenericRecord decode(byte[] bytes) {
        try {
            return schemas.decode(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A record's headers as text, in their order. */
    static Map<String, String> text(Headers headers) {
        Map<String, String> text = new LinkedHashMap<>();
        headers.forEach(
                header -> text.put(header.key(), new String(header.value(), java.nio.charset.StandardCharsets.UTF_8)));
        return text;
    }

    /** The table of that name. */
    Table table(String name) {
        return catalog.table(name).orElseThrow();
    }

    @Override
    public void close() {
        driver.close();
        memory.close();
    }
}
