package io.millrace.runtime.deployment;

import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.sql.ViewDefinition;
import java.util.List;

/**
 * What a deployment does to a view.
 *
 * @param view its name
 * @param kind what happens
 * @param before the view so far; null where there is none
 * @param after the view from now on; null where there is none
 */
public record ViewStep(String view, Kind kind, ViewDefinition before, ViewDefinition after) {

    /**
     * Checks that the view's topic can go on: a key whose rows come to another partition than before could be read in the wrong
     * order.
     */
    void check() {
        if (kind != Kind.CHANGED) {
            return;
        }
        PlanNode.View old = Planner.plan(List.of(before)).views().get(0);
        PlanNode.View changed = Planner.plan(List.of(after)).views().get(0);
        if (names(old, old.key()).equals(names(changed, changed.key()))
                && !names(old, old.partitionKey()).equals(names(changed, changed.partitionKey()))) {
            throw new UserError(
                    Category.MISMATCH,
                    after.place(),
                    "the rows of the changed view " + view + " would come to other partitions of its topic: it was"
                            + " partitioned by " + text(old) + ", and would be by " + text(changed),
                    "give the changed view another name");
        }
    }

    private static List<String> names(PlanNode.View view, List<Integer> columns) {
        return columns.stream()
                .map(view.fields()::get)
                .map(field -> field.name() + " " + field.type())
                .toList();
    }

    private static String text(PlanNode.View view) {
        return view.partitionKey().isEmpty() ? "nothing" : String.join(", ", names(view, view.partitionKey()));
    }

    /** What may happen. */
    public enum Kind {
        UNCHANGED("keeps its state"),
        BUILDING("is being built already"),
        CHANGED("is built beside the one that serves, then switched"),
        NEW("is built, then served"),
        REMOVED("is removed, its state and internal topics are deleted");

        private final String meaning;

        Kind(String meaning) {
            this.meaning = meaning;
        }

        /** What it means for the view, as the end of a sentence. */
        public String meaning() {
            return meaning;
        }
    }
}
