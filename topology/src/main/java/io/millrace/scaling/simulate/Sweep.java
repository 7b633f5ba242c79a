package io.millrace.scaling.simulate;

import io.millrace.scaling.policy.Rule;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.policy.ServicePolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/** Tries other targets and other delays before shrinking, and finds those that nothing beats both in cost and in violations. */
public final class Sweep {
    private static final double[] TARGETS = {40, 50, 60, 70, 80, 90};
    private static final long[] DELAYS_MS = {0, 300_000, 600_000, 1_800_000};
    private static final double HUNDRED = 100;

    private Sweep() {}

    /**
     * What one pair of settings came to.
     *
     * @param service whose it is
     * @param targetPercent of the targets of the policy
     * @param scaleDownDelayMs the delay before shrinking
     * @param cost of the whole time
     * @param violationMinutes how long the service level was broken
     * @param onFrontier whether no other pair is better in one and as good in the other
     */
    public record Trial(
            String service,
            double targetPercent,
            long scaleDownDelayMs,
            double cost,
            double violationMinutes,
            boolean onFrontier) {}

    /** How many trials there are for a service. */
    public static int trialsPerService() {
        return TARGETS.length * DELAYS_MS.length;
    }

    /** All trials, by service, the cheapest first. */
    public static List<Trial> run(ScalingPolicy policy, LoadFile load, LongConsumer progress) {
        List<Trial> trials = new ArrayList<>();
        AtomicLong done = new AtomicLong();
        for (ServicePolicy service : policy.services()) {
            NavigableMap<Long, Map<String, Double>> metrics = load.services().get(service.name());
            if (metrics != null) {
                List<Trial> tried = IntStream.range(0, trialsPerService())
                        .parallel()
                        .mapToObj(i -> {
                            Trial trial = trial(
                                    service, metrics, TARGETS[i / DELAYS_MS.length], DELAYS_MS[i % DELAYS_MS.length]);
                            progress.accept(done.incrementAndGet());
                            return trial;
                        })
                        .sorted(Comparator.comparingDouble(Trial::cost).thenComparingDouble(Trial::violationMinutes))
                        .toList();
                trials.addAll(marked(tried));
            }
        }
        return trials;
    }

    private static Trial trial(
            ServicePolicy service, NavigableMap<Long, Map<String, Double>> metrics, double target, long delayMs) {
        ServicePolicy tried = service.with(
                service.rules().stream().map(rule -> at(rule, target)).toList(),
                service.behavior().withScaleDownWindow(delayMs));
        Timeline line = Simulation.simulate(tried, metrics, new Deciders.ByEngine(tried), "sweep", () -> {});
        return new Trial(service.name(), target, delayMs, line.cost(service.costs()), line.violationMinutes(), false);
    }

    /** A rule with another target; of a metric that is no share, the same share of its capacity. */
    private static Rule at(Rule rule, double percent) {
        if (!(rule instanceof Rule.TargetTracking tracking)) {
            return rule;
        }
        boolean share = tracking.form() != Rule.TargetForm.AVERAGE_VALUE && tracking.target() <= HUNDRED;
        return new Rule.TargetTracking(
                tracking.name(),
                tracking.query(),
                share ? percent : tracking.target() * percent / HUNDRED,
                tracking.form(),
                tracking.tolerance(),
                tracking.scaleOutCooldownMs(),
                tracking.scaleInCooldownMs(),
                tracking.scaleIn());
    }

    private static List<Trial> marked(List<Trial> byCost) {
        List<Trial> marked = new ArrayList<>();
        double fewest = Double.POSITIVE_INFINITY;
        for (Trial trial : byCost) {
            boolean best = trial.violationMinutes() < fewest;
            fewest = Math.min(fewest, trial.violationMinutes());
            marked.add(new Trial(
                    trial.service(),
                    trial.targetPercent(),
                    trial.scaleDownDelayMs(),
                    trial.cost(),
                    trial.violationMinutes(),
                    best));
        }
        return marked;
    }
}
