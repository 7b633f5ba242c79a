package io.millrace.plan;

import io.millrace.catalog.UserError;
import io.millrace.sql.ViewDefinition;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Warns of joins without an equality, whose rows meet in one partition, each with every row of the other side. A side that
 * has one row at most, as a scalar subquery's has, is no cause to warn.
 */
public final class CrossJoins {
    private final Set<PlanNode> visited = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<String> sides = new TreeSet<>();

    private CrossJoins() {}

    /** A warning for each such join of a view. */
    public static List<UserError> warnings(ViewDefinition definition, PlanNode.View view) {
        CrossJoins joins = new CrossJoins();
        joins.visit(view);
        boolean placed = definition.joinsWithoutEquality().size() == 1;
        return joins.sides.stream()
                .map(sides -> new UserError(
                        UserError.Category.INVALID_PIPELINE,
                        placed ? definition.joinsWithoutEquality().get(0) : definition.place(),
                        "view " + definition.name() + " joins " + sides
                                + " without an equality: all rows of both meet in one partition, each with every row of the"
                                + " other side",
                        "keep one side small, or add an equality to the join's condition"))
                .toList();
    }

    private void visit(PlanNode node) {
        if (!visited.add(node)) {
            return;
        }
        if (node instanceof PlanNode.Join join
                && join.left().key().isEmpty()
                && !join.left().unique()
                && !join.right().unique()) {
            sides.add(tables(join.left()) + " and " + tables(join.right()));
        }
        node.inputs().forEach(this::visit);
    }

    private static String tables(PlanNode node) {
        Set<String> names = new TreeSet<>();
        addTables(node, names);
        return names.isEmpty() ? "constants" : String.join(", ", names);
    }

    private static void addTables(PlanNode node, Set<String> names) {
        if (node instanceof PlanNode.Scan scan) {
            names.add(scan.table().name());
        }
        node.inputs().forEach(input -> addTables(input, names));
    }
}
