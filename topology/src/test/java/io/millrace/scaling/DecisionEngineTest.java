package io.millrace.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.scaling.Decision.Action;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ServicePolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the engine does beside its rules: when it begins, what it remembers and for how long, and whose word is the last. */
final class DecisionEngineTest {
    private static final long START_MS = Instant.parse("2026-11-01T00:00:00Z").toEpochMilli();
    private static final long MINUTE_MS = 60_000;

    private final List<Decision> decisions = new ArrayList<>();
    private DecisionEngine engine;
    private ServiceState state;

    private void begin(String service) {
        engine = new DecisionEngine(policy(service));
        state = engine.start();
    }

    private static ServicePolicy policy(String service) {
        return PolicyFile.read(
                        "services:\n  web:\n    minInstances: 1\n    maxInstances: 50\n" + service, "scaling.yaml")
                .orThrow()
                .services()
                .get(0);
    }

    private void sample(String name, double value, long timeMs) {
        sample("", name, value, timeMs);
    }

    private void sample(String instance, String name, double value, long timeMs) {
        decisions.addAll(engine.apply(state, new Sample("web", instance, name, value, START_MS + timeMs)));
    }

    private void tick(long timeMs) {
        decisions.addAll(engine.apply(state, Sample.tick("web", START_MS + timeMs)));
    }

    private static final String TRACKING =
            "    gracePeriod: 0\n    policies:\n      - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }\n";

    @Test
    void aStepThatWasHeardFromItsMiddleOnDoesNotTellHowManyThereAre() {
        begin(TRACKING);
        sample("web-1", "CPUUtilization", 60, 50_000);
        tick(MINUTE_MS);
        assertThat(state.instances()).isEqualTo(-1);
        for (int i = 1; i <= 4; i++) {
            sample("web-" + i, "CPUUtilization", 60, MINUTE_MS + i * 10_000L);
        }
        tick(2 * MINUTE_MS);
        assertThat(state.instances()).isEqualTo(4);
        assertThat(decisions).isEmpty();
    }

    @Test
    void whatSomebodyWantsAloneDoesNotBeginAServiceUnlessItIsANumber() {
        begin(TRACKING);
        sample(Sample.PAUSE, 0, 10_000);
        tick(MINUTE_MS);
        assertThat(state.instances()).isEqualTo(-1);
        sample(Sample.RESUME, 0, MINUTE_MS + 10_000);
        tick(2 * MINUTE_MS);
        assertThat(state.instances()).isEqualTo(-1);
        sample(Sample.SET, 7, 2 * MINUTE_MS + 10_000);
        tick(3 * MINUTE_MS);
        assertThat(state.instances()).isEqualTo(7);
    }

    /** As when it takes over while most instances are down. */
    @Test
    void itBeginsWithWhatIsOrderedAndNotWithWhatWorks() {
        begin(TRACKING);
        sample(Sample.READY_INSTANCES, 1, 10_000);
        sample(Sample.ORDERED_INSTANCES, 4, 10_000);
        sample("web-1", "CPUUtilization", 230, 20_000);
        tick(MINUTE_MS);
        assertThat(decisions).isEmpty();
        assertThat(state.instances()).isEqualTo(4);
    }

    /** It may overtake metrics that wait in other partitions; those would be late. */
    @Test
    void whatIsSaidOfInstancesMovesNoTimeOn() {
        begin(TRACKING);
        sample("CPUUtilization", 60, 10_000);
        sample(Sample.READY_INSTANCES, 4, 3 * MINUTE_MS);
        sample(Sample.ORDERED_INSTANCES, 4, 3 * MINUTE_MS);
        assertThat(state.sealedToMs()).isEqualTo(ServiceState.NEVER);
        sample("CPUUtilization", 60, 20_000);
        assertThat(state.takeLate()).isZero();
    }

    @Test
    void oneFastClockMakesNobodyLate() {
        begin(TRACKING);
        long heardMs = START_MS + 10_000;
        decisions.addAll(engine.apply(
                state, new Sample("web", "fast", "CPUUtilization", 90, START_MS + 30 * MINUTE_MS), heardMs));
        assertThat(state.sealedToMs()).isEqualTo(ServiceState.NEVER);
        sample(Sample.READY_INSTANCES, 4, 20_000);
        sample("web-1", "CPUUtilization", 300, 20_000);
        tick(MINUTE_MS);
        assertThat(state.takeLate()).isZero();
        assertThat(state.instances()).isEqualTo(5);
    }

