package io.millrace.serve;

import io.millrace.plan.PlanNode;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.runtime.NotReady;
import io.millrace.runtime.RowRange;
import io.millrace.runtime.ViewChanges;
import io.millrace.sink.SinkState;
import io.millrace.sql.Sink;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** What an instance holds of the views and knows of the other instances. Thread-safe. */
public interface ViewStore {
    /** Whether views can be read now; while tasks are moved or restored they cannot. */
    boolean ready();

    /** By view that a new version of is being built, how many records are left to read; -1 while that is not known. */
    default Map<String, Long> building() {
        return Map.of();
    }

    /** What this instance is called in the pipeline's groups, also after it was started again. */
    default String instance() {
        return "";
    }

    /** By what the brokers know this process, in one line. */
    default String presence() {
        return "";
    }

    /** How the pipeline's sinks were when this instance last looked; none where it does not deploy them. */
    default List<SinkState> sinks() {
        return List.of();
    }

    /** The sinks that are deployed, of all types. */
    default List<Sink> declaredSinks() {
        return List.of();
    }

    /** The change of the source that a row is of, which is what a key shows now; empty where it is not known any more. */
    default Optional<Origin> origin(PlanNode.View view, Row row) {
        return Optional.empty();
    }

    /** Which version of a view is served; instances that share a view's rows must serve the same. */
    default int version(PlanNode.View view) {
        return 1;
    }

    /**
     * The row of a full key.
     *
     * @throws NotReady while the key's partition is not here to be read; it names who has it, if that is known
     */
    Optional<WeightedRow> get(PlanNode.View view, Row key) throws NotReady;

    /**
     * The rows of a range that this instance holds, in the order of the view's key or of the index.
     *
     * @param after the encoded key after which they begin; null for the first
     * @param limit how many rows at most
     * @param partitions where to look; empty for all partitions that may hold such rows
     * @throws NotReady while one of the partitions is nowhere to be read
     */
    Part scan(RowRange range, byte[] after, int limit, Set<Integer> partitions) throws NotReady;

    /** What this instance holds of a view. */
    Held held(PlanNode.View view);

    /** {@code host:port} of every other instance. */
    List<String> others();

    /** How many rows the view shows on this instance. */
    default long rows(PlanNode.View view) {
        return held(view).rows();
    }

    /** How long the last changes took from their commit in the source, in milliseconds; half of them were faster. */
    double latencyMs(PlanNode.View view, double quantile);

    /** How many records below the view are still to be read, by all instances; -1 while that is not known. */
    long lagRecords(PlanNode.View view);

    /** As {@link ViewChanges#subscribe}. */
    ViewChanges.Subscription subscribe(PlanNode.View view, ViewChanges.Subscriber subscriber);

    /** As {@link ViewChanges#replay}. */
    void replay(PlanNode.View view, long[] from, long[] to, ViewChanges.Subscriber subscriber, BooleanSupplier wanted);

    /** A row of a scan. */
    record Entry(byte[] key, WeightedRow row) {}

    /**
     * One instance's share of a scan.
     *
     * @param entries its rows in order
     * @param elsewhere by {@code host:port} the partitions that other instances hold of what was asked for
     */
    record Part(List<Entry> entries, Map<String, Set<Integer>> elsewhere) {}

    /**
     * One instance's share of a view.
     *
     * @param rows how many rows it shows, copies counted
     * @param partitions how many partitions it holds
     * @param allPartitions how many there are
     */
    record Held(long rows, int partitions, int allPartitions) {}
}
