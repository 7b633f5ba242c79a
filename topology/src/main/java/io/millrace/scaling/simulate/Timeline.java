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
 * @param timesMs when each step began, and when the last one ended
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
        long[] timesMs,
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

    Timeline(String name, long[] timesMs, List<Decision> decisions) {
        this(name, timesMs, timesMs.length - 1, decisions);
    }

    private Timeline(String name, long[] timesMs, int steps, List<Decision> decisions) {
        this(
                name,
                timesMs,
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

    long startMs() {
        return timesMs[0];
    }

    long endMs() {
        return timesMs[steps()];
    }

    /** A sum in which each step counts by how long it is, in milliseconds. */
    private double overTime(double[] values) {
        double sum = 0;
        for (int step = 0; step < values.length; step++) {
            sum += values[step] * (timesMs[step + 1] - timesMs[step]);
        }
        return sum;
    }

    double hours() {
        return (endMs() - startMs()) / HOUR_MS;
    }

    /** Instances are paid for from when they are ordered. */
    double instanceHours() {
        return overTime(wanted) / HOUR_MS;
    }

    double cost(Costs costs) {
        return instanceHours() * costs.averagePricePerHour() + costs.fixedPerMonth() * hours() / Costs.HOURS_PER_MONTH;
    }

    double violationMinutes() {
        return overTime(violated) / MINUTE_MS;
    }

    double overloadRequests() {
        return Arrays.stream(overload).sum();
    }

    double peak() {
        return Arrays.stream(wanted).max().orElse(0);
    }

    double meanUtilisation() {
        return overTime(utilisation) / (endMs() - startMs());
    }

    /** How often the number of instances changed. */
    long changes() {
        return decisions.stream().filter(Decision::changes).count();
    }
}
