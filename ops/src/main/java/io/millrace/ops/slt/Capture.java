package io.millrace.ops.slt;

import io.millrace.catalog.Table;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.connectors.DebeziumConnectorConfig.TableName;
import io.millrace.ops.stack.TableTopics;
import io.millrace.schemas.AvroSerdes;
import io.millrace.schemas.RegistryClient;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The change stream of a test's database: its publication and replication slot, its connector, its tables' topics. A row of a
 * table of its own is changed after everything else, and read from its topic: by then all before it has been captured.
 */
final class Capture implements AutoCloseable {
    private static final String SHARD = "shard1";
    private static final String MARKER = "millrace_test.marker";
    private static final String MARKER_SQL = "CREATE TABLE " + MARKER + " (id int PRIMARY KEY, n bigint NOT NULL)";
    private static final long HEARTBEAT_MS = 1_000;
    private static final Duration POLL = Duration.ofMillis(50);

    /** What is not captured after so long is not going to be. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Changes of the marker before the connector streams are in its snapshot; so another one is made after so long. */
    private static final Duration MARK_AGAIN = Duration.ofMillis(250);

    private static final Duration PAUSE = Duration.ofMillis(50);

    private final TestStack stack;
    private final TestDatabase database;
    private final String name;
    private final Table marker;
    private final KafkaConsumer<byte[], GenericRecord> consumer;
    private List<Table> tables = List.of();
    private DebeziumConnectorConfig connector;
    private long seen;

