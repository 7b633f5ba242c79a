package io.millrace.operator.window;

import io.millrace.catalog.UserError;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.plan.Frame;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.sql.ViewDefinition;
import java.util.ArrayList;
import java.util.List;

/** Evaluates the offsets of a view's frames before any row comes: what is wrong with one is a mistake in the view. */
public final class FrameOffsets {
    private FrameOffsets() {}

    /**
     * What is wrong with the offsets of a view.
     *
     * @param plan of the view alone
     */
    public static List<UserError> mistakes(ViewDefinition view, Plan plan) {
        List<UserError> mistakes = new ArrayList<>();
        for (PlanNode node : plan.nodes()) {
            if (node instanceof PlanNode.Window window) {
                window.calls().stream()
                        .flatMap(call -> call.frameOf().stream())
                        .distinct()
                        .forEach(frame -> check(view, window, frame, mistakes));
            }
        }
        return mistakes;
    }

    private static void check(ViewDefinition view, PlanNode.Window window, Frame frame, List<UserError> mistakes) {
        try {
            FrameEdges unused =
                    FrameEdges.of(frame, window.order(), window.input().types());
        } catch (EvaluationError e) {
            mistakes.add(new UserError(
                    UserError.Category.INVALID_PIPELINE,
                    view.place(),
                    "view " + view.name() + ": " + e.getMessage() + ": " + frame,
                    "PRECEDING and FOLLOWING say in which direction"));
        }
    }
}
