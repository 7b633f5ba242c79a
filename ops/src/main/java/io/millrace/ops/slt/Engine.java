package io.millrace.ops.slt;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.catalog.UserError;
import io.millrace.operator.memory.Change;
import io.millrace.operator.memory.MemoryPipeline;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
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
final class Engine {
    private static final int PARTITIONS = 3;
    private static final String SHARD = "shard1";

    private final TestDatabase database;
    private final Map<String, Definition> definitions = new LinkedHashMap<>();
    private final Set<String> waiting = new LinkedHashSet<>();
    private final List<Deployment> deployments = new ArrayList<>();
    private final Map<String, UserError> refused = new HashMap<>();
    private Declared declared;
    private long position = 1;
    private boolean changed;

    /** A view as the test makes it. */
    private record Definition(String sql, SourcePlace place) {}

    /** Views that were planned together. */
    private record Deployment(MemoryPipeline pipeline, Map<String, PlanNode.View> views) {}

    Engine(TestDatabase database, Declared declared) {
        this.database = database;
        this.declared = declared;
    }

    /**
     * Maintains a view from now on.
     *
     * @param sql its CREATE VIEW
     * @param place where that stands
     * @throws UserError when the engine does not maintain it; it is then known as refused
     */
    void define(String name, String sql, SourcePlace place) {
        boolean wasRefused = refused.remove(name) != null;
        boolean wasDefined = definitions.remove(name) != null;
        definitions.put(name, new Definition(sql, place));
        if (wasRefused || wasDefined) {
            rebuild();
        } else {
            plan(name);
        }
        if (refused.containsKey(name)) {
            throw refused.get(name);
        }
    }

    private void plan(String name) {
        try {
            planned(Set.of(name));
            waiting.add(name);
        } catch (RuntimeException e) {
            definitions.remove(name);
            if (!(e instanceof UserError error)) {
                throw e;
            }
            refused.put(name, error);
        }
    }

    private void rebuild() {
        deployments.clear();
        waiting.clear();
        List.copyOf(definitions.keySet()).forEach(this::plan);
        changed = true;
    }

    /** The plan of those views; the views that they read are a part of it. */
    private Plan planned(Set<String> names) {
        StringBuilder text = new StringBuilder();
        Set<String> needed = needed(names);
        Map<Integer, SourcePlace> places = new LinkedHashMap<>();
        int line = 1;
        for (Map.Entry<String, Definition> each : definitions.entrySet()) {
            if (needed.contains(each.getKey())) {
                places.put(line, each.getValue().place());
                text.append(each.getValue().sql()).append(";\n");
                line += (int) each.getValue().sql().lines().count();
            }
        }
        List<UserError> errors = new ArrayList<>();
        List<ViewDefinition> views = ViewsFile.read(text.toString(), "views", declared.catalog(), errors);
        if (!errors.isEmpty()) {
            throw placed(errors.get(0), places);
        }
        try {
            return Planner.plan(
                    views.stream().filter(view -> names.contains(view.name())).toList());
        } catch (UserError e) {
            throw placed(e, places);
        }
    }

    /** The place in the test of a mistake in the views' joint text. */
    private static UserError placed(UserError error, Map<Integer, SourcePlace> places) {
        SourcePlace at = error.place().orElse(new SourcePlace("", 1, 0));
        SourcePlace place = null;
        for (Map.Entry<Integer, SourcePlace> each : places.entrySet()) {
            if (each.getKey() <= at.line()) {
                SourcePlace start = each.getValue();
                place = new SourcePlace(start.file(), start.line() + at.line() - each.getKey(), at.column());
            }
        }
        return new UserError(
                error.category(), place, error.getMessage(), error.hint().orElse(null));
    }

    private Set<String> needed(Set<String> names) {
        Set<String> needed = new LinkedHashSet<>();
        List<String> open = new ArrayList<>(names);
        while (!open.isEmpty()) {
            String name = open.remove(open.size() - 1);
            if (needed.add(name)) {
                String sql = definitions.get(name).sql();
                checkReadable(sql, name);
                definitions.keySet().stream()
                        .filter(other -> !other.equals(name) && SqlStatement.mentions(sql, other))
                        .forEach(open::add);
            }
        }
        return needed;
    }

