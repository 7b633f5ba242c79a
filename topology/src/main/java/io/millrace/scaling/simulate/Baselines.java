package io.millrace.scaling.simulate;

import io.millrace.scaling.policy.Behavior;
import io.millrace.scaling.policy.MetricQuery;
import io.millrace.scaling.policy.MissingData;
import io.millrace.scaling.policy.Rule;
import io.millrace.scaling.policy.ServicePolicy;
import io.millrace.scaling.policy.Statistic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What a simulation is held against. */
final class Baselines {
    /** What {@code kubectl autoscale} takes where none is named. */
    private static final double KUBERNETES_TARGET = 80;

    private static final double KUBERNETES_TOLERANCE = 0.1;
    private static final long KUBERNETES_PERIOD_MS = 15_000;

    private Baselines() {}

    static List<Timeline> of(ServicePolicy service, NavigableMap<Long, Map<String, Double>> metrics) {
        return List.of(fixedAtPeak(service, metrics), kubernetes(service, metrics), foresight(service, metrics));
    }

    private static Timeline fixedAtPeak(ServicePolicy service, NavigableMap<Long, Map<String, Double>> metrics) {
        int most = needs(service, metrics).values().stream()
                .mapToInt(Integer::intValue)
                .max()
                .orElse(service.minInstances());
        ServicePolicy fixed = bounded(service, most, most);
        return Simulation.simulate(fixed, metrics, new Deciders.ByPlan(fixed, Map.of()), "fixed at peak", () -> {});
    }

    private static Timeline kubernetes(ServicePolicy service, NavigableMap<Long, Map<String, Double>> metrics) {
        Rule rule = new Rule.TargetTracking(
                "HorizontalPodAutoscaler",
                new MetricQuery("CPUUtilization", Statistic.AVERAGE, KUBERNETES_PERIOD_MS, 1, MissingData.MISSING),
                KUBERNETES_TARGET,
                Rule.TargetForm.UTILIZATION,
                KUBERNETES_TOLERANCE,
                0,
                0,
                true);
        ServicePolicy policy = service.with(List.of(rule), Behavior.KUBERNETES).reactive();
        return Simulation.simulate(policy, metrics, new Deciders.ByEngine(policy), "HPA, defaults, CPU 80", () -> {});
    }

    /** The fewest instances that ever are enough, ordered just early enough. */
    private static Timeline foresight(ServicePolicy service, NavigableMap<Long, Map<String, Double>> metrics) {
        NavigableMap<Long, Integer> needs = needs(service, metrics);
        long[] timesMs = LoadFile.timesMs(metrics);
        int row = 0;
        Map<Long, Integer> plan = new HashMap<>();
        for (Long timeMs : needs.keySet()) {
            int most = service.minInstances();
            // Ordered at the end of this step, so that they work from the first step in which they are needed.
            long untilMs = timesMs[Math.min(timesMs.length - 1, row + 2)] + service.warmupMs();
            row++;
            for (int need : needs.subMap(timeMs, true, untilMs, true).values()) {
                most = Math.max(most, need);
            }
            plan.put(timeMs, most);
        }
        ServicePolicy free = bounded(service, needs.firstEntry().getValue(), Integer.MAX_VALUE);
        return Simulation.simulate(free, metrics, new Deciders.ByPlan(free, plan), "perfect foresight", () -> {});
    }

    private static NavigableMap<Long, Integer> needs(
            ServicePolicy service, NavigableMap<Long, Map<String, Double>> metrics) {
        ModelledService model = new ModelledService(service.model().orElseThrow());
        String load = service.model().orElseThrow().load();
        NavigableMap<Long, Integer> needs = new TreeMap<>();
        metrics.forEach((timeMs, values) ->
                needs.put(timeMs, Math.max(service.minInstances(), model.needed(values.getOrDefault(load, 0.0)))));
        return needs;
    }

    private static ServicePolicy bounded(ServicePolicy service, int min, int max) {
        return new ServicePolicy(
                service.name(),
                min,
                max,
                service.warmupMs(),
                service.gracePeriodMs(),
                service.rules(),
                service.behavior(),
                service.schedules(),
                service.prediction(),
                service.costs(),
                service.scaleInProtection(),
                service.model());
    }
}
