package io.millrace.runtime;

import io.millrace.operator.ServedRows;
import io.millrace.plan.PlanNode;
import io.millrace.row.WeightedRow;
import java.util.concurrent.Executor;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts the rows of a view's partition as they were when its task began: beside the task, which does not wait for that. */
final class RowCount {
    private RowCount() {}

    /**
     * Counts, and tells it to whom follows the partition. Called before anything is written.
     *
     * @param beside counts where the store is on disk, and is read as it is now also while it is written
     */
    static void begin(
            PlanNode.View view, KeyValueStore<Bytes, byte[]> store, Executor beside, ViewProgress.Partition followed) {
        KeyValueIterator<Bytes, byte[]> entries = store.all();
        Executor counting = store.persistent() && entries.hasNext() ? beside : Runnable::run;
        counting.execute(() -> count(view, entries, followed));
    }

    private static void count(
            PlanNode.View view, KeyValueIterator<Bytes, byte[]> entries, ViewProgress.Partition followed) {
        ServedRows served = ServedRows.of(view);
        long rows = 0;
        try (entries) {
            while (entries.hasNext()) {
                WeightedRow shown = served.shown(entries.next().value);
                rows += shown == null ? 0 : shown.weight();
            }
        } catch (InvalidStateStoreException e) {
            // The task has been closed: nobody follows the partition any more.
            return;
        }
        followed.counted(rows);
    }
}