    private void checkReadable(String sql, String view) {
        declared.refused()
                .forEach((table, reason) ->
                        refuseIf(SqlStatement.mentions(sql, table), view, "it reads table " + table + ": " + reason));
        refused.keySet()
                .forEach(other -> refuseIf(
                        !other.equals(view) && SqlStatement.mentions(sql, other),
                        view,
                        "it reads view " + other + ", which is not maintained"));
    }

    private void refuseIf(boolean refuse, String view, String reason) {
        if (refuse) {
            throw new UserError(
                    UserError.Category.UNSUPPORTED, definitions.get(view).place(), reason, null);
        }
    }

    /** Takes over what there is after a statement that may have made or dropped something. */
    void follow(Declared now) {
        boolean tablesChanged = declared.tables().entrySet().stream()
                .anyMatch(table -> now.tables().containsKey(table.getKey())
                        && !now.tables().get(table.getKey()).equals(table.getValue()));
        declared = now;
        definitions.keySet().retainAll(now.views());
        waiting.retainAll(now.views());
        refused.keySet().retainAll(now.views());
        deployments.forEach(deployment -> deployment.views().keySet().retainAll(now.views()));
        deployments.removeIf(deployment -> deployment.views().isEmpty());
        if (tablesChanged) {
            rebuild();
        }
    }

    /** Starts the views that were made since the last call, with the rows that their tables hold. */
    void deploy() throws SQLException {
        if (waiting.isEmpty()) {
            return;
        }
        Plan plan = planned(Set.copyOf(waiting));
        MemoryPipeline pipeline =
                new MemoryPipeline(plan, PARTITIONS, new Random(1), nowMicros(), MemoryPipeline.WHOLE);
        Map<String, PlanNode.View> views = new LinkedHashMap<>();
        plan.views().forEach(view -> views.put(view.name(), view));
        for (Table table : declared.tables().values()) {
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

    /** Takes changes that were committed, all of tables as they are declared now. */
    void apply(List<RowChange> changes) {
        for (RowChange change : changes) {
            Table table = declared.tables().get(change.table());
            if (table == null) {
                continue;
            }
            if (table.appendOnly() && change.before() != null) {
                throw UserError.of(
                        UserError.Category.USAGE,
                        table.name() + " is an event topic: its rows are only ever inserted",
                        "leave the statement out");
            }
            Change applied =
                    new Change(table, SHARD, position++, row(table, change.before()), row(table, change.after()));
            deployments.forEach(deployment -> deployment.pipeline().append(applied));
            changed = true;
        }
        deployments.forEach(deployment -> deployment.pipeline().runToQuiet());
    }

    private static Row row(Table table, List<String> values) {
        if (values == null) {
            return null;
        }
        Object[] row = new Object[values.size()];
        for (int i = 0; i < row.length; i++) {
            String value = values.get(i);
            row[i] = value == null ? null : SqlText.parse(table.columns().get(i).type(), value);
        }
        return Row.of(row);
    }

    /** The names of the views that are maintained, in the order in which they were made. */
    List<String> views() {
        return List.copyOf(definitions.keySet());
    }

    /** Whether the test made a view of that name that is not maintained. */
    boolean refuses(String name) {
        return refused.containsKey(name);
    }

    /** The names of the views that are not maintained. */
    Set<String> refused() {
        return Set.copyOf(refused.keySet());
    }

    /** Where a view is made. */
    SourcePlace place(String view) {
        return definitions.get(view).place();
    }

    /** Whether anything changed since the last call. */
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    /** A view's rows, values as PostgreSQL writes them and null for NULL, in no order. */
    List<List<String>> rows(String name) {
        for (Deployment deployment : deployments) {
            deployment.pipeline().advance(nowMicros());
            deployment.pipeline().runToQuiet();
            PlanNode.View view = deployment.views().get(name);
            if (view != null) {
                return deployment.pipeline().contents(view).stream()
                        .map(row -> texts(row, view.types()))
                        .toList();
            }
        }
        throw new IllegalStateException("view " + name + " is not deployed");
    }

    private static List<String> texts(Row row, List<SqlType> types) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            texts.add(row.get(i) == null ? null : SqlText.write(types.get(i), row.get(i)));
        }
        return texts;
    }
}
