package io.millrace.ops.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.connector.postgresql.PostgresConnectorTask;
import io.millrace.connectors.DebeziumConnectorConfig;
import io.millrace.connectors.DebeziumConnectorConfig.TableName;
import io.millrace.connectors.RowsWithoutKey;
import io.millrace.connectors.WholeTransactions;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.schemas.ChangeEvents;
import java.io.StringReader;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;

/**
 * Debezium's task, with the transformations of the connector, stopped after one or another row of a COPY, of which many have
 * one log position, and started again: every row comes, and where it comes again it does so with its first position and number.
 */
final class RestartedConnectorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String TOPIC = "ops__s1.public.logs";
    private static final int ROWS = 400;

    @TempDir
    private static Path directory;

    private static PostgresServer server;
    private static Map<String, String> config;

    /** What tells a change of a table without a primary key from all others. */
    private record Place(long transaction, long position, long ordinal) {}

    /** A row, and the offset that Connect stores when it is the last that was sent. */
    private record Sent(Place place, String line, Map<String, ?> offset) {}

    @BeforeAll
    static void start() throws Exception {
        server = PostgresServer.start("s1", directory.resolve("s1"), false);
        server.execute("CREATE TABLE logs (line text); ALTER TABLE logs REPLICA IDENTITY FULL");
        TableName logs = new TableName("public", "logs");
        config = new HashMap<>(new DebeziumConnectorConfig(
                        "ops",
                        "s1",
                        "127.0.0.1",
                        server.port(),
                        "postgres",
                        "postgres",
                        "${env:PASSWORD}",
                        List.of(logs),
                        Set.of(logs),
                        "http://127.0.0.1:1",
                        1,
                        0,
                        Map.of())
                .render());
        config.put("database.password", "postgres");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void everyRowOfACopyComesOnceWhereverTheConnectorStops() throws Exception {
        server.execute("INSERT INTO logs VALUES ('snapshot')");
        Map<String, ?> snapshot = read(null, "snapshot").get(0).offset();
        copyRows("early");
        // Nothing was committed since the snapshot, and then something was.
        List<Sent> sent = stopAfterEachOfAFew("early", snapshot);
        Map<String, ?> last = sent.get(sent.size() - 1).offset();
        assertThat(last).doesNotContainKey("lsn_commit");
        server.execute("INSERT INTO logs VALUES ('between')");
        copyRows("late");
        stopAfterEachOfAFew("late", last);
    }

    private static List<Sent> stopAfterEachOfAFew(String prefix, Map<String, ?> from) throws Exception {
        List<Sent> all = read(from, prefix + " " + (ROWS - 1));
        Map<Place, String> expected = new HashMap<>();
        all.forEach(sent -> expected.put(sent.place(), sent.line()));
        assertThat(expected).hasSameSizeAs(all);
        int first = all.size() - ROWS;
        long position = all.get(first).place().position();
        int group = (int)
                all.stream().filter(sent -> sent.place().position() == position).count();
        assertThat(group).as("rows of the first position").isBetween(3, ROWS - 3);
        List<String> wrong = new ArrayList<>();
        for (int stop : List.of(0, 1, group - 1, group, group + 1)) {
            Map<Place, String> missing = new HashMap<>(expected);
            all.subList(0, first + stop + 1).forEach(sent -> missing.remove(sent.place()));
            List<Sent> others = new ArrayList<>();
            for (Sent sent : read(all.get(first + stop).offset(), prefix + " " + (ROWS - 1))) {
                missing.remove(sent.place());
                if (!sent.line().equals(expected.get(sent.place()))) {
                    others.add(sent);
                }
            }
            if (!missing.isEmpty() || !others.isEmpty()) {
                wrong.add("stopped after %d rows of %d of %s: %d rows missing, %d with another row's place"
                        .formatted(stop + 1, group, prefix, missing.size(), others.size()));
            }
        }
        assertThat(wrong).isEmpty();
        return all;
    }

    private static void copyRows(String prefix) throws Exception {
        String lines =
                IntStream.range(0, ROWS).mapToObj(i -> prefix + " " + i + "\n").collect(Collectors.joining());
        try (Connection connection = server.connect()) {
            connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY logs (line) FROM STDIN", new StringReader(lines));
        }
    }

    /** Runs the task from an offset on, until a line has come. */
    private static List<Sent> read(Map<String, ?> offset, String until) throws InterruptedException {
        PostgresConnectorTask task = new PostgresConnectorTask();
        task.initialize(new Context(offset));
        task.start(config);
        List<Sent> sent = new ArrayList<>();
        try (WholeTransactions transactions = new WholeTransactions();
                RowsWithoutKey rows = new RowsWithoutKey()) {
            rows.configure(Map.of("topics", TOPIC));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (sent.stream().noneMatch(one -> one.line().equals(until))) {
                assertThat(System.nanoTime()).as("no line " + until).isLessThan(deadline);
                List<SourceRecord> polled = task.poll();
                for (SourceRecord record : polled == null ? List.<SourceRecord>of() : polled) {
                    // Connect stores the offset of the record as the connector gave it.
                    sent.add(sent(rows.apply(transactions.apply(record)), record.sourceOffset()));
                }
            }
        } finally {
            task.stop();
        }
        return sent;
    }

    private static Sent sent(SourceRecord record, Map<String, ?> offset) {
        Struct event = (Struct) record.value();
        Struct source = event.getStruct("source");
        Header ordinal = record.headers().lastWithName(ChangeEvents.ORDINAL_HEADER);
        Place place = new Place(
                source.getInt64("txId"), source.getInt64("lsn"), ordinal == null ? 0 : (Long) ordinal.value());
        return new Sent(place, event.getStruct("after").getString("line"), offset);
    }

    /** A worker that has stored this offset, or none. */
    private record Context(Map<String, ?> offset) implements SourceTaskContext, OffsetStorageReader {
        @Override
        public Map<String, String> configs() {
            return config;
        }

        @Override
        public OffsetStorageReader offsetStorageReader() {
            return this;
        }

        @Override
        public PluginMetrics pluginMetrics() {
            throw new UnsupportedOperationException("no metrics");
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> Map<String, Object> offset(Map<String, T> partition) {
            return (Map<String, Object>) offset;
        }

        @Override
        public <T> Map<Map<String, T>, Map<String, Object>> offsets(Collection<Map<String, T>> partitions) {
            Map<Map<String, T>, Map<String, Object>> offsets = new HashMap<>();
            partitions.forEach(partition -> offsets.put(partition, offset(partition)));
            return offsets;
        }
    }
}
