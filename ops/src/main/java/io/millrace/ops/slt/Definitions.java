package io.millrace.ops.slt;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import io.millrace.plan.Plan;
import io.millrace.plan.Planner;
import io.millrace.sql.ViewDefinition;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The views of one test file: which of them can be maintained, why the others cannot, and plans. */
final class Definitions {
    private final Map<String, Definition> definitions = new LinkedHashMap<>();
    private final Map<String, UserError> refused = new HashMap<>();
    private final Consumer<ViewDefinition> check;
    private Declared declared;

    /** A view as the test makes it. */
    private record Definition(String sql, SourcePlace place) {}

    /**
     * The views of a test that has made none so far.
     *
     * @param check throws what is wrong with a view that can be planned
     */
    Definitions(Declared declared, Consumer<ViewDefinition> check) {
        this.declared = declared;
        this.check = check;
    }

    /**
     * Takes a view; {@link #check} tells whether it can be maintained.
     *
     * @return whether there was one of that name, so that others may be planned in another way, too
     */
    boolean add(String name, String sql, SourcePlace place) {
        boolean wasRefused = refused.remove(name) != null;
        boolean wasDefined = definitions.remove(name) != null;
        definitions.put(name, new Definition(sql, place));
        if (wasRefused || wasDefined) {
            planAll();
        } else {
            plan(name);
        }
        return wasRefused || wasDefined;
    }

    /** Does nothing for a view that can be maintained. @throws UserError why it cannot be */
    void check(String name) {
        if (refused.containsKey(name)) {
            throw refused.get(name);
        }
    }

    private void planAll() {
        List.copyOf(definitions.keySet()).forEach(this::plan);
    }

    private void plan(String name) {
        try {
            planned(Set.of(name));
        } catch (RuntimeException e) {
            definitions.remove(name);
            if (!(e instanceof UserError error)) {
                throw e;
            }
            refused.put(name, error);
        }
    }

    /** The plan of those views; the views that they read are a part of it. */
    Plan planned(Set<String> names) {
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
            List<ViewDefinition> wanted =
                    views.stream().filter(view -> names.contains(view.name())).toList();
            wanted.forEach(check);
            return Planner.plan(wanted);
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

    /**
     * Takes over what there is after a statement that may have made or dropped something.
     *
     * @return whether tables are others than before, so that all views were planned anew
     */
    boolean follow(Declared now) {
        boolean tablesChanged = declared.tables().entrySet().stream()
                .anyMatch(table -> now.tables().containsKey(table.getKey())
                        && !now.tables().get(table.getKey()).equals(table.getValue()));
        declared = now;
        definitions.keySet().retainAll(now.views());
        refused.keySet().retainAll(now.views());
        if (tablesChanged) {
            planAll();
        }
        return tablesChanged;
    }

    /** What the database holds. */
    Declared declared() {
        return declared;
    }

    /** The names of the views that can be maintained, in the order in which they were made. */
    List<String> names() {
        return List.copyOf(definitions.keySet());
    }

    /** The names of the others. */
    Set<String> refused() {
        return Set.copyOf(refused.keySet());
    }

    /** The statements that make the views that can be maintained. */
    String sql() {
        return definitions.values().stream().map(each -> each.sql() + ";\n").collect(Collectors.joining());
    }
}
