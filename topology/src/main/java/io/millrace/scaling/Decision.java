package io.millrace.scaling;

import java.util.List;

/**
 * That a service is to have another number of instances, or that it would have been, and why. It stands until the next one of
 * its service. Immutable.
 *
 * @param id its service and time; the same input gives the same
 * @param timeMs the end of the step that it follows from
 * @param action what is to be done
 * @param from how many instances there were to be
 * @param to how many there are to be
 * @param rule what demanded it
 * @param readings what each rule saw and demanded
 * @param overrode what demanded another number, and was held back; in order
 * @param replaces the id of the decision that stood before, empty for none
 */
public record Decision(
        String id,
        String service,
        long timeMs,
        Action action,
        int from,
        int to,
        String rule,
        List<Reading> readings,
        List<Restraint> overrode,
        String replaces) {

    /** What is to be done. */
    public enum Action {
        SCALE_OUT,
        SCALE_IN,
        /** Nothing, though a rule demands it: the limit that holds it back is new. */
        HELD,
        /** Nothing: what the budget held back is not demanded any more. */
        RELEASED
    }

    /** Whether another number of instances is to be there. */
    public boolean changes() {
        return action == Action.SCALE_OUT || action == Action.SCALE_IN;
    }

    /**
     * What a rule saw.
     *
     * @param value the metric's value; not a number where there was none
     * @param threshold the target or threshold that it was held against; not a number where there are several
     * @param demand how many instances it demands; -1 where it demands nothing
     */
    public record Reading(String rule, String metric, String statistic, double value, double threshold, int demand) {}

    /**
     * A number that was held back.
     *
     * @param by what held it back
     * @param from the number before
     * @param to the number after
     */
    public record Restraint(String by, int from, int to) {}

    public Decision {
        readings = List.copyOf(readings);
        overrode = List.copyOf(overrode);
    }

    /** In a line: {@code 4 -> 7 by TargetTracking CPUUtilization (...)}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(from).append(" -> ").append(to).append(" by ").append(rule);
        for (Restraint each : overrode) {
            text.append("; ")
                    .append(each.by())
                    .append(' ')
                    .append(each.from())
                    .append(" -> ")
                    .append(each.to());
        }
        return text.toString();
    }
}
