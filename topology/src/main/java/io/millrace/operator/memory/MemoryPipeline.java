package io.millrace.operator.memory;

import io.millrace.catalog.Table;
import io.millrace.operator.Circuit;
import io.millrace.operator.MemoryState;
import io.millrace.operator.RowFailures;
import io.millrace.operator.ScanCounters;
import io.millrace.operator.ScanOutcome;
import io.millrace.operator.ServedRows;
import io.millrace.operator.State;
import io.millrace.operator.ViewChange;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.plan.Field;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Stage;
import io.millrace.row.Delta;
import io.millrace.row.KeyCodec;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import io.millrace.row.SourceChange;
import io.millrace.row.WeightedRow;
import io.millrace.row.ZSetCodec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A plan run in memory as the real runtime would: a circuit for each stage and partition, queues between them as topics are.
 * Records of one queue keep their order; which queue moves next is random, so that every interleaving that Kafka allows can
 * happen.
 */
public final class MemoryPipeline {
    private final Plan plan;
    private final int partitions;
    private final Random random;
    private final Map<String, Task> tasks = new LinkedHashMap<>();
    private final Map<String, Deque<Runnable>> queues = new LinkedHashMap<>();
    private final Map<String, MemoryState> states = new HashMap<>();
    private final IdentityHashMap<PlanNode, Stage> stageOf = new IdentityHashMap<>();
    private final Map<String, Map<Row, Row>> shown = new HashMap<>();
    private int duplicates;
    private final List<String> failures = new ArrayList<>();
    private final List<String> broken = new ArrayList<>();

    /** More matches than any change has: all are put out at once, as is fit for what is held in memory. */
    public static final int WHOLE = Integer.MAX_VALUE;

    private record Task(String name, Circuit circuit) {}

    /**
     * The plan with empty tables.
     *
     * @param partitions how many partitions each topic has
     * @param random decides which queue moves next
     * @param nowMicros the present time, see {@link #advance}
     * @param portionRows how many pairs a join puts out at once at most
     */
    public MemoryPipeline(Plan plan, int partitions, Random random, long nowMicros, int portionRows) {
        this.plan = plan;
        this.partitions = partitions;
        this.random = random;
        for (Stage stage : Stage.of(plan)) {
            stage.nodes().forEach(node -> stageOf.put(node, stage));
            for (int partition = 0; partition < partitions; partition++) {
                Connected connected = new Connected(stage.number(), partition);
                String name = taskName(stage, partition);
                tasks.put(name, new Task(name, new Circuit(plan, stage, portionRows, connected)));
            }
        }
        tasks.values().forEach(task -> task.circuit.advance(nowMicros, Integer.MAX_VALUE));
        Stage.of(plan).stream().filter(Stage::starts).forEach(stage -> tasks.get(
                        taskName(stage, partitionOf(new Object[0])))
                .circuit
                .start());
    }

    /** The views that the plan maintains, in the order in which they are defined. */
    public List<PlanNode.View> views() {
        return plan.views();
    }

    /** Appends a change to its table's topic. */
    public void append(Change change) {
        PlanNode.Scan scan = scanOf(change.table());
        if (scan == null) {
            return;
        }
        Origin origin = new Origin(change.shard(), change.position(), change.position() * 1000);
        if (change.table().appendOnly()) {
            append(scan, new SourceChange(false, null, read(scan, change.after()), null, origin));
            return;
        }
        if (scan.withoutKey()) {
            append(scan, unkeyed(scan, change));
            return;
        }
        if (change.removes()) {
            append(scan, new SourceChange(true, change.keyOf(change.before()), null, null, origin));
        }
        if (change.after() != null) {
            Row read = read(scan, change.after());
            append(scan, new SourceChange(false, change.keyOf(change.after()), read, null, origin));
        }
    }

    /**
     * A change of a table without a primary key. Two changes share a position, as rows of a COPY do, and four a transaction,
     * where they are of one shard; the positions of a transaction may be less than those of the one before.
     */
    private static SourceChange unkeyed(PlanNode.Scan scan, Change change) {
        long transaction = change.position() / 4;
        long position = change.position() / 2 + (transaction % 2 == 0 ? 10 : 1);
        Origin origin = new Origin(change.shard(), position, transaction * 1000);
        Row before = change.before() == null ? null : read(scan, change.before());
        Row after = change.after() == null ? null : read(scan, change.after());
        return new SourceChange(
                after == null,
                null,
                after,
                null,
                origin,
                new SourceChange.Unkeyed(SourceChange.Kind.CHANGE, before, transaction, change.position() % 2));
    }

    private static Row read(PlanNode.Scan scan, Row row) {
        return row.project(scan.columns().stream().mapToInt(Integer::intValue).toArray());
    }