    @Test
    void samplesThatComeTooLateAreCounted() {
        begin(TRACKING);
        sample("CPUUtilization", 60, 10_000);
        tick(MINUTE_MS);
        sample("CPUUtilization", 60, 20_000);
        sample("Other", 60, 20_000);
        tick(30_000);
        assertThat(state.takeLate()).isEqualTo(1);
        assertThat(state.takeLate()).isZero();
    }

    /** Those that warm up bear load already: what is left for the others is less than all that there is. */
    @Test
    void nothingIsTakenAwayWhileNewInstancesWarmUp() {
        begin("    warmup: 300\n" + TRACKING);
        sample(Sample.READY_INSTANCES, 4, 0);
        for (int i = 1; i <= 4; i++) {
            sample("web-" + i, "CPUUtilization", 90, 0);
        }
        tick(MINUTE_MS);
        assertThat(state.instances()).isEqualTo(6);
        for (int i = 1; i <= 6; i++) {
            sample("web-" + i, "CPUUtilization", 60, MINUTE_MS);
        }
        tick(2 * MINUTE_MS);
        assertThat(state.instances()).isEqualTo(6);
        for (int minute = 2; minute < 8; minute++) {
            for (int i = 1; i <= 6; i++) {
                sample("web-" + i, "CPUUtilization", 30, minute * MINUTE_MS);
            }
            tick((minute + 1) * MINUTE_MS);
        }
        assertThat(state.instances()).isLessThan(6);
    }

    @Test
    void aRestartInTheMiddleOfAForecastsStepChangesNothing() {
        String service =
                "    gracePeriod: 0\n    policies:\n      - { policy: TargetTracking, targetMetric: Load, targetType: AverageValue, targetValue: 10 }\n    prediction: { method: SeasonalNaive, season: day, step: 60m, maxError: 5 }\n";
        assertThat(forecasts(service, true))
                .isEqualTo(forecasts(service, false))
                .isNotEmpty();
    }

    @Test
    void instancesThatSayNothingAreNoLoadThatIsForecast() {
        begin(
                "    gracePeriod: 0\n    policies:\n      - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60, disableScaleIn: true }\n    prediction: { method: SeasonalNaive, season: day, step: 60m, mode: Replace }\n");
        sample(Sample.ORDERED_INSTANCES, 20, 0);
        for (int minute = 0; minute < 32 * 60; minute++) {
            for (int i = 1; i <= 5; i++) {
                sample("web-" + i, "CPUUtilization", 30, minute * MINUTE_MS);
            }
            tick((minute + 1) * MINUTE_MS);
        }
        assertThat(state.instances()).isEqualTo(3);
        assertThat(decisions).extracting(Decision::rule).containsExactly("forecast");
    }

    /** In each hour only one minute has much load, and the restart is after it. */
    private List<Decision> forecasts(String service, boolean restart) {
        begin(service);
        decisions.clear();
        byte[] forecast = null;
        Random random = new Random(5);
        for (int minute = 0; minute < 3 * 24 * 60; minute++) {
            double load = minute % 60 == 7 ? 50 + random.nextInt(200) : 20;
            sample("Load", load, minute * MINUTE_MS);
            tick((minute + 1) * MINUTE_MS);
            if (state.forecast().changed()) {
                forecast = state.forecast().encode();
            }
            if (restart && minute % 60 == 20) {
                state = engine.decode(state.encode(), forecast);
            }
        }
        return List.copyOf(decisions);
    }

    @Test
    void theBudgetIsStrongerThanAPauseAndThanWhatIsSetByHand() {
        // The 720 hours of November at the minimum leave 1 dollar, which is an hour of one more.
        begin(TRACKING + "    costs: { pricePerInstanceHour: 1, maxMonthlyCost: 721 }\n");
        sample(Sample.READY_INSTANCES, 1, 0);
        sample("CPUUtilization", 60, 0);
        sample(Sample.SET, 40, 1_000);
        tick(MINUTE_MS);
        assertThat(state.instances()).isEqualTo(40);
        for (int minute = 1; minute < 5; minute++) {
            sample("CPUUtilization", 60, minute * MINUTE_MS);
            tick((minute + 1) * MINUTE_MS);
        }
        assertThat(state.instances()).isEqualTo(1);
        assertThat(decisions)
                .extracting(Decision::action)
                .containsExactly(Action.SCALE_OUT, Action.SCALE_IN, Action.SCALE_IN, Action.RELEASED);
        assertThat(decisions.get(2).rule()).isEqualTo("budget");
        sample(Sample.SET, 20, 5 * MINUTE_MS);
        tick(6 * MINUTE_MS);
        assertThat(state.instances()).isEqualTo(1);
    }

