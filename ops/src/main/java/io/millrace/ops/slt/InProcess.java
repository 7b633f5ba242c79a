package io.millrace.ops.slt;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.Table;
import io.millrace.operator.memory.Change;
import io.millrace.operator.memory.MemoryPipeline;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * The views of one test file, maintained by the operators in this process: planned, partitioned and exchanged as in production,
 * with queues for topics. Views that are made with no change between them share one plan, as the views of a pipeline do.
 *
 * <p>Rows of tables that there are when a view is made are its first changes. When a table's columns change, all views are
 * built anew.
 */
final class InProcess implements Engine {
    private static final int PARTITIONS = 3;
    private static final String SHARD = "shard1";

    private final TestDatabase database;
    private final Definitions definitions;
    private final Set<String> waiting = new LinkedHashSet<>();
    private final List<Deployment> deployments = new ArrayList<>();
    private long position = 1;
    private boolean changed;

    /** Views that were planned together. */
    private record Deployment(MemoryPipeline pipeline, Map<String, PlanNode.View> views) {}

    InProcess(TestDatabase database, Declared declared) {
        this.database = database;
        this.definitions = new Definitions(declared, view -> {});
    }

    @Override
    public void define(String name, String sql, SourcePlace place) {
        if (definitions.add(name, sql, place)) {
            rebuild();
        } else if (!definitions.refused().contains(name)) {
            waiting.add(name);
        }
        definitions.check(name);
    }

    private void rebuild() {
        deployments.clear();
        waiting.clear();
        waiting.addAll(definitions.names());
        changed = true;
    }

    @Override
    public void follow(Declared now) {
        boolean tablesChanged = definitions.follow(now);
        waiting.retainAll(now.views());
        deployments.forEach(deployment -> deployment.views().keySet().retainAll(now.views()));
        deployments.removeIf(deployment -> deployment.views().isEmpty());
        if (tablesChanged) {
            rebuild();
        }
    }

    @Override
    public void before(SqlStatement.Kind next) throws SQLException {
        if (next != SqlStatement.Kind.CREATE_VIEW) {
            deploy();
        }
    }

    @Override
    public void deploy() throws SQLException {
        if (waiting.isEmpty()) {
            return;
        }
        Plan plan = definitions.planned(Set.copyOf(waiting));
        MemoryPipeline pipeline =
                new MemoryPipeline(plan, PARTITIONS, new Random(1), nowMicros(), MemoryPipeline.WHOLE);
        Map<String, PlanNode.View> views = new LinkedHashMap<>();
        plan.views().forEach(view -> views.put(view.name(), view));
        for (Table table : definitions.declared().tables().values()) {
            boolean read = plan.nodes().stream()
                    .anyMatch(node ->
                            node instanceof PlanNode.Scan scan && scan.table().equals(table));
            if (read) {
                for (List<String> row : database.rows(table.name())) {
                    pipeline.append(new Change(table, SHARD, position++, null, row(table, row)));
                }
            }
        }
        deployments.add(new Deployment(pipeline, views));
        waiting.clear();
        changed = true;
    }

    private static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    @Override
    public void apply(List<RowChange> changes) {
        for (RowChange change : changes) {
            Table table = definitions.declared().tables().get(change.table());
            if (table == null) {
                continue;
            }
            change.checkAllowed(table);
            Change applied =
                    new Change(table, SHARD, position++, row(table, change.before()), row(table, change.after()));
            if (table.deduplication().isPresent()) {
                // Of two events with one id the first counts, so that none may overtake another.
                deployments.forEach(deployment -> deployment.pipeline().runToQuiet());
            }
            deployments.forEach(deployment -> deployment.pipeline().append(applied));
            changed = true;
        }
        deployments.forEach(deployment -> deployment.pipeline().runToQuiet());
    }

    private static Row row(Table table, List<String> values) {
        return values == null ? null : RowTexts.row(table, values);
    }

    @Override
    public List<String> views() {
        return definitions.names();
    }

    @Override
    public Set<String> refused() {
        return definitions.refused();
    }

    @Override
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    @Override
    public List<List<String>> rows(String name) {
        for (Deployment deployment : deployments) {
            deployment.pipeline().advance(nowMicros());
            deployment.pipeline().runToQuiet();
            PlanNode.View view = deployment.views().get(name);
            if (view != null) {
                return deployment.pipeline().contents(view).stream()
                        .map(row -> RowTexts.of(row, view.types()))
                        .toList();
            }
        }
        throw new IllegalStateException("view " + name + " is not deployed");
    }

    @Override
    public void close() {}
}
