package io.millrace.scaling.policy;

import java.util.List;

/**
 * How fast a service grows and shrinks; fields and meaning are those of Kubernetes' HorizontalPodAutoscaler v2. Immutable.
 *
 * @param scaleUp for growing
 * @param scaleDown for shrinking
 */
public record Behavior(Direction scaleUp, Direction scaleDown) {
    /** Neither stabilization nor limits. */
    public static final Behavior UNLIMITED =
            new Behavior(new Direction(0, SelectPolicy.MAX, List.of()), new Direction(0, SelectPolicy.MAX, List.of()));

    /** Kubernetes' defaults. */
    public static final Behavior KUBERNETES = new Behavior(
            new Direction(
                    0,
                    SelectPolicy.MAX,
                    List.of(new SpeedLimit(Unit.PERCENT, 100, 15_000), new SpeedLimit(Unit.PODS, 4, 15_000))),
            new Direction(300_000, SelectPolicy.MAX, List.of(new SpeedLimit(Unit.PERCENT, 100, 15_000))));

    /**
     * One direction.
     *
     * @param stabilizationWindowMs the least careful of the recommendations of this time does not count
     * @param selectPolicy which limit counts of several
     * @param limits of speed; none for no limit
     */
    public record Direction(long stabilizationWindowMs, SelectPolicy selectPolicy, List<SpeedLimit> limits) {
        public Direction {
            limits = List.copyOf(limits);
        }

        /** For how long changes must be remembered. */
        public long longestPeriodMs() {
            return limits.stream().mapToLong(SpeedLimit::periodMs).max().orElse(0);
        }
    }

    /** Which limit counts of several. */
    public enum SelectPolicy {
        /** The one that allows the largest change. */
        MAX,
        /** The one that allows the smallest. */
        MIN,
        /** None: the service does not change in this direction. */
        DISABLED
    }

    /** What a limit counts in. */
    public enum Unit {
        PODS,
        PERCENT
    }

    /**
     * How much may change in a time.
     *
     * @param unit what the value counts in
     * @param value how much
     * @param periodMs in how long
     */
    public record SpeedLimit(Unit unit, int value, long periodMs) {}

    /** This behavior with another stabilization window for shrinking. */
    public Behavior withScaleDownWindow(long windowMs) {
        return new Behavior(scaleUp, new Direction(windowMs, scaleDown.selectPolicy(), scaleDown.limits()));
    }
}