    @Test
    void itIsSaidWhenTheBudgetHoldsNothingBackAnyMore() {
        begin(TRACKING + "    costs: { pricePerInstanceHour: 1, maxMonthlyCost: 720 }\n");
        sample(Sample.READY_INSTANCES, 1, 0);
        for (int minute = 0; minute < 4; minute++) {
            sample("CPUUtilization", minute < 2 ? 90 : 50, minute * MINUTE_MS);
            tick((minute + 1) * MINUTE_MS);
        }
        assertThat(decisions).extracting(Decision::action).containsExactly(Action.HELD, Action.RELEASED);
        assertThat(decisions.get(0).overrode().get(0).by()).isEqualTo("budget");
        assertThat(decisions.get(1).overrode()).isEmpty();
    }

    /** Else the alert that the change began would go on until something else is decided. */
    @Test
    void itIsSaidAlsoAfterAChangeThatTheBudgetCutShort() {
        begin(TRACKING + "    costs: { pricePerInstanceHour: 1, maxMonthlyCost: 720.5 }\n");
        sample(Sample.READY_INSTANCES, 1, 0);
        sample("CPUUtilization", 60, 0);
        sample(Sample.SET, 40, 1_000);
        tick(MINUTE_MS);
        assertThat(decisions.get(0).action()).isEqualTo(Action.SCALE_OUT);
        assertThat(decisions.get(0).overrode().get(0).by()).isEqualTo("budget");
        sample(Sample.SET, 2, MINUTE_MS);
        sample("CPUUtilization", 120, MINUTE_MS);
        tick(2 * MINUTE_MS);
        sample("CPUUtilization", 60, 2 * MINUTE_MS);
        tick(3 * MINUTE_MS);
        assertThat(decisions.get(decisions.size() - 1).action()).isEqualTo(Action.RELEASED);
    }

    @Test
    void whatIsSaidOfTheServiceAsAWholeCountsForFiveMinutes() {
        begin("    scaleInProtection: Deploying\n" + TRACKING);
        sample(Sample.READY_INSTANCES, 4, 0);
        sample("Deploying", 1, 0);
        for (int minute = 0; minute < 7; minute++) {
            sample("CPUUtilization", 15, minute * MINUTE_MS);
            tick((minute + 1) * MINUTE_MS);
            assertThat(state.instances()).as("after minute %d", minute).isEqualTo(minute < 5 ? 4 : 1);
        }
    }

    @Test
    void protectionEndsWhenThatIsSaid() {
        begin("    scaleInProtection: Deploying\n" + TRACKING);
        sample(Sample.READY_INSTANCES, 4, 0);
        sample("Deploying", 1, 0);
        sample("CPUUtilization", 15, 0);
        tick(MINUTE_MS);
        assertThat(state.instances()).isEqualTo(4);
        sample("Deploying", 0, MINUTE_MS);
        sample("CPUUtilization", 15, MINUTE_MS);
        tick(2 * MINUTE_MS);
        assertThat(state.instances()).isEqualTo(1);
    }

    /** Of 8 only 4 work, as was said a minute ago; but what was said before the number changed says nothing. */
    @Test
    void howManyWorkIsRememberedUntilTheNumberChanges() {
        begin(
                "    gracePeriod: 0\n    policies:\n      - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60, disableScaleIn: true }\n");
        sample(Sample.READY_INSTANCES, 8, 0);
        sample("CPUUtilization", 60, 0);
        tick(MINUTE_MS);
        sample(Sample.READY_INSTANCES, 4, MINUTE_MS);
        sample("CPUUtilization", 90, MINUTE_MS);
        tick(2 * MINUTE_MS);
        sample("CPUUtilization", 90, 2 * MINUTE_MS);
        tick(3 * MINUTE_MS);
        assertThat(state.working()).isEqualTo(4);
        assertThat(state.instances()).isEqualTo(8);
        sample("CPUUtilization", 135, 3 * MINUTE_MS);
        tick(4 * MINUTE_MS);
        assertThat(state.instances()).isEqualTo(9);
        assertThat(state.working()).isEqualTo(9);
    }
}
