package io.millrace.serve;

import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import java.util.List;
import java.util.Optional;

/** Where the server finds views' rows. Thread-safe. */
public interface ViewStore {
    /** Whether views can be read now; while tasks are moved or restored they cannot. */
    boolean ready();

    /**
     * The row of a full key.
     *
     * @throws NotReady while the key's partition is not here to be read
     */
    Optional<WeightedRow> get(PlanNode.View view, Row key);

    /**
     * Rows in key order.
     *
     * @param prefix values of the key's first columns; none for all rows
     * @param after the encoded key after which the page begins; null for the first
     * @param limit how many rows at most
     * @throws NotReady while a partition is not here to be read
     */
    List<Entry> scan(PlanNode.View view, Object[] prefix, byte[] after, int limit);

    /** How many rows the view shows. */
    long rows(PlanNode.View view);

    /** How long the last changes took from their commit in the source, in milliseconds; half of them were faster. */
    double latencyMs(PlanNode.View view, double quantile);

    /** How many records below the view are still to be read. */
    long lagRecords(PlanNode.View view);

    /** A row of a scan. */
    record Entry(byte[] key, WeightedRow row) {}

    /** The partition that would answer is being moved or restored. */
    final class NotReady extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public NotReady(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
