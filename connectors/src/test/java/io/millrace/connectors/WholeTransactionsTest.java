package io.millrace.connectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class WholeTransactionsTest {
    private final WholeTransactions transactions = new WholeTransactions();

    private Map<String, ?> stored(Map<String, Object> offset) {
        SourceRecord record = new SourceRecord(Map.of(), new HashMap<>(offset), "app.logs", null, null);
        // Connect gives a record again whose sending is tried again.
        transactions.apply(record);
        assertThat(transactions.apply(record)).isSameAs(record);
        return record.sourceOffset();
    }

    @Test
    void anOffsetIsThatOfTheLastCommit() {
        assertThat(stored(Map.of(
                        "lsn",
                        70L,
                        "lsn_proc",
                        70L,
                        "lsn_commit",
                        50L,
                        "messageType",
                        "INSERT",
                        "txId",
                        9L,
                        "lsn_events_processed",
                        3L)))
                .isEqualTo(Map.of(
                        "lsn",
                        50L,
                        "lsn_proc",
                        50L,
                        "lsn_commit",
                        50L,
                        "messageType",
                        "COMMIT",
                        "txId",
                        9L,
                        WholeTransactions.CHANGES_OF_POSITION,
                        3L));
    }

    @Test
    void aChangeAtThePositionOfTheLastCommitIsNotTakenForIt() {
        assertThat(stored(Map.of("lsn", 50L, "lsn_proc", 50L, "lsn_commit", 50L, "messageType", "BEGIN")))
                .isEqualTo(Map.of("lsn", 50L, "lsn_proc", 50L, "lsn_commit", 50L, "messageType", "COMMIT"));
    }

    @Test
    void beforeTheFirstCommitNothingIsProcessed() {
        assertThat(stored(Map.of("lsn", 70L, "lsn_proc", 70L, "messageType", "INSERT", "lsn_events_processed", 1L)))
                .isEqualTo(Map.of("lsn", 70L, WholeTransactions.CHANGES_OF_POSITION, 1L));
    }

    @Test
    void offsetsOfASnapshotStay() {
        Map<String, Object> snapshot =
                Map.of("lsn", 70L, "lsn_proc", 60L, "snapshot", "INITIAL", "last_snapshot_record", true);
        assertThat(stored(snapshot)).isEqualTo(snapshot);
        assertThat(stored(Map.of("lsn", 70L))).isEqualTo(Map.of("lsn", 70L));
    }
}