    private void append(PlanNode.Scan scan, SourceChange change) {
        int partition = scan.withoutKey()
                ? partitionOf(new Object[] {change.origin().shard()})
                : change.key() == null
                        ? (int) Math.floorMod(change.origin().position(), (long) partitions)
                        : partitionOf(change.key().toArray());
        Task task = tasks.get(taskName(stageOf.get(scan), partition));
        enqueue(scan.table().name() + "-" + partition, () -> {
            ScanOutcome outcome = task.circuit.change(scan, change);
            if (outcome != ScanOutcome.TAKEN) {
                throw new IllegalStateException(outcome + " of " + change);
            }
            workLater(task);
        });
    }

    /** Has the time be that everywhere, soon. */
    public void advance(long nowMicros) {
        tasks.forEach((name, task) -> enqueue("clock-" + name, () -> advance(name, task, nowMicros)));
    }

    private void advance(String name, Task task, long nowMicros) {
        if (!task.circuit.advance(nowMicros, 1 + random.nextInt(3))) {
            enqueue("clock-" + name, () -> advance(name, task, nowMicros));
        }
        workLater(task);
    }

    /** Has pending changes go on, a portion at a time, each at a moment of its own. */
    private void workLater(Task task) {
        String queue = "pending-" + task.name;
        if (!queues.containsKey(queue) && task.circuit.pending() > 0) {
            enqueue(queue, () -> work(task, queue));
        }
    }

    private void work(Task task, String queue) {
        task.circuit.work();
        if (task.circuit.pending() > 0) {
            enqueue(queue, () -> work(task, queue));
        }
    }

    /** How many changes are pending. */
    public int pending() {
        return tasks.values().stream().mapToInt(task -> task.circuit.pending()).sum();
    }

    /** The scan of a table, or null when no view reads it. */
    private PlanNode.Scan scanOf(Table table) {
        return plan.nodes().stream()
                .filter(node ->
                        node instanceof PlanNode.Scan scan && scan.table().equals(table))
                .map(PlanNode.Scan.class::cast)
                .findFirst()
                .orElse(null);
    }

    /** Lets some records move on, in a random order. */
    public void runSome(int steps) {
        for (int i = 0; i < steps && !queues.isEmpty(); i++) {
            runOne();
        }
    }

    /** Lets all records move on until nothing is under way. */
    public void runToQuiet() {
        while (!queues.isEmpty()) {
            runOne();
        }
    }

    private void runOne() {
        List<String> names = List.copyOf(queues.keySet());
        String name = names.get(random.nextInt(names.size()));
        Deque<Runnable> queue = queues.get(name);
        queue.peek().run();
        queue.poll();
        if (queue.isEmpty()) {
            queues.remove(name);
        }
    }

    /** A view's rows as JSON, sorted; a row of a multiset view as often as it has copies. */
    public List<String> rows(PlanNode.View view) {
        List<String> rows = served(view);
        rows.sort(null);
        return rows;
    }

    /** The rows of a view or an index as JSON, in the order of its key; of a multiset as often as there are copies. */
    public List<String> served(PlanNode.Served served) {
        RowJson json = jsonOf(served);
        return contents(served).stream().map(json::write).collect(Collectors.toCollection(ArrayList::new));
    }

    /** The rows of a view or an index in the order of its key; of a multiset as often as there are copies. */
    public List<Row> contents(PlanNode.Served served) {
        ServedRows rowsOf = ServedRows.of(served);
        NavigableMap<byte[], WeightedRow> byKey = new TreeMap<>(Arrays::compareUnsigned);
        for (int partition = 0; partition < partitions; partition++) {
            MemoryState state = states.get(plan.name(served) + "/" + partition);
            if (state == null) {
                continue;
            }
            int held = partition;
            state.scan(new byte[0], (key, value) -> {
                WeightedRow row = rowsOf.shown(value);
                if (row != null) {
                    requirePlace(served, row.row(), held);
                    byKey.put(key, row);
                }
                return true;
            });
        }
        List<Row> rows = new ArrayList<>();
        byKey.values().forEach(row -> rows.addAll(Collections.nCopies(Math.toIntExact(row.weight()), row.row())));
        return rows;
    }

    private void requirePlace(PlanNode.Served served, Row row, int held) {
        int asked = partitionOf(served.partitionKey().stream().map(row::get).toArray());
        if (held != asked) {
            throw new IllegalStateException(
                    row + " of " + served + " is in partition " + held + " and looked for in " + asked);
        }
    }

    private static RowJson jsonOf(PlanNode view) {
        return RowJson.of(view.fields().stream().map(Field::name).toList(), view.types());
    }

    /** How many entries of a view hold anything but one row, which is wrong once all is quiet. */
    public long unsettledEntries(PlanNode.View view) {
        ZSetCodec zsets = ZSetCodec.of(view.types());
        long[] unsettled = {0};
        for (int partition = 0; partition < partitions; partition++) {
            MemoryState state = states.get(plan.name(view) + "/" + partition);
            if (state != null) {
                state.scan(new byte[0], (key, value) -> {
                    unsettled[0] += zsets.decode(value).size() == 1 ? 0 : 1;
                    return true;
                });
            }
        }
        return unsettled[0];
    }

