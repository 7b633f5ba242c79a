package io.millrace.runtime;

import io.millrace.operator.ViewChange;
import io.millrace.plan.PlanNode;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What each view's partitions on this instance hold and reflect: the count of rows, exact once they are counted, and the latest
 * commit time in the source. Written by each partition's task, read by any thread.
 */
final class ViewProgress {
    private final Map<String, Map<Integer, Partition>> views = new ConcurrentHashMap<>();
    private final Map<String, RowOrigins> origins = new ConcurrentHashMap<>();
    private final Supplier<Set<String>> traced;

    /** One partition of one view. */
    final class Partition {
        private final String view;
        private final AtomicLong rows = new AtomicLong();
        private volatile boolean counted;
        private volatile long committedAtMicros;

        Partition(String view) {
            this.view = view;
        }

        /** Takes the count of the rows that were there when it was opened. */
        void counted(long atFirst) {
            rows.addAndGet(atFirst);
            counted = true;
        }

        /** Takes a change of what the view shows there. */
        void changed(ViewChange change) {
            rows.addAndGet(change.multiplicityAfter() - change.multiplicityBefore());
            if (change.origin().committedAtMicros() > committedAtMicros) {
                committedAtMicros = change.origin().committedAtMicros();
            }
            if (traced.get().contains(view)) {
                origins.get(view).changed(change);
            }
        }
    }

    ViewProgress(List<PlanNode.View> plan) {
        this(plan, Set::of);
    }

    /**
     * The progress of views.
     *
     * @param traced the names of those of which is remembered by which changes their rows came
     */
    ViewProgress(List<PlanNode.View> plan, Supplier<Set<String>> traced) {
        this.traced = traced;
        plan.forEach(view -> {
            views.put(view.name(), new ConcurrentHashMap<>());
            origins.put(view.name(), new RowOrigins(view));
        });
    }

    /** The change that a row of a view is of, as far as that is remembered. */
    Optional<Origin> origin(String view, Row row) {
        return origins.get(view).of(row);
    }

    /** Begins to follow a partition, whose rows are to be counted. */
    Partition opened(String view, int partition) {
        Partition opened = new Partition(view);
        views.get(view).put(partition, opened);
        return opened;
    }

    /** Ends following a partition, unless somebody else follows it already. */
    void closed(String view, int partition, Partition followed) {
        views.get(view).remove(partition, followed);
    }

    /** How many rows the view has in its counted partitions on this instance, copies counted. */
    long rows(String view) {
        return views.get(view).values().stream()
                .filter(partition -> partition.counted)
                .mapToLong(partition -> partition.rows.get())
                .sum();
    }

    /** How many of the view's partitions this instance holds and has counted. */
    int partitions(String view) {
        return (int) views.get(view).values().stream()
                .filter(partition -> partition.counted)
                .count();
    }

    /** The latest commit time in the source that the view reflects here, in microseconds since the epoch; 0 if none. */
    long committedAtMicros(String view) {
        return views.get(view).values().stream()
                .mapToLong(partition -> partition.committedAtMicros)
                .max()
                .orElse(0);
    }
}
