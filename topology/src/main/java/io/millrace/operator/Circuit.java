package io.millrace.operator;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.operator.expression.ExpressionCompiler;
import io.millrace.operator.expression.RowsCompiler;
import io.millrace.plan.Expression;
import io.millrace.plan.KeyOrigin;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanState;
import io.millrace.plan.Stage;
import io.millrace.row.Delta;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The operators of one stage of a plan, run in step: each change that comes in passes through all of them, inputs before
 * those that read them, before the next is taken. So an operator sees all that one change does to its inputs at once, and
 * the sum of what the stage puts out is exact after every step. Used by one thread.
 */
public final class Circuit {
    /** A join that has more pending changes than this goes before those that may add to them. */
    private static final int MANY_PENDING = 1_000;

    private final List<Element> elements = new ArrayList<>();
    private final IdentityHashMap<PlanNode, Element> byNode = new IdentityHashMap<>();
    private final IdentityHashMap<PlanNode, PlanNode> onlyReaders = new IdentityHashMap<>();
    private final Map<PlanNode.Scan, ScanOperator> scans = new HashMap<>();
    private final Map<PlanNode.Scan, UnkeyedScanOperator> unkeyedScans = new LinkedHashMap<>();
    private final List<DeduplicateOperator> deduplications = new ArrayList<>();
    private final List<DeclaredKey> declaredKeys = new ArrayList<>();
    private final List<Element> joins = new ArrayList<>();
    private final int portionRows;
    private int lastWorked;

    /** What a circuit is connected to. */
    public interface Connections {
        /** The store of that name, see {@link PlanState#stores}. */
        State state(String name);

        /** Takes a delta that leaves the stage for that exchange. */
        void exchange(PlanNode.Exchange exchange, Delta delta);

        /** Takes a change of what that view shows. */
        void viewChanged(PlanNode.View view, ViewChange change);

        /** Takes a row that breaks the declared key of that view. */
        void keyBroken(PlanNode.View view, Row row, EvaluationError error);

        /** Takes rows on which an expression failed. */
        RowFailures failures();

        /** The counters of that scan. */
        ScanCounters counters(PlanNode.Scan scan);
    }

    /** One node's operator, its inputs' outputs and its own. */
    private static final class Element {
        private final Operator operator;
        private final List<Output> from;
        private final List<List<Delta>> inputs;
        private final Output output = new Output();

        Element(Operator operator, List<Output> from) {
            this.operator = operator;
            this.from = from;
            this.inputs = from.stream().map(Output::deltas).toList();
        }

        void step() {
            if (operator != null && hasInput()) {
                operator.step(inputs, output);
            }
        }

