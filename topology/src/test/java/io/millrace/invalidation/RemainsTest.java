package io.millrace.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The positions of views are forgotten only when nothing is left to be told: as it is committed, of all instances. */
final class RemainsTest {
    private static final TopicPartition ONE = new TopicPartition("pending", 0);
    private static final TopicPartition OTHER = new TopicPartition("pending", 1);
    private static final Map<TopicPartition, Long> BEGIN = Map.of(ONE, 0L, OTHER, 0L);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
    private final Remains remains = new Remains(consumer, Duration.ofMillis(200));

    private record Written(TopicPartition partition, String key, String value) {}

    /** What a consumer of what is committed is given. */
    private void committed(Written... all) {
        consumer.schedulePollTask(() -> {
            long[] next = new long[2];
            for (Written each : all) {
                consumer.addRecord(new ConsumerRecord<>(
                        "pending",
                        each.partition.partition(),
                        next[each.partition.partition()]++,
                        each.key.getBytes(StandardCharsets.UTF_8),
                        each.value == null ? null : each.value.getBytes(StandardCharsets.UTF_8)));
            }
        });
    }

    @Test
    void aStoreIsEmptyWhenOfEachKeyTheLastRecordIsADeletion() {
        committed(
                new Written(ONE, "photo/7", "pending"),
                new Written(OTHER, "photo/8", "pending"),
                new Written(ONE, "photo/7", null),
                new Written(OTHER, "photo/8", null));
        assertThat(remains.nothingKeptIn(BEGIN, Map.of(ONE, 2L, OTHER, 2L))).isTrue();
    }

    @Test
    void whatIsPendingInAnyInstancesTaskIsSeen() {
        committed(
                new Written(ONE, "photo/7", "pending"),
                new Written(ONE, "photo/7", null),
                new Written(OTHER, "photo/8", "pending"));
        assertThat(remains.nothingKeptIn(BEGIN, Map.of(ONE, 2L, OTHER, 1L))).isFalse();
    }

    @Test
    void ofATransactionThatIsOpenItIsNotKnown() {
        committed(new Written(ONE, "photo/7", "pending"), new Written(ONE, "photo/7", null));
        // The topic goes on behind what is committed.
        assertThat(remains.nothingKeptIn(BEGIN, Map.of(ONE, 3L, OTHER, 0L))).isFalse();
    }

    @Test
    void whatWasNotReadYetIsSeen() {
        committed(new Written(ONE, "photo/7", "change"));
        assertThat(remains.nothingIn(BEGIN, Map.of(ONE, 1L, OTHER, 0L))).isFalse();
        assertThat(remains.nothingIn(Map.of(ONE, 1L, OTHER, 0L), Map.of(ONE, 1L, OTHER, 0L)))
                .isTrue();
    }

    @Test
    void whereThereIsNoTopicNothingIsLeft() {
        assertThat(List.of(remains.nothingIn(Map.of(), Map.of()), remains.nothingKeptIn(Map.of(), Map.of())))
                .containsOnly(true);
    }
}
