package io.millrace.scaling.execute;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.scaling.Decision;
import io.millrace.scaling.Decision.Action;
import io.millrace.scaling.execute.Execution.State;
import io.millrace.scaling.execute.Reconciler.Step;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What is to be done, from what is decided, what was done and what is there. */
final class ReconcilerTest {
    private static final long YIELD_MS = 600_000;
    private static final long NOW_MS = 10_000_000;
    private static final Decision FOUR = decision("a", 2, 4);
    private static final Decision SEVEN = decision("b", 4, 7);

    private final Reconciler reconciler = new Reconciler(YIELD_MS);

    static Decision decision(String id, int from, int to) {
        return decision(id, 1, from, to);
    }

    static Decision decision(String id, long timeMs, int from, int to) {
        Action action = to > from ? Action.SCALE_OUT : Action.SCALE_IN;
        return new Decision(id, "web", timeMs, action, from, to, "rule", List.of(), List.of(), "");
    }

    private static Execution last(Decision decision, State state, int left, int actual, long sinceMs) {
        return new Execution(
                "test", "web", decision.id(), decision.timeMs(), state, decision.to(), left, actual, sinceMs, "");
    }

    private Step step(Decision standing, Execution last, int there) {
        return reconciler.step(standing, false, last, OptionalInt.of(there), NOW_MS);
    }

    @Test
    void aDecisionIsCarriedOutOnce() {
        assertThat(step(FOUR, null, 2)).isEqualTo(Step.CARRY_OUT);
        assertThat(step(FOUR, last(FOUR, State.DONE, 4, 4, 0), 4)).isEqualTo(Step.NOTHING);
        assertThat(step(SEVEN, last(FOUR, State.DONE, 4, 4, 0), 4)).isEqualTo(Step.CARRY_OUT);
    }

    @Test
    void whatIsAsDecidedIsNotDoneAgain() {
        assertThat(step(FOUR, null, 4)).isEqualTo(Step.NOTE_DONE);
        assertThat(step(SEVEN, last(FOUR, State.DONE, 4, 4, 0), 7)).isEqualTo(Step.NOTE_DONE);
    }

    @Test
    void whoeverDiedInTheMiddleGoesOnWhetherItWasDoneOrNot() {
        assertThat(step(SEVEN, last(SEVEN, State.STARTED, 4, 4, 0), 4)).isEqualTo(Step.CARRY_OUT);
        assertThat(step(SEVEN, last(SEVEN, State.STARTED, 4, 4, 0), 7)).isEqualTo(Step.NOTE_DONE);
        assertThat(step(SEVEN, last(SEVEN, State.STARTED, 4, 4, 0), 5)).isEqualTo(Step.YIELD);
    }

    @Test
    void aServerThatDoesNotSayHowManyThereAreIsToldEachDecisionOnce() {
        assertThat(reconciler.step(FOUR, false, null, OptionalInt.empty(), NOW_MS))
                .isEqualTo(Step.CARRY_OUT);
        Execution done = last(FOUR, State.DONE, 4, -1, 0);
        assertThat(reconciler.step(FOUR, false, done, OptionalInt.empty(), NOW_MS))
                .isEqualTo(Step.NOTHING);
        Execution started = last(FOUR, State.STARTED, -1, -1, 0);
        assertThat(reconciler.step(FOUR, false, started, OptionalInt.empty(), NOW_MS))
                .isEqualTo(Step.CARRY_OUT);
    }

    @Test
    void nobodyFightsAnotherController() {
        Execution done = last(FOUR, State.DONE, 4, 4, 0);
        assertThat(step(FOUR, done, 9)).isEqualTo(Step.YIELD);
        Execution yielded = last(FOUR, State.YIELDED, 4, 9, NOW_MS - YIELD_MS + 1);
        assertThat(step(FOUR, yielded, 9)).isEqualTo(Step.NOTHING);
        assertThat(step(SEVEN, yielded, 9)).isEqualTo(Step.NOTHING);
        assertThat(step(SEVEN, yielded, 8)).as("it goes on changing").isEqualTo(Step.YIELD);
    }

    @Test
    void aNumberThatStandsStillIsOverruledByTheNextDecisionOnly() {
        Execution yielded = last(FOUR, State.YIELDED, 4, 9, NOW_MS - YIELD_MS);
        assertThat(step(FOUR, yielded, 9)).isEqualTo(Step.NOTHING);
        assertThat(step(SEVEN, yielded, 9)).isEqualTo(Step.CARRY_OUT);
    }

    @Test
    void aContestIsOverWhenTheNumberIsTheDecidedOneOrThatBefore() {
        Execution yielded = last(FOUR, State.YIELDED, 4, 9, NOW_MS);
        assertThat(step(SEVEN, yielded, 7)).isEqualTo(Step.NOTE_DONE);
        assertThat(step(FOUR, yielded, 4)).isEqualTo(Step.NOTE_DONE);
        assertThat(step(SEVEN, yielded, 4)).isEqualTo(Step.CARRY_OUT);
    }

    @Test
    void whatFailedIsDoneWhenSomebodySendsItAgain() {
        Execution failed = last(SEVEN, State.FAILED, 4, 4, 0);
        assertThat(step(SEVEN, failed, 4)).isEqualTo(Step.NOTHING);
        assertThat(step(SEVEN, failed, 9)).as("nothing is kept back").isEqualTo(Step.NOTHING);
        assertThat(reconciler.step(SEVEN, true, failed, OptionalInt.of(4), NOW_MS))
                .isEqualTo(Step.CARRY_OUT);
    }

    @Test
    void aDryRunTakesNothingForAnothersWork() {
        assertThat(step(FOUR, last(FOUR, State.DRY_RUN, 2, 2, 0), 3)).isEqualTo(Step.NOTHING);
        assertThat(step(SEVEN, last(FOUR, State.DRY_RUN, 2, 2, 0), 3)).isEqualTo(Step.CARRY_OUT);
    }

    /** After a restart the decision is not read again where all was settled. */
    @Test
    void withoutADecisionOnlyWhatWasDoneCounts() {
        Execution done = last(FOUR, State.DONE, 4, 4, 0);
        assertThat(step(null, done, 4)).isEqualTo(Step.NOTHING);
        assertThat(step(null, done, 9)).isEqualTo(Step.YIELD);
        assertThat(step(null, last(FOUR, State.YIELDED, 4, 9, 0), 4)).isEqualTo(Step.NOTE_DONE);
        assertThat(step(null, last(SEVEN, State.YIELDED, 4, 9, 0), 7)).isEqualTo(Step.NOTE_DONE);
        assertThat(step(null, last(SEVEN, State.YIELDED, 4, 9, 0), 4))
                .as("what was never done is not noted as done")
                .isEqualTo(Step.NOTHING);
        assertThat(step(null, null, 3)).isEqualTo(Step.NOTHING);
    }
}
