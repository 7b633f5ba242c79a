package io.millrace.scaling.simulate;

import io.millrace.scaling.Decision;
import io.millrace.scaling.policy.Costs;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What became of a service in a simulation, step by step.
 *
 * @param name what was simulated
 * @param startMs when it began
 * @param stepMs how long a step is
 * @param load what came
 * @param wanted how many instances there were to be
 * @param working how many worked
 * @param utilisation in percent
 * @param latencyMs of a request
 * @param overload what came above the capacity
 * @param violated in how many parts of each step the service level was broken, from 0 to 1
 * @param decisions in order
 */
record Timeline(
        String name,
        long startMs,
        long stepMs,
        double[] load,
        double[] wanted,
        double[] working,
        double[] utilisation,
        double[] latencyMs,
        double[] overload,
        double[] violated,
        List<Decision> decisions) {

    private static final double HOUR_MS = TimeUnit.HOURS.toMillis(1);
    private static final double MINUTE_MS = TimeUnit.MINUTES.toMillis(1);

    Timeline(String name, long startMs, long stepMs, int steps, List<Decision> decisions) {
        this(
                name,
                startMs,
                stepMs,
                new double[steps],
                new double[steps],
                new double[steps],
                new double[steps],
                new double[steps],
                new double[steps],
                new double[steps],
                decisions);
    }

    int steps() {
        return load.length;
    }

    double hours() {
        return steps() * stepMs / HOUR_MS;
    }

    /** Instances are paid for from when they are ordered. */
    double instanceHours() {
        return Arrays.stream(wanted).sum() * stepMs / HOUR_MS;
    }

    double cost(Costs costs) {
        return instanceHours() * costs.averagePricePerHour() + costs.fixedPerMonth() * hours() / Costs.HOURS_PER_MONTH;
    }

    double violationMinutes() {
        return Arrays.stream(violated).sum() * stepMs / MINUTE_MS;
    }

    double overloadRequests() {
        return Arrays.stream(overload).sum();
    }

    double peak() {
        return Arrays.stream(wanted).max().orElse(0);
    }

    double meanUtilisation() {
        return Arrays.stream(utilisation).average().orElse(0);
    }

    /** How often the number of instances changed. */
    long changes() {
        return decisions.stream()
                .filter(each -> each.action() != Decision.Action.HELD)
                .count();
    }
}
