package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.DeadLetterHeaders;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables without a primary key through the topology, from Debezium's events on; the random histories have the rest. */
class TablesWithoutKeyTest {
    private static final String TABLES = """
            CREATE TABLE logs (host text, line text, level integer);
            ALTER TABLE logs REPLICA IDENTITY FULL;
            """;
    private static final String LINES = "CREATE VIEW lines AS SELECT host, line FROM logs;\n";
    private static final String COUNTS = "CREATE VIEW counts AS SELECT host, count(*) AS n FROM logs GROUP BY host;\n";

    @TempDir
    Path state;

    private static Optional<Object[]> row(Object... values) {
        return Optional.of(values);
    }

    private static void change(
            PipelineDriver pipeline, long transaction, Optional<Object[]> before, Optional<Object[]> after) {
        byte[] value = pipeline.records("logs").unkeyed("s1", transaction, 10 * transaction, before, after);
        pipeline.sendUnkeyed("logs", 0, value);
    }

    @Test
    void equalRowsAreCopiesInAMultisetAndCountInAnAggregate() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, LINES + COUNTS)) {
            change(pipeline, 1, Optional.empty(), row("a", "up", 1));
            change(pipeline, 2, Optional.empty(), row("a", "up", 1));
            change(pipeline, 2, Optional.empty(), row("a", "up", 1));
            assertThat(pipeline.rows("lines")).hasSize(2).containsOnly("{\"host\":\"a\",\"line\":\"up\"}");
            assertThat(pipeline.rows("counts")).containsExactly("{\"host\":\"a\",\"n\":2}");
            change(pipeline, 3, row("a", "up", 1), row("a", "down", 1));
            change(pipeline, 4, row("a", "up", 1), Optional.empty());
            assertThat(pipeline.rows("lines")).containsExactly("{\"host\":\"a\",\"line\":\"down\"}");
            assertThat(pipeline.rows("counts")).containsExactly("{\"host\":\"a\",\"n\":1}");
        }
    }

    @Test
    void changesOfOnePositionAreToldByTheirOrdinal() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, LINES)) {
            byte[] copied = pipeline.records("logs").unkeyed("s1", 1, 10, Optional.empty(), row("a", "up", 1));
            for (long ordinal : new long[] {0, 2, 0, 2, 4}) {
                pipeline.sendUnkeyed("logs", ordinal, copied);
            }
            assertThat(pipeline.rows("lines")).hasSize(3);
        }
    }

    @Test
    void rowsThatASecondSnapshotHasNotGoSoon() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, LINES + COUNTS)) {
            ChangeEventRecords events = pipeline.records("logs");
            pipeline.sendUnkeyed("logs", 0, events.snapshot("s1", 100, 1, "first", "a", "up", 1));
            pipeline.sendUnkeyed("logs", 0, events.snapshot("s1", 100, 1, "true", "a", "up", 1));
            pipeline.sendUnkeyed("logs", 0, events.snapshot("s2", 90, 1, "last", "b", "up", 1));
            pipeline.sendUnkeyed("logs", 0, events.snapshot("s1", 200, 2, "first", "a", "up", 1));
            pipeline.sendUnkeyed("logs", 0, events.snapshot("s1", 200, 2, "last_in_data_collection", "a", "new", 1));
            pipeline.pass(Duration.ofSeconds(1));
            assertThat(pipeline.rows("counts")).containsExactly("{\"host\":\"a\",\"n\":2}", "{\"host\":\"b\",\"n\":1}");
            change(pipeline, 3, row("a", "new", 1), Optional.empty());
            assertThat(pipeline.rows("lines")).hasSize(2);
            change(pipeline, 4, Optional.empty(), Optional.empty());
            pipeline.pass(Duration.ofSeconds(1));
            assertThat(pipeline.rows("lines"))
                    .as("s1 is truncated")
                    .containsExactly("{\"host\":\"b\",\"line\":\"up\"}");
        }
    }

    @Test
    void aChangeWithoutTheRowBeforeIsADeadLetterThatSaysWhatToDo() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, LINES)) {
            change(pipeline, 1, Optional.empty(), row("a", "up", 1));
            byte[] update = pipeline.records("logs").unkeyedWithoutBefore("s1", 2, 20, "u", row("a", "down", 1));
            pipeline.sendUnkeyed("logs", 0, update);
            change(pipeline, 3, row("a", null, null), Optional.empty());
            assertThat(pipeline.rows("lines")).containsExactly("{\"host\":\"a\",\"line\":\"up\"}");
            var dead = pipeline.read("test.logs.dlq");
            assertThat(dead).hasSize(2);
            assertThat(headers(dead.get(0)))
                    .containsEntry(DeadLetterHeaders.REASON, "row_before_missing")
                    .extractingByKey(DeadLetterHeaders.MESSAGE)
                    .asString()
                    .contains("ALTER TABLE logs REPLICA IDENTITY FULL");
            assertThat(headers(dead.get(1)))
                    .containsEntry(DeadLetterHeaders.REASON, "unknown_row")
                    .extractingByKey(DeadLetterHeaders.MESSAGE)
                    .asString()
                    .contains("ALTER TABLE logs REPLICA IDENTITY FULL");
        }
    }

    private static Map<String, String> headers(TestRecord<byte[], byte[]> dead) {
        return PipelineDriver.text(dead.headers());
    }

    @Test
    void aRowOfAnIncrementalSnapshotIsADeadLetter() {
        try (PipelineDriver pipeline = PipelineDriver.inMemory(state, TABLES, LINES)) {
            pipeline.sendUnkeyed(
                    "logs", 0, pipeline.records("logs").snapshot("s1", 100, 1, "incremental", "a", "up", 1));
            assertThat(pipeline.rows("lines")).isEmpty();
            assertThat(pipeline.read("test.logs.dlq")).hasSize(1);
        }
    }
}
