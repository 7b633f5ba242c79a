package io.millrace.connectors.replica;

import static io.millrace.connectors.replica.TopicRecords.INTEGER;
import static io.millrace.connectors.replica.TopicRecords.TEXT;
import static io.millrace.connectors.replica.TopicRecords.columns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.replica.TopicRecords.At;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A storm of records that the target database refuses. */
final class ReplicaBreakerTest {
    /** Whether or not batches are written while Connect reads the next. */
    @ParameterizedTest
    @ValueSource(ints = {1, ReplicaSinkTask.LEAST_AHEAD})
    void aStormStopsTheSinkUntilItIsOver(int leastAhead) throws Exception {
        TopicPartition partition = new TopicPartition("app.storm", 0);
        TopicRecords users = TopicRecords.ofTable("app.storm", columns("id", INTEGER, "name", TEXT));
        try (TargetDatabase database = new TargetDatabase()) {
            SinkHarness sink = storming(leastAhead, database).open(partition);
            sink.put(users.upsert(At.of(0), "c", 0, "fine"));
            database.execute("ALTER TABLE storm ADD CONSTRAINT calm CHECK (name <> 'bad')");
            List<SinkRecord> bad = new ArrayList<>();
            for (int i = 1; i <= 200; i++) {
                bad.add(users.upsert(At.of(i), "c", i, "bad"));
            }
            assertThatThrownBy(() -> sink.put(bad))
                    .isInstanceOf(RetriableException.class)
                    .hasMessageContaining("the breaker is open, record app.storm-0@11 is held");
            assertThat(sink.deadLetters).hasSize(10);
            assertThat(sink.metric("breaker-open")).isEqualTo(1);
            assertThat(sink.timeoutMs).isBetween(100L, 202L);
            assertThat(sink.task.preCommit(Map.of(partition, new OffsetAndMetadata(201))))
                    .as("the group says so")
                    .containsExactly(Map.entry(partition, new OffsetAndMetadata(11, "breaker-open")));
            assertThat(sink.commits).isPositive();
            Thread.sleep(210);
            assertThatThrownBy(() -> sink.put(bad)).isInstanceOf(RetriableException.class);
            assertThat(sink.deadLetters).hasSize(10);
            // Another task begins with the record that is held.
            SinkHarness next = storming(leastAhead, database).open(partition);
            assertThat(next.sought).containsExactly(Map.entry(partition, 11L));
            assertThatThrownBy(() -> next.put(bad.subList(10, 200))).isInstanceOf(RetriableException.class);
            assertThat(next.deadLetters).hasSize(10);
            database.execute("ALTER TABLE storm DROP CONSTRAINT calm");
            Thread.sleep(210);
            next.put(bad.subList(10, 200));
            assertThat(next.metric("breaker-open")).isZero();
            assertThat(next.task.preCommit(Map.of(partition, new OffsetAndMetadata(201))))
                    .containsExactly(Map.entry(partition, new OffsetAndMetadata(201, "")));
            assertThat(database.rows("SELECT count(*) FROM storm")).containsExactly("181");
            sink.close();
            next.close();
        }
    }

    private static SinkHarness storming(int leastAhead, TargetDatabase database) {
        return new SinkHarness(
                leastAhead,
                database.url(),
                "postgres",
                "storm",
                DeliveryConfig.BREAKER_RECORDS,
                "20",
                DeliveryConfig.BREAKER_RATIO,
                "0.5",
                DeliveryConfig.BREAKER_PAUSE,
                "200");
    }
}
