package io.millrace.serve;

import io.millrace.operator.ServedRows;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.row.KeyRange;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.row.WeightedRow;
import io.millrace.runtime.NotReady;
import io.millrace.runtime.RowRange;
import io.millrace.runtime.ViewChanges.Change;
import io.millrace.runtime.ViewChanges.Subscriber;
import io.millrace.runtime.ViewChanges.Subscription;
import io.millrace.sql.Sink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/**
 * Views in memory. Rows are partitioned by the bytes of their keys; a partition may be said to be on another instance, or
 * to be moving.
 */
final class MemoryViewStore implements ViewStore {
    static final int PARTITIONS = 4;

    private final Plan plan;
    private final Map<PlanNode.Served, NavigableMap<byte[], WeightedRow>> rows = new ConcurrentHashMap<>();
    private final List<Change> log = new CopyOnWriteArrayList<>();
    private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();
    final Map<Integer, String> elsewhere = new ConcurrentHashMap<>();
    final Set<Integer> moving = ConcurrentHashMap.newKeySet();
    final Map<Row, Origin> origins = new ConcurrentHashMap<>();
    volatile List<Sink> sinks = List.of();
    volatile boolean ready = true;

    MemoryViewStore(Plan plan) {
        this.plan = plan;
    }

    private NavigableMap<byte[], WeightedRow> stored(PlanNode.Served served) {
        return rows.computeIfAbsent(served, any -> new ConcurrentSkipListMap<>(Arrays::compareUnsigned));
    }

    static int partition(byte[] key) {
        return Math.floorMod(Arrays.hashCode(key) * 31, PARTITIONS);
    }

    /** A row of a view, of its values' texts; null for NULL. */
    static Row row(PlanNode.View view, String... texts) {
        Object[] values = new Object[texts.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = texts[i] == null ? null : SqlText.parse(view.types().get(i), texts[i]);
        }
        return Row.of(values);
    }

    /** Puts a row that shows so often, if this instance holds its partition, and tells subscribers. */
    void put(PlanNode.View view, long weight, Row row) {
        WeightedRow before = put(view, new WeightedRow(weight, row));
        for (PlanNode.Index index : plan.indexes(view)) {
            if (before != null) {
                stored(index).remove(ServedRows.of(index).keyOf(before.row()));
            }
            put(index, new WeightedRow(weight, row));
        }
        if (!elsewhere.containsKey(partition(ServedRows.of(view).keyOf(row)))) {
            tell(view, key(view, row), before == null ? null : before.row(), row);
        }
    }

    private WeightedRow put(PlanNode.Served served, WeightedRow row) {
        byte[] key = ServedRows.of(served).keyOf(row.row());
        return elsewhere.containsKey(partition(key)) ? null : stored(served).put(key, row);
    }

    void remove(PlanNode.View view, Row row) {
        stored(view).remove(ServedRows.of(view).keyOf(row));
        plan.indexes(view)
                .forEach(index -> stored(index).remove(ServedRows.of(index).keyOf(row)));
        tell(view, key(view, row), row, null);
    }

    private static Row key(PlanNode.View view, Row row) {
        return row.project(view.key().stream().mapToInt(Integer::intValue).toArray());
    }

    private synchronized void tell(PlanNode.View view, Row key, Row before, Row after) {
        int partition = partition(ServedRows.of(view).prefix(key.toArray()));
        Change change = new Change(view.name(), key, before, after, partition, ends()[partition]);
        log.add(change);
        subscribers.forEach(each -> each.changed(change));
    }

    int subscribers() {
        return subscribers.size();
    }

    private long[] ends() {
        long[] ends = new long[PARTITIONS];
        log.forEach(change -> ends[change.partition()]++);
        return ends;
    }

    @Override
    public boolean ready() {
        return ready;
    }

    private void check(int partition) throws NotReady {
        if (moving.contains(partition)) {
            throw NotReady.moving("partition " + partition + " is being moved");
        }
        if (elsewhere.containsKey(partition)) {
            throw NotReady.elsewhere("partition " + partition + " is elsewhere", partition, elsewhere.get(partition));
        }
    }

    @Override
    public Optional<WeightedRow> get(PlanNode.View view, Row key) throws NotReady {
        byte[] encoded = ServedRows.of(view).prefix(key.toArray());
        check(partition(encoded));
        return Optional.ofNullable(stored(view).get(encoded));
    }

    @Override
    public Part scan(RowRange range, byte[] after, int limit, Set<Integer> partitions) throws NotReady {
        KeyRange keys = range.keys(ServedRows.of(range.served()));
        Map<String, Set<Integer>> others = new TreeMap<>();
        Set<Integer> own = new TreeSet<>();
        for (int i = 0; i < PARTITIONS; i++) {
            if (partitions.isEmpty() || partitions.contains(i)) {
                try {
                    check(i);
                    own.add(i);
                } catch (NotReady e) {
                    String owner = e.owner().orElseThrow(() -> e);
                    others.computeIfAbsent(owner, any -> new TreeSet<>()).add(i);
                }
            }
        }
        List<Entry> entries = new ArrayList<>();
        stored(range.served()).forEach((key, row) -> {
            boolean wanted = keys.contains(key)
                    && (after == null || Arrays.compareUnsigned(key, after) > 0)
                    && own.contains(partition(key));
            if (wanted && entries.size() < limit) {
                entries.add(new Entry(key, row));
            }
        });
        return new Part(entries, others);
    }

    @Override
    public List<Sink> declaredSinks() {
        return sinks;
    }

    @Override
    public Optional<Origin> origin(PlanNode.View view, Row row) {
        return Optional.ofNullable(origins.get(row));
    }

    @Override
    public Held held(PlanNode.View view) {
        long count =
                stored(view).values().stream().mapToLong(WeightedRow::weight).sum();
        return new Held(count, PARTITIONS - elsewhere.size() - moving.size(), PARTITIONS);
    }

    @Override
    public List<String> others() {
        return elsewhere.values().stream().distinct().toList();
    }

    @Override
    public double latencyMs(PlanNode.View view, double quantile) {
        return 100 * quantile;
    }

    @Override
    public long lagRecords(PlanNode.View view) {
        return 3;
    }

    @Override
    public synchronized Subscription subscribe(PlanNode.View view, Subscriber subscriber) {
        subscribers.add(subscriber);
        return new Subscription(ends(), () -> subscribers.remove(subscriber));
    }

    @Override
    public void replay(PlanNode.View view, long[] from, long[] to, Subscriber subscriber, BooleanSupplier wanted) {
        for (Change change : log) {
            int partition = change.partition();
            if (change.offset() >= from[partition] && change.offset() < to[partition] && wanted.getAsBoolean()) {
                subscriber.changed(change);
            }
        }
    }
}
