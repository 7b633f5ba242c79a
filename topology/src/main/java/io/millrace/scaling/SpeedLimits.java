package io.millrace.scaling;

import io.millrace.scaling.policy.Behavior;
import io.millrace.scaling.policy.Behavior.SelectPolicy;
import io.millrace.scaling.policy.Behavior.SpeedLimit;
import io.millrace.scaling.policy.Behavior.Unit;
import java.util.Deque;

/** How far a service may grow or shrink now, after what changed of late; the arithmetic is Kubernetes'. */
final class SpeedLimits {
    private static final double HUNDRED = 100;

    private SpeedLimits() {}

    /** The wanted number, or the nearest to it that the limits allow. */
    static int limited(Behavior behavior, Deque<ServiceState.Change> changes, long nowMs, int current, int wanted) {
        if (wanted > current) {
            return Math.min(wanted, Math.max(current, highest(behavior.scaleUp(), changes, nowMs, current)));
        }
        if (wanted < current) {
            return Math.max(wanted, Math.min(current, lowest(behavior.scaleDown(), changes, nowMs, current)));
        }
        return wanted;
    }

    private static int highest(Behavior.Direction up, Deque<ServiceState.Change> changes, long nowMs, int current) {
        if (up.selectPolicy() == SelectPolicy.DISABLED) {
            return current;
        }
        boolean widest = up.selectPolicy() == SelectPolicy.MAX;
        int result = widest && !up.limits().isEmpty() ? Integer.MIN_VALUE : Integer.MAX_VALUE;
        for (SpeedLimit limit : up.limits()) {
            int before = current - changed(changes, nowMs, limit.periodMs());
            int allowed = limit.unit() == Unit.PODS
                    ? before + limit.value()
                    : (int) Math.ceil(before * (1 + limit.value() / HUNDRED));
            result = widest ? Math.max(result, allowed) : Math.min(result, allowed);
        }
        return result;
    }

    private static int lowest(Behavior.Direction down, Deque<ServiceState.Change> changes, long nowMs, int current) {
        if (down.selectPolicy() == SelectPolicy.DISABLED) {
            return current;
        }
        boolean widest = down.selectPolicy() == SelectPolicy.MAX;
        int result = widest && !down.limits().isEmpty() ? Integer.MAX_VALUE : Integer.MIN_VALUE;
        for (SpeedLimit limit : down.limits()) {
            int before = current - changed(changes, nowMs, limit.periodMs());
            int allowed =
                    limit.unit() == Unit.PODS ? before - limit.value() : (int) (before * (1 - limit.value() / HUNDRED));
            result = widest ? Math.min(result, allowed) : Math.max(result, allowed);
        }
        return result;
    }

    private static int changed(Deque<ServiceState.Change> changes, long nowMs, long periodMs) {
        int sum = 0;
        for (ServiceState.Change change : changes) {
            if (change.timeMs() > nowMs - periodMs) {
                sum += change.by();
            }
        }
        return sum;
    }
}
