package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ChangePositionTest {
    private static boolean supersedes(long incoming, long stored) {
        return ChangePosition.supersedes(incoming, stored);
    }

    @Test
    void everythingSupersedesNothing() {
        assertThat(supersedes(ChangePosition.streamed(1), ChangePosition.NONE)).isTrue();
        assertThat(supersedes(ChangePosition.snapshot(1), ChangePosition.NONE)).isTrue();
    }

    @Test
    void ofTwoStreamedChangesTheGreaterPositionWinsAndADuplicateIsDropped() {
        assertThat(supersedes(ChangePosition.streamed(20), ChangePosition.streamed(10)))
                .isTrue();
        assertThat(supersedes(ChangePosition.streamed(20), ChangePosition.streamed(20)))
                .isFalse();
        assertThat(supersedes(ChangePosition.streamed(10), ChangePosition.streamed(20)))
                .isFalse();
    }

    @Test
    void aTransactionInProgressAtTheSnapshotSupersedesItThoughItsRecordsLieBeforeIt() {
        assertThat(supersedes(ChangePosition.streamed(10), ChangePosition.snapshot(20)))
                .isTrue();
    }

    @Test
    void aLaterSnapshotSupersedesWhatWasStreamedBeforeIt() {
        assertThat(supersedes(ChangePosition.snapshot(30), ChangePosition.streamed(20)))
                .isTrue();
        assertThat(supersedes(ChangePosition.snapshot(30), ChangePosition.snapshot(20)))
                .isTrue();
    }

    @Test
    void aSnapshotRowSentLateDoesNotUndoAStreamedChange() {
        assertThat(supersedes(ChangePosition.snapshot(20), ChangePosition.streamed(30)))
                .isFalse();
        assertThat(supersedes(ChangePosition.snapshot(20), ChangePosition.snapshot(30)))
                .isFalse();
    }

    @Test
    void theEventsSourceBlockTellsSnapshotFromStream() {
        assertThat(ChangePosition.of("false", 7)).isEqualTo(ChangePosition.streamed(7));
        assertThat(ChangePosition.of(null, 7)).isEqualTo(ChangePosition.streamed(7));
        assertThat(ChangePosition.of("last_in_data_collection", 7)).isEqualTo(ChangePosition.snapshot(7));
        assertThat(ChangePosition.isSnapshot(ChangePosition.of("true", 7))).isTrue();
        assertThat(ChangePosition.lsn(ChangePosition.of("true", 7))).isEqualTo(7);
        assertThatThrownBy(() -> ChangePosition.of("true", 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
