package io.millrace.scaling.policy;

import java.util.List;

/** What demands instances. */
public sealed interface Rule {
    /** Its name, for decisions that follow from it. */
    String name();

    /** The number that it looks at. */
    MetricQuery query();

    /**
     * Keeps a metric at a value.
     *
     * @param target the value
     * @param form what the value is compared with
     * @param tolerance a ratio of value and target that is nearer to 1 than this changes nothing
     * @param scaleOutCooldownMs so long after growing it does not let the service grow again
     * @param scaleInCooldownMs so long after any change it does not let it shrink
     * @param scaleIn whether it lets the service shrink at all; if not, it has no say in that
     */
    record TargetTracking(
            String name,
            MetricQuery query,
            double target,
            TargetForm form,
            double tolerance,
            long scaleOutCooldownMs,
            long scaleInCooldownMs,
            boolean scaleIn)
            implements Rule {}

    /** What a target is compared with. */
    enum TargetForm {
        /** The metric's statistic; instances are multiplied by value / target. */
        VALUE,
        /** What all instances have together; as many are needed as the target goes into it. */
        AVERAGE_VALUE,
        /** As VALUE, with what Kubernetes makes of instances that are not ready or say nothing. */
        UTILIZATION
    }

    /**
     * Changes by how far a metric has gone.
     *
     * @param steps by the beginnings of their ranges; no two overlap
     * @param cooldownMs so long after a change it does nothing
     */
    record StepScaling(String name, MetricQuery query, List<Step> steps, long cooldownMs) implements Rule {
        public StepScaling {
            steps = List.copyOf(steps);
        }
    }

    /**
     * What is done where a metric is within a range.
     *
     * @param from the first value of the range
     * @param to the first above it; infinite for none
     */
    record Step(double from, double to, Adjustment action) {}

    /**
     * Changes when a metric is beyond a threshold.
     *
     * @param threshold it acts above it when it adds, below it when it removes
     * @param cooldownMs so long after a change it does nothing
     */
    record Threshold(String name, MetricQuery query, double threshold, Adjustment action, long cooldownMs)
            implements Rule {}
}
