package io.millrace.scaling.policy;

import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * How one service is scaled. Immutable.
 *
 * @param name the service, as metrics name it
 * @param minInstances never fewer
 * @param maxInstances never more
 * @param warmupMs so long a new instance is not counted: neither its metrics nor its capacity
 * @param gracePeriodMs so late a metric may come, measured against the newest of its service
 * @param rules what demands instances; the largest demand wins when growing, all must agree to shrink
 * @param behavior stabilization and limits of speed
 * @param schedules when bounds are others
 * @param prediction what is added before the load comes
 * @param costs what instances cost, and what they may cost
 * @param scaleInProtection while this metric is above 0, as during a deployment or a failover, nothing is taken away
 * @param model how the service behaves in a simulation
 */
public record ServicePolicy(
        String name,
        int minInstances,
        int maxInstances,
        long warmupMs,
        long gracePeriodMs,
        List<Rule> rules,
        Behavior behavior,
        List<Schedule> schedules,
        Optional<Prediction> prediction,
        Costs costs,
        Optional<String> scaleInProtection,
        Optional<ServiceModel> model) {

    /** Where no rule names a period, time goes in steps of this. */
    public static final long DEFAULT_PERIOD_MS = 60_000;

    public ServicePolicy {
        rules = List.copyOf(rules);
        schedules = List.copyOf(schedules);
    }

    /** Time goes in steps of this: the longest that all periods are multiples of. */
    public long stepMs() {
        long step = 0;
        for (Rule rule : rules) {
            step = greatestCommonDivisor(rule.query().periodMs(), step);
        }
        return step == 0 ? DEFAULT_PERIOD_MS : step;
    }

    private static long greatestCommonDivisor(long first, long second) {
        return second == 0 ? first : greatestCommonDivisor(second, first % second);
    }

    /** The metrics that are looked at, in alphabetical order. */
    public NavigableSet<String> metrics() {
        TreeSet<String> metrics = new TreeSet<>();
        rules.forEach(rule -> metrics.add(rule.query().metric()));
        scaleInProtection.ifPresent(metrics::add);
        return metrics;
    }

    /** This policy with other rules and behavior, as a search for better ones or a baseline tries them. */
    public ServicePolicy with(List<Rule> otherRules, Behavior otherBehavior) {
        return new ServicePolicy(
                name,
                minInstances,
                maxInstances,
                warmupMs,
                gracePeriodMs,
                otherRules,
                otherBehavior,
                schedules,
                prediction,
                costs,
                scaleInProtection,
                model);
    }

    /** This policy with its rules and bounds alone: no schedule, no prediction, no budget. */
    public ServicePolicy reactive() {
        return new ServicePolicy(
                name,
                minInstances,
                maxInstances,
                warmupMs,
                gracePeriodMs,
                rules,
                behavior,
                List.of(),
                Optional.empty(),
                costs.withoutBudget(),
                Optional.empty(),
                model);
    }
}