    /**
     * A change stream that is not there yet.
     *
     * @param name the logical database, which names its topics, slot and connector
     */
    Capture(TestStack stack, TestDatabase database, String name) {
        this.stack = stack;
        this.database = database;
        this.name = name;
        this.marker = TablesFile.read(MARKER_SQL, "marker", name, new ArrayList<>())
                .table("marker")
                .orElseThrow();
        this.consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", stack.bootstrapServers(), "enable.auto.commit", false),
                new ByteArrayDeserializer(),
                AvroSerdes.values(new RegistryClient(stack.registry().url())).deserializer());
    }

    /**
     * Has these tables captured from now on, with the rows that they hold; {@link #awaitRunning} waits until they are. No
     * transaction may be open.
     *
     * @param added those of them that were not captured so far
     * @param snapshot whether the others must be read anew, too
     */
    void take(Collection<Table> wanted, Collection<Table> added, boolean snapshot) {
        boolean rows = snapshot;
        for (Table table : added) {
            rows |= holdsRows(table);
            if (!table.hasKey()) {
                sql("ALTER TABLE public." + TestDatabase.quoted(table.name()) + " REPLICA IDENTITY FULL");
            }
        }
        tables = List.copyOf(wanted);
        createTopics();
        if (connector == null) {
            begin();
        } else {
            goOn(rows);
        }
    }

    /** Waits until every change that is committed from now on is streamed. */
    void awaitRunning() {
        if (connector != null) {
            awaitAll();
        }
    }

    private void createTopics() {
        try {
            TableTopics.create(stack.admin(), captured(), OnStack.PARTITIONS);
        } catch (ExecutionException e) {
            throw OnStack.failed("the tables' topics could not be created", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw OnStack.failed("the tables' topics could not be created", e);
        }
    }

    private List<Table> captured() {
        List<Table> captured = new ArrayList<>(tables);
        captured.add(marker);
        return captured;
    }

    private void begin() {
        sql("DROP TABLE IF EXISTS " + MARKER);
        sql(MARKER_SQL);
        sql("INSERT INTO " + MARKER + " VALUES (1, 0)");
        List<TopicPartition> partitions = IntStream.range(0, OnStack.PARTITIONS)
                .mapToObj(partition -> new TopicPartition(marker.source().topic(), partition))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        connector = configured();
        sql("CREATE PUBLICATION " + connector.slotName() + " FOR TABLE " + names());
        connect(() -> stack.connect().deploy(connector));
    }

    /** The connector is halted meanwhile, so that none with the old tables passes over a change of a new one. */
    private void goOn(boolean snapshot) {
        awaitAll();
        connect(() -> stack.connect().halt(connector));
        sql("ALTER PUBLICATION " + connector.slotName() + " SET TABLE " + names());
        if (snapshot) {
            connect(() -> stack.connect().forget(connector));
            dropSlot();
        }
        connector = configured();
        connect(() -> stack.connect().resume(connector));
    }

    private static void connect(Runnable request) {
        try {
            request.run();
        } catch (IllegalStateException e) {
            throw OnStack.failed("Connect does not do what it is asked", e);
        }
    }

    private String names() {
        return captured().stream()
                .map(table -> TestDatabase.quoted(table.schema()) + "." + TestDatabase.quoted(table.name()))
                .collect(Collectors.joining(", "));
    }

    private DebeziumConnectorConfig configured() {
        return new DebeziumConnectorConfig(
                name,
                SHARD,
                "127.0.0.1",
                database.port(),
                database.name(),
                "postgres",
                stack.passwordReference(),
                captured().stream().map(Capture::nameOf).toList(),
                tables.stream()
                        .filter(table -> !table.hasKey())
                        .map(Capture::nameOf)
                        .collect(Collectors.toSet()),
                stack.registry().url(),
                OnStack.PARTITIONS,
                HEARTBEAT_MS,
                Map.of());
    }

    private static TableName nameOf(Table table) {
        return new TableName(table.schema(), table.name());
    }

    /** Waits until all that is committed is in the tables' topics. */
    void awaitAll() {
        if (connector == null) {
            return;
        }
        long wanted = mark();
        long now = System.nanoTime();
        long deadline = now + PATIENCE.toNanos();
        long again = now + MARK_AGAIN.toNanos();
        while (seen < wanted) {
            for (ConsumerRecord<byte[], GenericRecord> record : consumer.poll(POLL)) {
                look(record.value());
            }
            now = System.nanoTime();
            if (now - again > 0) {
                stack.connect().failure(connector).ifPresent(reason -> {
                    throw OnStack.failed("the connector stopped: " + firstLines(reason), null);
                });
                mark();
                again = now + MARK_AGAIN.toNanos();
            }
            if (now - deadline > 0) {
                throw OnStack.failed("a change was not captured within " + PATIENCE.toSeconds() + " s", null);
            }
        }
    }

    /** A row of a snapshot tells nothing of the other tables, whose rows may come after it. */
    private void look(GenericRecord event) {
        if (event != null
                && !event.get("op").toString().equals("r")
                && event.get("after") instanceof GenericRecord row) {
            seen = Math.max(seen, (Long) row.get("n"));
        }
    }

    private static String firstLines(String trace) {
        return trace.lines()
                .filter(line -> !line.startsWith("\t"))
                .map(line -> line.replaceFirst("^Caused by: ", ""))
                .limit(3)
                .collect(Collectors.joining("; "));
    }

    private long mark() {
        return Long.parseLong(sql("UPDATE " + MARKER + " SET n = n + 1 RETURNING n")
                .rows()
                .get(0)
                .get(0));
    }

    /** The server lets go of a slot a moment after its connector is gone. */
    private void dropSlot() {
        String slot = " FROM pg_replication_slots WHERE slot_name = '" + connector.slotName() + "'";
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (sql("SELECT 1" + slot + " AND active").changed() > 0) {
            if (System.nanoTime() - deadline > 0) {
                throw OnStack.failed("the replication slot " + connector.slotName() + " is still read", null);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        sql("SELECT pg_drop_replication_slot(slot_name)" + slot);
    }

    private boolean holdsRows(Table table) {
        try {
            return database.holdsRows(table.name());
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    private Answer sql(String sql) {
        try {
            return database.committed(sql);
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    private static UserError refused(SQLException e) {
        return OnStack.failed("PostgreSQL refuses what capturing needs", e);
    }

    /** Removes the connector, the slot and the publication; topics are the caller's. */
    void remove() {
        if (connector != null) {
            connect(() -> stack.connect().halt(connector));
            connect(() -> stack.connect().delete(connector));
            dropSlot();
            sql("DROP PUBLICATION " + connector.slotName());
            connector = null;
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
