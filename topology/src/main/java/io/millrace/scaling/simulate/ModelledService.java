package io.millrace.scaling.simulate;

import io.millrace.scaling.policy.ServiceModel;

/**
 * A service as a queue before instances that all do as much. What comes above their capacity waits; how long a request takes when
 * none does is the mean of M/M/n by Sakasegawa's approximation (1977).
 */
final class ModelledService {
    private static final double HUNDRED = 100;
    private static final double NEVER_DONE_MS = 1e9;
    private static final int MOST_INSTANCES = 1_000_000;

    private final ServiceModel model;
    private double queue;

    ModelledService(ServiceModel model) {
        this.model = model;
    }

    /**
     * What was seen in a step.
     *
     * @param utilisation of the instances' capacity, in percent
     * @param latencyMs how long a request took, on average
     * @param queue how many wait at its end
     * @param overload how many came above the capacity
     * @param violated whether the service level was broken
     */
    record Seen(double utilisation, double latencyMs, double queue, double overload, boolean violated) {}

    /** Passes a step of time with this load and so many instances that work. */
    Seen step(double load, double instances, long stepMs) {
        double steps = (double) stepMs / model.loadUnitMs();
        double came = load * steps;
        double capacity = instances * model.capacityPerInstance() * steps;
        double there = came + queue;
        double waited = queue;
        queue = Math.max(0, there - capacity);
        double turnedAway = 0;
        if (model.maxQueue().isPresent() && queue > model.maxQueue().getAsDouble()) {
            turnedAway = queue - model.maxQueue().getAsDouble();
            queue = model.maxQueue().getAsDouble();
        }
        double utilisation = capacity == 0 ? (there > 0 ? 1 : 0) : Math.min(1, there / capacity);
        double waitMs = capacity == 0 ? (there > 0 ? NEVER_DONE_MS : 0) : (waited + queue) / 2 / capacity * stepMs;
        double latencyMs = queue > 0 || waited > 0
                ? model.latencyMs() + waitMs
                : latencyMs(came == 0 ? 0 : came / capacity, instances);
        return new Seen(
                utilisation * HUNDRED,
                latencyMs,
                queue,
                Math.max(0, came - capacity),
                latencyMs > model.maxLatencyMs() || turnedAway > 0);
    }

    private double latencyMs(double utilisation, double instances) {
        if (utilisation <= 0) {
            return model.latencyMs();
        }
        if (utilisation >= 1 || instances <= 0) {
            // Just enough: nothing waits longer than it takes.
            return utilisation > 1 || instances <= 0 ? NEVER_DONE_MS : 2 * model.latencyMs();
        }
        double wait = Math.pow(utilisation, Math.sqrt(2 * (instances + 1)) - 1) / (instances * (1 - utilisation));
        return model.latencyMs() * (1 + Math.min(wait, 1 / (1 - utilisation)));
    }

    /** The fewest instances that bear a load for long within the service level. */
    int needed(double load) {
        int instances = (int) Math.max(load > 0 ? 1 : 0, Math.ceil(load / model.capacityPerInstance() - 1e-9));
        while (instances < MOST_INSTANCES
                && load > 0
                && latencyMs(load / (instances * model.capacityPerInstance()), instances) > model.maxLatencyMs()) {
            instances++;
        }
        return instances;
    }
}