        private boolean hasInput() {
            for (Output each : from) {
                if (!each.deltas().isEmpty()) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * The circuit of a stage; its state is what the connections' stores hold.
     *
     * @param portionRows how many pairs a join puts out in a step at most; the rest of a change with more is pending
     */
    public Circuit(Plan plan, Stage stage, int portionRows, Connections connections) {
        this.portionRows = portionRows;
        stage.nodes().stream().filter(PlanNode.Join.class::isInstance).forEach(join -> {
            List<PlanNode> readers = plan.readers(join);
            if (readers.size() == 1) {
                onlyReaders.put(join, readers.get(0));
            }
        });
        for (PlanNode node : stage.nodes()) {
            add(plan, node, connections);
        }
        for (PlanNode.Exchange exchange : stage.sinks()) {
            Element input = byNode.get(exchange.input());
            elements.add(new Element(
                    (inputs, output) -> inputs.get(0).forEach(delta -> connections.exchange(exchange, delta)),
                    List.of(input.output)));
        }
    }

    /**
     * Puts out what is there before any change, unless the state says that it was. For the one partition that rows without a
     * key are in, before any change is taken there.
     */
    public void start() {
        try {
            for (Element element : elements) {
                if (element.operator instanceof Starting starting) {
                    starting.start(element.output);
                }
                element.step();
            }
        } finally {
            elements.forEach(element -> element.output.clear());
        }
    }

    /** Whether what the stage puts out depends on the time, so that {@link #advance} is to be called. */
    public boolean isTimed() {
        return elements.stream().anyMatch(element -> element.operator instanceof Timed);
    }

    /**
     * Puts out what the time brings; before the first change, and then again and again. A time before an earlier one is
     * passed over.
     *
     * @param nowMicros the present time, in microseconds since the epoch
     * @param limit about how many rows may come and go at most at each operator
     * @return whether that was all; else the next call brings more
     */
    public boolean advance(long nowMicros, int limit) {
        boolean all = true;
        try {
            for (Element element : elements) {
                if (element.operator instanceof Timed timed) {
                    all &= timed.advance(nowMicros, limit, element.output);
                }
                element.step();
            }
        } finally {
            elements.forEach(element -> element.output.clear());
        }
        return all;
    }

    /** Takes a change of a captured table, or an event. */
    public ScanOutcome change(PlanNode.Scan scan, SourceChange change) {
        Element source = byNode.get(scan);
        ScanOutcome outcome = ScanOutcome.TAKEN;
        if (scan.table().appendOnly()) {
            ScanOperator.applyEvent(change, source.output);
        } else if (scan.withoutKey()) {
            outcome = unkeyedScans.get(scan).apply(change, source.output);
        } else {
            scans.get(scan).apply(change, source.output);
        }
        step();
        return outcome;
    }

    /** Whether it has tables whose rows are replaced by those of a new snapshot, so that {@link #sweep} is to be called. */
    public boolean isSwept() {
        return !unkeyedScans.isEmpty();
    }

    /** Retracts rows that a snapshot or a TRUNCATE did away with, a bounded number of each table; returns whether that was all. */
    public boolean sweep(int limit) {
        boolean all = true;
        for (Map.Entry<PlanNode.Scan, UnkeyedScanOperator> scan : unkeyedScans.entrySet()) {
            all &= scan.getValue().sweep(limit, byNode.get(scan.getKey()).output);
            step();
        }
        return all;
    }

    /** Takes a delta that comes from an exchange. */
    public void delta(PlanNode.Exchange exchange, Delta delta) {
        byNode.get(exchange).output.emit(delta);
        step();
    }

    /** Whether a change may have so many matches that it is worked off in portions, so that {@link #work} is to be called. */
    public boolean fansOut() {
        return !joins.isEmpty();
    }

    /** How many changes are pending: some of their matches are not put out yet. */
    public int pending() {
        int pending = 0;
        for (Element join : joins) {
            pending += pendingOf(join);
        }
        return pending;
    }

    /** Puts out a portion of one pending change, if there is any. The joins take turns, and so do each one's changes. */
    public void work() {
        Element join = nextToWork();
        if (join != null) {
            ((JoinOperator) join.operator).work(portionRows, join.output);
            step();
        }
    }

    private Element nextToWork() {
        for (int i = joins.size() - 1; i > 0; i--) {
            if (pendingOf(joins.get(i)) > MANY_PENDING) {
                return joins.get(i);
            }
        }
        for (int i = 1; i <= joins.size(); i++) {
            int next = (lastWorked + i) % joins.size();
            if (pendingOf(joins.get(next)) > 0) {
                lastWorked = next;
                return joins.get(next);
            }
        }
        return null;
    }

    private static int pendingOf(Element join) {
        return ((JoinOperator) join.operator).pending();
    }

    /**
     * Forgets the positions of rows that were deleted longer ago, and transactions likewise, and ids of events whose time has
     * passed, a bounded number of them.
     */
    public void forget(long nowMicros, long retainMicros, int limit) {
        scans.values().forEach(scan -> scan.forgetDeletions(nowMicros - retainMicros, limit));
        unkeyedScans.values().forEach(scan -> scan.forget(nowMicros, retainMicros, limit));
        deduplications.forEach(each -> each.forget(nowMicros, limit));
    }

    /** Looks at declared keys that are broken, a bounded number of each view's, and reports those that stay so. */
    public void lookAtBrokenKeys(int limit) {
        declaredKeys.forEach(each -> each.look(limit));
    }

    private void step() {
        try {
            for (Element element : elements) {
                element.step();
            }
        } finally {
            elements.forEach(element -> element.output.clear());
        }
    }

    private void add(Plan plan, PlanNode node, Connections connections) {
        if (node instanceof PlanNode.Project project && isDoneByJoin(project)) {
            byNode.put(project, byNode.get(project.input()));
            return;
        }
        boolean source = node instanceof PlanNode.Scan || node instanceof PlanNode.Exchange;
        List<Output> from = source
                ? List.of()
                : node.inputs().stream().map(input -> byNode.get(input).output).toList();
        Element element = new Element(source ? null : operator(plan, node, connections), from);
        elements.add(element);
        byNode.put(node, element);
        if (node instanceof PlanNode.Join join && PlanState.fansOut(join)) {
            joins.add(element);
        }
        if (node instanceof PlanNode.Scan scan && PlanState.keepsState(scan)) {
            List<String> stores = PlanState.stores(plan, scan);
            State rows = connections.state(stores.get(0));
            State remembered = connections.state(stores.get(1));
            if (scan.withoutKey()) {
                unkeyedScans.put(scan, new UnkeyedScanOperator(scan, rows, remembered, connections.counters(scan)));
            } else {
                scans.put(scan, new ScanOperator(scan, rows, remembered, connections.counters(scan)));
            }
        }
    }

    private Operator operator(Plan plan, PlanNode node, Connections connections) {
        List<State> states =
                PlanState.stores(plan, node).stream().map(connections::state).toList();
        RowFailures failures = connections.failures();
        if (node instanceof PlanNode.Deduplicate deduplicate) {
            DeduplicateOperator operator =
                    new DeduplicateOperator(deduplicate, states.get(0), connections.counters(deduplicate.scan()));
            deduplications.add(operator);
            return operator;
        } else if (node instanceof PlanNode.Filter filter) {
            return new FilterOperator(filter, ExpressionCompiler.compile(filter.condition()), failures);
        } else if (node instanceof PlanNode.TemporalFilter filter) {
            return new TemporalFilterOperator(filter, states.get(0), failures);
        } else if (node instanceof PlanNode.Project project) {
            List<Evaluator> expressions = project.expressions().stream()
                    .map(ExpressionCompiler::compile)
                    .toList();
            return new ProjectOperator(project, expressions, failures);
        } else if (node instanceof PlanNode.FunctionRows rows) {
            return new FunctionRowsOperator(rows, RowsCompiler.compile(rows), failures);
        } else if (node instanceof PlanNode.Arrange arrange) {
            return new ArrangeOperator(arrange, states.get(0));
        } else if (node instanceof PlanNode.Join join) {
            Evaluator condition = join.condition() == null ? null : ExpressionCompiler.compile(join.condition());
            int[] shown = onlyReaders.get(join) instanceof PlanNode.Project project && isDoneByJoin(project)
                    ? project.expressions().stream()
                            .mapToInt(column -> ((Expression.Column) column).index())
                            .toArray()
                    : null;
            return new JoinOperator(
                    join,
                    arrangement(join.left()),
                    arrangement(join.right()),
                    condition,
                    used(join),
                    shown,
                    portionRows,
                    new PendingChanges(
                            states.isEmpty() ? null : states.get(0),
                            join.left().types(),
                            join.right().types()),
                    failures);
        } else if (node instanceof PlanNode.Aggregate aggregate) {
            return new AggregateOperator(aggregate, states.get(0), states.size() > 1 ? states.get(1) : null, failures);
        } else if (node instanceof PlanNode.Values values) {
            return new ValuesOperator(values, states.isEmpty() ? null : states.get(0));
        } else if (node instanceof PlanNode.Top top) {
            return new TopOperator(top, states.get(0));
        } else if (node instanceof PlanNode.Window window) {
            return new WindowOperator(window, states.get(0), failures);
        } else if (node instanceof PlanNode.UnionAll) {
            return new UnionAllOperator();
        } else if (node instanceof PlanNode.SetOperation operation) {
            return new SetOperator(operation, states.get(0));
        } else if (node instanceof PlanNode.View view) {
            DeclaredKey declared = null;
            if (view.keyOrigin() == KeyOrigin.DECLARED) {
                declared = new DeclaredKey(
                        view, states.get(0), states.get(1), (row, error) -> connections.keyBroken(view, row, error));
                declaredKeys.add(declared);
            }
            return new ViewOperator(view, states.get(0), declared, change -> connections.viewChanged(view, change));
        } else if (node instanceof PlanNode.Index index) {
            return new IndexOperator(index, states.get(0));
        }
        throw new IllegalStateException("unknown node " + node);
    }

    /** Whether the projection only picks columns of a join that nobody else reads: the join then puts out no others. */
    private boolean isDoneByJoin(PlanNode.Project project) {
        return onlyReaders.get(project.input()) == project
                && project.expressions().stream().allMatch(Expression.Column.class::isInstance);
    }

    /** The columns of the join's pairs that its condition or its readers read. */
    private BitSet used(PlanNode.Join join) {
        BitSet used = new BitSet();
        if (onlyReaders.get(join) instanceof PlanNode.Project project) {
            project.expressions().forEach(expression -> expression.columns().forEach(used::set));
        } else {
            used.set(0, join.fields().size());
        }
        if (join.condition() != null) {
            join.condition().columns().forEach(used::set);
        }
        return used;
    }

    private Arrangement arrangement(PlanNode.Arranged node) {
        ScanOperator scan = node instanceof PlanNode.Scan ? scans.get(node) : null;
        return scan != null ? scan : (ArrangeOperator) byNode.get(node).operator;
    }
}
