package io.millrace.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ServicePolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/** What holds of every service, whatever comes. */
final class DecisionPropertiesTest {
    private static final int TRIES = 60;
    private static final int STEPS = 240;
    private static final long STEP_MS = 60_000;
    private static final long START_MS = 1_732_000_020_000L;
    private static final long GRACE_MS = 90_000;

    /** Everything at once: rules of all kinds, warm-up, limits, a schedule, a forecast, a budget. */
    private static final String EVERYTHING = """
            services:
              web:
                minInstances: 3
                maxInstances: 40
                warmup: 150
                gracePeriod: 90
                scaleInProtection: Deploying
                behavior:
                  scaleUp: { policies: [{ type: Pods, value: 4, periodSeconds: 120 }, { type: Percent, value: 50, periodSeconds: 120 }] }
                  scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: Min, policies: [{ type: Pods, value: 2, periodSeconds: 180 }, { type: Percent, value: 20, periodSeconds: 60 }] }
                policies:
                  - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60, tolerance: 0.05 }
                  - { policy: TargetTracking, targetMetric: RequestCount, targetType: AverageValue, targetValue: 100, scaleInCooldown: 120 }
                  - { policy: StepScaling, metric: QueueDepth, statistic: p90, steps: [{ metricRange: [50, 80], action: add 1 }, { metricRange: [80], action: add 20 % }] }
                triggers:
                  scaleIn: { metric: CPUUtilization, threshold: 40, period: 120, evaluationPeriods: 2, action: remove 1 instance, missingData: ignore }
                schedules:
                  - { cron: '0 * * * *', for: 10m, minInstances: 6 }
                costs: { pricePerInstanceHour: 1, maxMonthlyCost: 900 }
                prediction: { season: day, step: 1h, method: SeasonalNaive, maxError: 10 }
            """;

    private static ServicePolicy policy(String text) {
        return PolicyFile.read(text, "scaling.yaml").orThrow().services().get(0);
    }

    /** Random metrics of up to five instances, in order; some are missing. */
    private static List<Sample> samples(long seed) {
        Random random = new Random(seed);
        List<Sample> samples = new ArrayList<>();
        double level = 50;
        for (int step = 0; step < STEPS; step++) {
            level = Math.max(1, Math.min(100, level + random.nextGaussian() * 15));
            for (int instance = 0; instance < 5; instance++) {
                long timeMs = START_MS + step * STEP_MS + random.nextInt((int) STEP_MS);
                if (random.nextInt(10) > 0) {
                    samples.add(
                            new Sample("web", "web-" + instance, "CPUUtilization", level + random.nextInt(9), timeMs));
                }
                if (random.nextInt(4) > 0) {
                    samples.add(new Sample("web", "web-" + instance, "QueueDepth", random.nextInt(100), timeMs));
                }
            }
            samples.add(new Sample("web", "", "RequestCount", level * 40, START_MS + step * STEP_MS));
            samples.add(new Sample("web", "", "Deploying", random.nextInt(8) == 0 ? 1 : 0, START_MS + step * STEP_MS));
        }
        samples.sort(Comparator.comparingLong(Sample::timeMs));
        return samples;
    }

    private static List<Decision> decisions(ServicePolicy policy, List<Sample> samples) {
        DecisionEngine engine = new DecisionEngine(policy);
        ServiceState state = engine.start();
        List<Decision> decisions = new ArrayList<>();
        samples.forEach(sample -> decisions.addAll(engine.apply(state, sample)));
        decisions.addAll(engine.apply(state, end()));
        return decisions;
    }

