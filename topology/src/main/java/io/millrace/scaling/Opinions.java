package io.millrace.scaling;

import io.millrace.scaling.ServiceState.Opinion;
import io.millrace.scaling.policy.Adjustment;
import io.millrace.scaling.policy.MetricQuery;
import io.millrace.scaling.policy.MissingData;
import io.millrace.scaling.policy.Rule;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/** What rules demand, from the sealed metrics of a service at the end of a step. */
final class Opinions {
    /** So that 1.1 * 10 needs 11 instances, not 12. */
    private static final double ROUNDING = 1e-9;

    private static final int MOST_INSTANCES = 1_000_000_000;
    private static final double FULL = 100;
    private static final Deque<Bucket> NOTHING = new ArrayDeque<>();

    private final ServiceState state;
    private final long nowMs;
    private final Map<String, Double> otherTargets;

    /**
     * Opinions at a time.
     *
     * @param otherTargets by metric, the target that a schedule puts in the place of the policies'
     */
    Opinions(ServiceState state, long nowMs, Map<String, Double> otherTargets) {
        this.state = state;
        this.nowMs = nowMs;
        this.otherTargets = otherTargets;
    }

    /** The smallest whole number of instances that is enough. */
    static int enough(double instances) {
        return (int) Math.min(MOST_INSTANCES, Math.ceil(instances - ROUNDING));
    }

    /** Whether a rule's period ends now. */
    boolean isDue(Rule rule) {
        return Math.floorMod(nowMs, rule.query().periodMs()) == 0;
    }

    /** What a rule that is due says. */
    Opinion of(Rule rule) {
        if (rule instanceof Rule.TargetTracking tracking) {
            return tracking(tracking);
        }
        if (rule instanceof Rule.StepScaling steps) {
            return steps(steps);
        }
        return threshold((Rule.Threshold) rule);
    }

    private Window window(MetricQuery query, int periodsAgo) {
        long untilMs = nowMs - periodsAgo * query.periodMs();
        return Window.of(state.histories.getOrDefault(query.metric(), NOTHING), untilMs - query.periodMs(), untilMs);
    }

    /** Grows when all periods demand more, by the least of them; shrinks when all demand fewer, to the most of them. */
    private Opinion tracking(Rule.TargetTracking rule) {
        int current = state.instances;
        int most = Integer.MIN_VALUE;
        int least = Integer.MAX_VALUE;
        Opinion latest = null;
        for (int ago = 0; ago < rule.query().evaluationPeriods(); ago++) {
            Window window = window(rule.query(), ago);
            if (window.isEmpty()) {
                return missing(rule);
            }
            Opinion opinion = tracked(rule, window);
            latest = latest == null ? opinion : latest;
            most = Math.max(most, opinion.demand());
            least = Math.min(least, opinion.demand());
        }
        int demand = least > current ? least : Math.min(most, current);
        if (demand < current && !rule.scaleIn()) {
            return new Opinion(Opinion.Kind.ABSTAIN, -1, latest.exact(), latest.value());
        }
        return Opinion.demand(demand, latest.exact(), latest.value());
    }

    private Opinion missing(Rule rule) {
        return rule.query().missingData() == MissingData.IGNORE
                ? state.opinions.getOrDefault(rule.name(), Opinion.NO_DATA)
                : Opinion.NO_DATA;
    }

    private Opinion tracked(Rule.TargetTracking rule, Window window) {
        double value = window.value(rule.query().statistic());
        double target = otherTargets.getOrDefault(rule.query().metric(), rule.target());
        int current = state.instances;
        switch (rule.form()) {
            case AVERAGE_VALUE: {
                double exact = value / target;
                boolean near = current > 0 && Math.abs(exact / current - 1) <= rule.tolerance();
                return Opinion.demand(near ? current : enough(exact), exact, value);
            }
            case UTILIZATION:
                return Opinion.demand(kubernetes(rule, window, value, target), window.total(value) / target, value);
            default: {
                int demand = ofEach(rule, window, value, target);
                // New instances bear load before they count; what the others have left is not all that there is.
                boolean keeps = demand < current && state.warmingCount() > 0;
                // What a forecast learns is the load, and not the instances that are there.
                return Opinion.demand(keeps ? current : demand, window.total(value) / target, value);
            }
        }
    }

    /**
     * What is needed of a metric that each instance has, as Kubernetes has it for metrics of pods: those that say nothing count as idle
     * when there would be more, as those do that still warm up, and as at their target when there would be fewer; the tolerance is one
     * of what comes of that. Above the target there are never fewer.
     */
    private int ofEach(Rule.TargetTracking rule, Window window, double average, double target) {
        int current = state.instances;
        int unready = state.warmingCount();
        double measured = window.named() ? window.reporting() : window.working();
        double silent = window.named() ? Math.max(0, current - unready - measured) : 0;
        double needed = window.total(average) / target;
        boolean growing = average > target;
        double filled = growing ? needed : needed + silent;
        double counted = measured + silent + (growing ? unready : 0);
        if (rule.tolerance() > 0 && Math.abs(filled - counted) <= rule.tolerance() * counted) {
            return current;
        }
        return growing ? Math.max(current, enough(filled)) : enough(filled);
    }

