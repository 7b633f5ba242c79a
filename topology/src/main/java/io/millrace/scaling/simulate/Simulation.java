package io.millrace.scaling.simulate;

import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.scaling.Decision;
import io.millrace.scaling.Sample;
import io.millrace.scaling.policy.Costs;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.policy.ServiceModel;
import io.millrace.scaling.policy.ServicePolicy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** Runs a policy over recorded load. */
public final class Simulation {
    private static final double HOUR_MS = TimeUnit.HOURS.toMillis(1);

    private Simulation() {}

    /**
     * A service's simulation and its baselines.
     *
     * @param policy what was simulated
     * @param run by the policy
     * @param baselines by other means
     */
    public record Outcome(ServicePolicy policy, Timeline run, List<Timeline> baselines) {
        public Outcome {
            baselines = List.copyOf(baselines);
        }

        /** What it cost. */
        public double cost() {
            return run.cost(policy.costs());
        }

        /** What a month of this would cost. */
        public double monthlyCost() {
            return cost() * Costs.HOURS_PER_MONTH / run.hours();
        }

        /** What came above the capacity. */
        public double overloadRequests() {
            return run.overloadRequests();
        }

        /** For how many minutes the service level was broken. */
        public double violationMinutes() {
            return run.violationMinutes();
        }

        /** The most instances. */
        public int peak() {
            return (int) run.peak();
        }

        /** The decisions, in order. */
        public List<Decision> decisions() {
            return run.decisions();
        }
    }

    /** How many steps of load there are to be simulated. */
    public static long steps(ScalingPolicy policy, LoadFile load) {
        return policy.services().stream()
                .mapToLong(service -> load.services()
                        .getOrDefault(service.name(), new TreeMap<>())
                        .size())
                .sum();
    }

    /**
     * Simulates every service that the load has, several at a time.
     *
     * @param progress is told how many steps are done, from several threads
     */
    public static List<Outcome> run(ScalingPolicy policy, LoadFile load, LongConsumer progress) {
        AtomicLong done = new AtomicLong();
        List<ServicePolicy> services = policy.services().stream()
                .filter(service -> load.services().containsKey(service.name()))
                .toList();
        if (services.isEmpty()) {
            throw UserError.of(
                    Category.MISMATCH,
                    "the metrics have none of the policy's services; they have "
                            + String.join(", ", load.services().keySet()),
                    "name the services as the policy does");
        }
        services.forEach(Simulation::modelOf);
        return services.parallelStream()
                .map(service -> outcome(
                        service, load.services().get(service.name()), () -> progress.accept(done.incrementAndGet())))
                .toList();
    }

    private static ServiceModel modelOf(ServicePolicy service) {
        return service.model()
                .orElseThrow(() -> UserError.of(
                        Category.INVALID_PIPELINE,
                        "service " + service.name() + " has no model, so nobody knows what load does to it",
                        "add model: { load: RequestsPerMinute, capacityPerInstance: 5000, per: 1m }"));
    }

    private static Outcome outcome(
            ServicePolicy service, NavigableMap<Long, Map<String, Double>> metrics, Runnable progress) {
        Timeline run;
        try (Deciders.ByTopology topology = new Deciders.ByTopology(service)) {
            run = simulate(service, metrics, topology, "policy", progress);
        }
        return new Outcome(service, run, Baselines.of(service, metrics));
    }

    /** Simulates one service with whatever decides. */
    static Timeline simulate(
            ServicePolicy service,
            NavigableMap<Long, Map<String, Double>> metrics,
            Deciders decider,
            String name,
            Runnable progress) {
        ServiceModel model = modelOf(service);
        long[] timesMs = LoadFile.timesMs(metrics);
        ModelledService modelled = new ModelledService(model);
        Fleet fleet = new Fleet(
                service, modelled.needed(metrics.firstEntry().getValue().getOrDefault(model.load(), 0.0)));
        Set<String> looked = service.metrics();
        List<Decision> decisions = new ArrayList<>();
        Timeline line = new Timeline(name, timesMs, decisions);
        int step = 0;
        for (Map.Entry<Long, Map<String, Double>> each : metrics.entrySet()) {
            double load = each.getValue().getOrDefault(model.load(), 0.0);
            line.load()[step] = load;
            long intervalMs = timesMs[step + 1] - timesMs[step];
            int parts = (int) Math.max(1, intervalMs / service.stepMs());
            long partMs = intervalMs / parts;
            for (int part = 0; part < parts; part++) {
                long timeMs = each.getKey() + part * partMs;
                double working = fleet.working(timeMs);
                ModelledService.Seen seen = modelled.step(load, working, partMs);
                line.wanted()[step] += (double) fleet.ordered() / parts;
                line.working()[step] += working / parts;
                line.utilisation()[step] += seen.utilisation() / parts;
                line.latencyMs()[step] = Math.max(line.latencyMs()[step], seen.latencyMs());
                line.overload()[step] += seen.overload();
                line.violated()[step] += (seen.violated() ? 1.0 : 0) / parts;
                Map<String, Double> values = new TreeMap<>(each.getValue());
                values.put("CPUUtilization", seen.utilisation());
                values.put("QueueDepth", seen.queue());
                values.put("ResponseTime", seen.latencyMs());
                values.keySet().retainAll(looked);
                if (step == 0) {
                    values.put(Sample.READY_INSTANCES, (double) fleet.ordered());
                }
                long tickMs = timeMs + partMs + service.gracePeriodMs();
                for (Decision decision : decider.apply(values, timeMs, tickMs)) {
                    decisions.add(decision);
                    fleet.order(decision);
                }
            }
            step++;
            progress.run();
        }
        return line;
    }

    /** The instances of a simulated service. */
    private static final class Fleet {
        private final ServicePolicy service;
        private final Deque<long[]> warming = new ArrayDeque<>();
        private final double interrupted;
        private int ordered;
        private int warm;

        /** Those that had been there before: as many as the first load needs. */
        Fleet(ServicePolicy service, int needed) {
            this.service = service;
            this.ordered = Math.max(service.minInstances(), Math.min(service.maxInstances(), needed));
            this.warm = ordered;
            // Of the spot instances so many are being replaced at any time, each as long as a new one warms up.
            this.interrupted = service.costs().spotShare()
                    * Math.min(1, service.costs().spotInterruptionsPerHour() * service.warmupMs() / HOUR_MS);
        }

        int ordered() {
            return ordered;
        }

        double working(long timeMs) {
            while (!warming.isEmpty() && warming.peekFirst()[1] <= timeMs) {
                warm += (int) warming.removeFirst()[0];
            }
            return warm * (1 - interrupted);
        }

        void order(Decision decision) {
            int by = decision.to() - ordered;
            ordered = decision.to();
            if (by > 0) {
                warming.addLast(new long[] {by, decision.timeMs() + service.warmupMs()});
                return;
            }
            int left = -by;
            while (left > 0 && !warming.isEmpty()) {
                long[] newest = warming.peekLast();
                int taken = (int) Math.min(left, newest[0]);
                newest[0] -= taken;
                left -= taken;
                if (newest[0] == 0) {
                    warming.removeLast();
                }
            }
            warm -= left;
        }
    }
}