    /** The rows that a reader of the view's changes has, as JSON, sorted; of a multiset view each row once. */
    public List<String> followed(PlanNode.View view) {
        RowJson json = jsonOf(view);
        return shown.getOrDefault(view.name(), Map.of()).values().stream()
                .map(json::write)
                .sorted()
                .toList();
    }

    /** What went wrong on rows on which an expression failed, in the order in which it happened. */
    public List<String> failures() {
        return failures;
    }

    /** The rows that break a declared key, as they were reported since the last call: view, SQLSTATE, row; sorted. */
    public List<String> brokenKeys() {
        for (int i = 0; i < 2; i++) {
            tasks.values().forEach(task -> task.circuit.lookAtBrokenKeys(1_000));
        }
        List<String> reported = broken.stream().sorted().toList();
        broken.clear();
        return reported;
    }

    /** How many changes were dropped since they had been seen before. */
    public int duplicates() {
        return duplicates;
    }

    private void enqueue(String queue, Runnable record) {
        queues.computeIfAbsent(queue, any -> new ArrayDeque<>()).add(record);
    }

    private int partitionOf(Object[] key) {
        int hash = 7;
        for (Object value : key) {
            // Integers of any width and numerics of any scale hash alike, as the runtime's partitioning has them.
            hash = 31 * hash + (value == null ? 0 : canonical(value).hashCode());
        }
        return Math.floorMod(hash, partitions);
    }

    private static String canonical(Object value) {
        if (value instanceof java.math.BigDecimal number) {
            return number.stripTrailingZeros().toPlainString();
        }
        if (value instanceof byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        }
        if (value instanceof List<?> array) {
            return array.stream()
                    .map(element -> element == null ? "NULL" : canonical(element))
                    .toList()
                    .toString();
        }
        return value.toString();
    }

    private static String taskName(Stage stage, int partition) {
        return stage.number() + "/" + partition;
    }

    /** What the circuit of one stage and partition is connected to. */
    private final class Connected implements Circuit.Connections, ScanCounters {
        private final int stage;
        private final int partition;

        Connected(int stage, int partition) {
            this.stage = stage;
            this.partition = partition;
        }

        @Override
        public State state(String name) {
            return states.computeIfAbsent(name + "/" + partition, any -> new MemoryState());
        }

        @Override
        public void exchange(PlanNode.Exchange exchange, Delta delta) {
            int before = delta.before() == null ? -1 : partitionOf(keyOf(exchange, delta.before()));
            int after = delta.after() == null ? -1 : partitionOf(keyOf(exchange, delta.after()));
            if (before == after || before < 0 || after < 0) {
                send(exchange, Math.max(before, after), delta);
                return;
            }
            send(exchange, before, delta.retraction());
            send(exchange, after, delta.insertion());
        }

        private Object[] keyOf(PlanNode.Exchange exchange, Row row) {
            return exchange.key().stream().map(row::get).toArray();
        }

        private void send(PlanNode.Exchange exchange, int to, Delta delta) {
            Task task = tasks.get(taskName(stageOf.get(exchange), to));
            enqueue(plan.name(exchange) + "-" + stage + "." + partition + ">" + to, () -> {
                task.circuit.delta(exchange, delta);
                workLater(task);
            });
        }

        @Override
        public void viewChanged(PlanNode.View view, ViewChange change) {
            Map<Row, Row> rows = shown.computeIfAbsent(view.name(), any -> new HashMap<>());
            KeyCodec codec =
                    KeyCodec.of(view.key().stream().map(view.types()::get).toList());
            Row row = change.after() == null ? change.before() : change.after();
            byte[] bytes = codec.encode(view.key().stream().map(row::get).toArray());
            Row key = Row.of(Arrays.toString(bytes));
            Row before = change.after() == null ? rows.remove(key) : rows.put(key, change.after());
            if (before == null ? change.before() != null : !before.equals(change.before())) {
                throw new IllegalStateException("the change " + change + " does not follow " + before);
            }
        }

        @Override
        public void keyBroken(PlanNode.View view, Row row, EvaluationError error) {
            broken.add(view.name() + " " + error.sqlState() + " " + jsonOf(view).write(row));
        }

        @Override
        public RowFailures failures() {
            return (node, row, delta, error) -> failures.add(error.getMessage());
        }

        @Override
        public ScanCounters counters(PlanNode.Scan scan) {
            return this;
        }

        @Override
        public void duplicate() {
            duplicates++;
        }

        @Override
        public void valueLost() {
            throw new IllegalStateException("every change carries all values of its row");
        }
    }
}