    /**
     * The replica calculator of Kubernetes: instances that are not ready count as idle when it would grow, those that say nothing
     * as idle when it would grow and as fully used when it would shrink; if that turns the direction, nothing changes.
     */
    private int kubernetes(Rule.TargetTracking rule, Window window, double average, double target) {
        int current = state.instances;
        int unready = state.warmingCount();
        int measured = window.named() ? (int) Math.round(window.reporting()) : Math.max(0, current - unready);
        int silent = Math.max(0, current - unready - measured);
        double ratio = average / target;
        boolean growing = ratio > 1;
        if (silent == 0 && !(growing && unready > 0)) {
            return Math.abs(1 - ratio) <= rule.tolerance() ? current : enough(ratio * measured);
        }
        int counted = measured + silent + (growing ? unready : 0);
        double filled = growing ? 0 : silent * Math.max(FULL, target);
        double newRatio = (average * measured + filled) / counted / target;
        boolean turned = growing ? newRatio < 1 : newRatio > 1;
        if (turned || Math.abs(1 - newRatio) <= rule.tolerance()) {
            return current;
        }
        int demand = enough(newRatio * counted);
        return growing ? Math.max(current, demand) : Math.min(current, demand);
    }

    private Opinion steps(Rule.StepScaling rule) {
        boolean shrinks = rule.steps().stream().anyMatch(step -> step.action().kind() != Adjustment.Kind.ADD);
        Opinion otherwise = shrinks ? Opinion.NO_DATA : Opinion.ABSTENTION;
        Opinion chosen = null;
        for (int ago = 0; ago < rule.query().evaluationPeriods(); ago++) {
            Window window = window(rule.query(), ago);
            if (window.isEmpty()) {
                return missing(rule);
            }
            double value = window.value(rule.query().statistic());
            Rule.Step step = stepOf(rule, value);
            if (step == null) {
                return new Opinion(otherwise.kind(), -1, Double.NaN, value);
            }
            Opinion opinion = adjusted(step.action(), value);
            boolean milder = chosen == null
                    || Math.abs(opinion.demand() - state.instances) < Math.abs(chosen.demand() - state.instances);
            chosen = milder ? opinion : chosen;
        }
        return chosen;
    }

    /** The step of a value; the highest holds above its end too, since a metric that is off the scale is no reason to rest. */
    private static Rule.Step stepOf(Rule.StepScaling rule, double value) {
        for (int i = rule.steps().size() - 1; i >= 0; i--) {
            Rule.Step step = rule.steps().get(i);
            boolean highest = i == rule.steps().size() - 1 && step.action().kind() != Adjustment.Kind.REMOVE;
            if (value >= step.from() && (value < step.to() || highest)) {
                return step;
            }
        }
        return null;
    }

    /** What an adjustment demands. Instances that still warm up count as added already. */
    private Opinion adjusted(Adjustment action, double value) {
        int current = state.instances;
        int warming = state.warmingCount();
        return switch (action.kind()) {
            case ADD -> Opinion.demand(Math.max(current, action.applied(current - warming)), Double.NaN, value);
            case REMOVE ->
                warming > 0
                        ? new Opinion(Opinion.Kind.HOLD, -1, Double.NaN, value)
                        : Opinion.demand(action.applied(current), Double.NaN, value);
            case SET -> Opinion.demand(action.amount(), Double.NaN, value);
        };
    }

    private Opinion threshold(Rule.Threshold rule) {
        boolean adds = rule.action().kind() == Adjustment.Kind.ADD;
        double latest = Double.NaN;
        for (int ago = 0; ago < rule.query().evaluationPeriods(); ago++) {
            Window window = window(rule.query(), ago);
            boolean crossed;
            if (window.isEmpty()) {
                if (rule.query().missingData() == MissingData.MISSING
                        || rule.query().missingData() == MissingData.IGNORE) {
                    return missing(rule);
                }
                crossed = rule.query().missingData() == MissingData.BREACHING;
            } else {
                double value = window.value(rule.query().statistic());
                latest = ago == 0 ? value : latest;
                crossed = adds ? value > rule.threshold() : value < rule.threshold();
            }
            if (!crossed) {
                Opinion.Kind kind = adds ? Opinion.Kind.ABSTAIN : Opinion.Kind.HOLD;
                return new Opinion(kind, -1, Double.NaN, latest);
            }
        }
        return adjusted(rule.action(), latest);
    }
}
