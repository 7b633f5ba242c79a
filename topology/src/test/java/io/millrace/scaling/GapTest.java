package io.millrace.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Records, markers and nothing between two positions. */
final class GapTest {
    private static final TopicPartition PARTITION = new TopicPartition("metrics", 0);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
    private final Gap gap = new Gap(consumer);

    private void record(long offset) {
        consumer.addRecord(new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), offset, null, new byte[1]));
    }

    @Test
    void aRecordThatIsNotReadIsNoMarker() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.schedulePollTask(() -> record(9));
        assertThat(gap.isEmpty(PARTITION, 8, 10)).isFalse();
    }

    @Test
    void markersAreNothing() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.schedulePollTask(() -> consumer.seek(PARTITION, 10));
        assertThat(gap.isEmpty(PARTITION, 5, 10)).isTrue();
    }

    @Test
    void whatWasSeenIsNotLookedAtAgain() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.schedulePollTask(() -> {
            record(5);
            record(9);
        });
        assertThat(gap.isEmpty(PARTITION, 4, 20)).isFalse();
        assertThat(gap.isEmpty(PARTITION, 6, 20)).as("the later record").isFalse();
        consumer.schedulePollTask(() -> consumer.seek(PARTITION, 20));
        assertThat(gap.isEmpty(PARTITION, 10, 20)).isTrue();
        assertThat(gap.isEmpty(PARTITION, 12, 20)).isTrue();
        consumer.schedulePollTask(() -> record(20));
        assertThat(gap.isEmpty(PARTITION, 12, 21)).as("more has come").isFalse();
    }

    @Test
    void whatCameAfterwardsIsNoConcern() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.schedulePollTask(() -> record(12));
        assertThat(gap.isEmpty(PARTITION, 8, 10)).isTrue();
    }

    @Test
    void aRecordThatIsDeletedIsNoneAnyMore() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        gap.bounds(PARTITION, 0, 12);
        consumer.schedulePollTask(() -> record(9));
        assertThat(gap.isEmpty(PARTITION, 5, 12)).isFalse();
        gap.bounds(PARTITION, 9, 12);
        assertThat(gap.isEmpty(PARTITION, 5, 12)).isFalse();
        gap.bounds(PARTITION, 10, 12);
        consumer.schedulePollTask(() -> consumer.seek(PARTITION, 12));
        assertThat(gap.isEmpty(PARTITION, 5, 12)).isTrue();
    }

    @Test
    void ofATopicThatIsMadeAnewNothingIsKnown() {
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        gap.bounds(PARTITION, 0, 20);
        consumer.schedulePollTask(() -> consumer.seek(PARTITION, 20));
        assertThat(gap.isEmpty(PARTITION, 0, 20)).isTrue();
        gap.bounds(PARTITION, 0, 25);
        assertThat(gap.isEmpty(PARTITION, 0, 20)).isTrue();
        gap.bounds(PARTITION, 0, 22);
        consumer.schedulePollTask(() -> record(3));
        assertThat(gap.isEmpty(PARTITION, 0, 20)).isFalse();
    }
}
