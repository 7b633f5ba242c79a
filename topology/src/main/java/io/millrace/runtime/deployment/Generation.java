package io.millrace.runtime.deployment;

import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.plan.Plan;
import io.millrace.plan.Planner;
import io.millrace.sql.PipelineText;
import io.millrace.sql.ViewDefinition;
import java.util.List;

/**
 * Views that were deployed together and run together, as one application of Kafka Streams. Immutable.
 *
 * @param number from 1 on, in the order of their deployment; none is given twice
 * @param revision how often it has lost views, from 1 on
 * @param building whether it has not caught up yet: it is not served, and writes nothing to its views' topics
 * @param text what it was deployed with
 * @param built the views that it was built for, which decide on its plan's names
 * @param views those of them that it still has, in declared order
 */
public record Generation(
        int number, int revision, boolean building, PipelineText text, List<String> built, List<String> views) {
    public Generation {
        built = List.copyOf(built);
        views = List.copyOf(views);
    }

    /** The name of its group, and the front of its internal topics' names. */
    public String applicationId(String pipeline) {
        return applicationId(pipeline, number);
    }

    /** The name of a generation's group, and the front of its internal topics' names. */
    public static String applicationId(String pipeline, int number) {
        return number == 1 ? pipeline : pipeline + "-g" + number;
    }

    /** The definitions of the views that it was built for. */
    List<ViewDefinition> definitions() {
        return text.definitions().stream()
                .filter(view -> built.contains(view.name()))
                .toList();
    }

    /** The plan of what it still has, with the names that it had from the first. */
    public Plan plan() {
        try {
            return Planner.plan(definitions()).only(views);
        } catch (UserError e) {
            throw UserError.of(
                    Category.MISMATCH,
                    "what is deployed, generation " + number + " with " + String.join(", ", views)
                            + ", cannot be planned by this version: " + e.render(),
                    "go on with the version that deployed it, or deploy under another application.id");
        }
    }

    /** It without some views. */
    Generation without(List<String> lost) {
        List<String> kept = views.stream().filter(view -> !lost.contains(view)).toList();
        return kept.equals(views) ? this : new Generation(number, revision + 1, building, text, built, kept);
    }

    Generation switched() {
        return new Generation(number, revision, false, text, built, views);
    }
}
