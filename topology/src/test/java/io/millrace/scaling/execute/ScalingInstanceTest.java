package io.millrace.scaling.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.alert.Reading;
import io.millrace.scaling.Decision;
import io.millrace.scaling.Decision.Action;
import io.millrace.scaling.Decision.Restraint;
import io.millrace.scaling.DecisionEngine;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ScalingPolicy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which services' budgets are an alert. */
final class ScalingInstanceTest {
    private static Decision decision(Action action, Restraint... overrode) {
        return new Decision("a", "web", 1, action, 5, 5, "rule", List.of(), List.of(overrode), "");
    }

    @Test
    void oneThatCannotBeClosedKeepsNobodyOpen() {
        List<String> closed = new ArrayList<>();
        Deque<AutoCloseable> parts = new ArrayDeque<>();
        parts.push(() -> closed.add("first"));
        parts.push(() -> {
            throw new IllegalStateException("this is a test");
        });
        parts.push(() -> closed.add("last"));
        assertThatThrownBy(() -> ScalingInstance.closeAll(parts)).hasMessageContaining("this is a test");
        assertThat(closed).containsExactly("last", "first");
    }

    @Test
    void healthSaysWhatHasEnded() {
        Health health = new Health();
        boolean[] alive = {true};
        health.watch("executor process", () -> alive[0]);
        health.watch("metric sources", () -> true);
        assertThat(health.ended()).isEmpty();
        alive[0] = false;
        assertThat(health.ended()).containsExactly("executor process");
    }

    @Test
    void aBudgetThatHoldsInstancesBackIsToldUntilItDoesNot() {
        Restraint budget = new Restraint(DecisionEngine.BUDGET, 12, 5);
        Restraint other = new Restraint("maxInstances", 12, 5);
        Reading held = Reading.ofBudget("web", 12, 5);
        assertThat(budgets("web", decision(Action.HELD, budget))).containsExactly(held);
        assertThat(budgets("web", decision(Action.SCALE_OUT, budget))).containsExactly(held);
        assertThat(budgets("web", decision(Action.HELD, other))).isEmpty();
        assertThat(budgets("web", decision(Action.RELEASED))).isEmpty();
        assertThat(budgets("web", decision(Action.RELEASED, budget)))
                .as("its minimum holds now")
                .isEmpty();
        assertThat(budgets("other", decision(Action.HELD, budget)))
                .as("there is no policy for it any more")
                .isEmpty();
    }

    private static List<Reading> budgets(String service, Decision decision) {
        ScalingPolicy policy = PolicyFile.read(
                        "services:\n  " + service + ": { minInstances: 1, maxInstances: 2, triggers:"
                                + " { scaleOut: { metric: CPU, threshold: 80, action: add 1 instance } } }\n",
                        "scaling.yaml")
                .orThrow();
        return ScalingInstance.budgets(List.of(decision), policy);
    }
}
