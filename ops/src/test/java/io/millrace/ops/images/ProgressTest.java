package io.millrace.ops.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class ProgressTest {
    private static final TopicPartition PARTITION = new TopicPartition("images.uploads", 1);

    @Test
    void theNextWorkerKnowsHowOftenARecordWasBegun() {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        committed.put(PARTITION, null);
        for (int worker = 1; worker <= 3; worker++) {
            Progress progress = new Progress();
            progress.assigned(committed);
            assertThat(progress.begun(PARTITION, 7)).isEqualTo(worker - 1);
            progress.begin(PARTITION, 7);
            committed = progress.uncommitted();
            assertThat(committed.get(PARTITION).offset()).isEqualTo(7);
        }
    }

    @Test
    void aRecordThatIsDoneIsPassedAndTheNextIsNew() {
        Progress progress = new Progress();
        progress.begin(PARTITION, 7);
        progress.begin(PARTITION, 7);
        progress.done(PARTITION, 7);
        assertThat(progress.uncommitted()).containsEntry(PARTITION, new OffsetAndMetadata(8, ""));
        assertThat(progress.begun(PARTITION, 8)).isZero();
        progress.committed();
        assertThat(progress.uncommitted()).isEmpty();
        progress.begin(PARTITION, 8);
        assertThat(progress.uncommitted()).containsEntry(PARTITION, new OffsetAndMetadata(8, "begun 1"));
    }

    @Test
    void anAttemptThatFailedByNoFaultOfThePictureDoesNotCount() {
        Progress progress = new Progress();
        for (int i = 0; i < 100; i++) {
            progress.begin(PARTITION, 7);
            progress.forgive(PARTITION, 7);
        }
        progress.begin(PARTITION, 7);
        assertThat(progress.begun(PARTITION, 7)).isEqualTo(1);
    }

    @Test
    void whatOthersCommittedIsNotMisread() {
        Progress progress = new Progress();
        progress.assigned(Map.of(PARTITION, new OffsetAndMetadata(7, "of another program")));
        assertThat(progress.begun(PARTITION, 7)).isZero();
    }
}