    private static Sample end() {
        return Sample.tick("web", START_MS + STEPS * STEP_MS + GRACE_MS);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
    void neverOutsideTheBoundsAndEachFollowsFromTheOneBefore(@ForAll long seed) {
        Decision before = null;
        for (Decision decision : decisions(policy(EVERYTHING), samples(seed))) {
            assertThat(decision.to()).isBetween(3, 40);
            if (before != null) {
                assertThat(decision.timeMs()).isGreaterThan(before.timeMs());
                assertThat(decision.from()).isEqualTo(before.to());
            }
            before = decision;
        }
        assertThat(before).isNotNull();
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
    void neverFasterThanTheLimits(@ForAll long seed) {
        // The budget and the bounds are stronger than the limits, and are wide here.
        String unlimited = EVERYTHING.replace("maxMonthlyCost: 900", "maxMonthlyCost: 10000000");
        List<Decision> decisions = decisions(policy(unlimited), samples(seed));
        for (int last = 1; last < decisions.size(); last++) {
            Decision decision = decisions.get(last);
            int up = sumWithin(decisions, last, 120_000);
            int before = decision.to() - up;
            if (decision.to() > decision.from() && before >= 3) {
                assertThat(up).isLessThanOrEqualTo(Math.max(4, (int) Math.ceil(before * 0.5)));
            }
            if (decision.to() < decision.from()) {
                assertThat(-sumWithin(decisions, last, 180_000)).isLessThanOrEqualTo(2);
            }
        }
    }

    private static int sumWithin(List<Decision> decisions, int last, long periodMs) {
        int sum = 0;
        for (int i = last;
                i >= 1 && decisions.get(i).timeMs() > decisions.get(last).timeMs() - periodMs;
                i--) {
            sum += decisions.get(i).to() - decisions.get(i).from();
        }
        return sum;
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
    void theSameWhateverTheOrderWithinTheGracePeriodAndHoweverOften(@ForAll long seed) {
        List<Sample> samples = samples(seed);
        Random random = new Random(seed + 1);
        List<Sample> shuffled = new ArrayList<>(samples);
        samples.forEach(sample -> {
            if (random.nextInt(5) == 0) {
                shuffled.add(sample);
            }
        });
        // Nobody comes later than the grace period after one that is newer.
        List<long[]> order = new ArrayList<>();
        for (int i = 0; i < shuffled.size(); i++) {
            order.add(new long[] {shuffled.get(i).timeMs() + random.nextInt((int) GRACE_MS), i});
        }
        order.sort(Comparator.comparingLong(each -> each[0]));
        List<Sample> reordered =
                order.stream().map(each -> shuffled.get((int) each[1])).toList();
        assertThat(decisions(policy(EVERYTHING), reordered)).isEqualTo(decisions(policy(EVERYTHING), samples));
    }

    /** What the topology stores: samples one by one, the state where a step was sealed, the forecast where it changed. */
    private static final class Stored implements ServiceState.Journal {
        private final Map<ServiceState.SampleKey, Double> open = new TreeMap<>();
        private byte[] state;
        private byte[] forecast;

        @Override
        public void opened(ServiceState.SampleKey key, double value) {
            open.put(key, value);
        }

        @Override
        public void closed(ServiceState.SampleKey key) {
            open.remove(key);
        }

        void keep(ServiceState now, long sealedToMs) {
            if (now.sealedToMs() != sealedToMs || sealedToMs == ServiceState.NEVER) {
                state = now.encodeSealed();
            }
            if (now.forecast().changed()) {
                forecast = now.forecast().encode();
            }
        }
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
    void theSameWithRestartsAtAnyPoint(@ForAll long seed) {
        ServicePolicy policy = policy(EVERYTHING);
        List<Sample> samples = samples(seed);
        Random random = new Random(seed + 2);
        DecisionEngine engine = new DecisionEngine(policy);
        ServiceState state = engine.start();
        List<Decision> decisions = new ArrayList<>();
        Stored stored = new Stored();
        state.journal(stored);
        for (Sample sample : samples) {
            long sealedToMs = state.sealedToMs();
            decisions.addAll(engine.apply(state, sample));
            stored.keep(state, sealedToMs);
            if (random.nextInt(20) == 0) {
                engine = new DecisionEngine(policy);
                state = engine.decode(stored.state, stored.forecast);
                stored.open.forEach(state::restore);
                state.journal(stored);
            }
        }
        decisions.addAll(engine.apply(state, end()));
        assertThat(decisions).isEqualTo(decisions(policy, samples));
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
    void moreLoadNeverWantsFewer(
            @ForAll @IntRange(min = 0, max = 3000) int load, @ForAll @IntRange(min = 0, max = 3000) int more) {
        assertThat(wanted(load + more)).isGreaterThanOrEqualTo(wanted(load));
    }

    private static int wanted(double load) {
        ServicePolicy policy = policy("""
                services:
                  web:
                    minInstances: 1
                    maxInstances: 100
                    gracePeriod: 0
                    policies:
                      - { policy: TargetTracking, targetMetric: RequestCount, targetType: AverageValue, targetValue: 50, tolerance: 0.1 }
                      - { policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }
                      - { policy: StepScaling, metric: CPUUtilization, steps: [{ metricRange: [0, 30], action: remove 2 }, { metricRange: [70, 90], action: add 2 }, { metricRange: [90], action: add 5 }] }
                """);
        DecisionEngine engine = new DecisionEngine(policy);
        ServiceState state = engine.start();
        long timeMs = START_MS - START_MS % STEP_MS;
        engine.apply(state, new Sample("web", "", Sample.READY_INSTANCES, 20, timeMs));
        engine.apply(state, new Sample("web", "", "RequestCount", load, timeMs));
        engine.apply(state, new Sample("web", "", "CPUUtilization", Math.min(100, load / 20), timeMs));
        engine.apply(state, Sample.tick("web", timeMs + STEP_MS));
        return state.instances();
    }

    /** Each turn from growing to shrinking waits for the whole window in which nothing demanded as many. */
    @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
    void noiseDoesNotMakeItFlap(@ForAll long seed) {
        DecisionEngine engine = new DecisionEngine(policy("""
                services:
                  web:
                    minInstances: 1
                    maxInstances: 100
                    gracePeriod: 0
                    scaleDownDelay: 600
                    policies: [{ policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }]
                """));
        ServiceState state = engine.start();
        Random random = new Random(seed);
        int turns = 0;
        int direction = 1;
        for (int step = 0; step < STEPS; step++) {
            long timeMs = START_MS - START_MS % STEP_MS + step * STEP_MS;
            double load = 1200 * (0.8 + 0.4 * random.nextDouble());
            double utilisation = Math.min(100, load / Math.max(1, state.instances()));
            engine.apply(state, new Sample("web", "", "CPUUtilization", utilisation, timeMs));
            for (Decision decision : engine.apply(state, Sample.tick("web", timeMs + STEP_MS))) {
                int now = Integer.signum(decision.to() - decision.from());
                turns += now != direction ? 1 : 0;
                direction = now;
            }
        }
        assertThat(turns).isLessThanOrEqualTo((int) (2 * STEPS * STEP_MS / 600_000));
    }
}
