package io.millrace.scaling;

/**
 * What was measured, or what somebody wants, at a time. Immutable.
 *
 * @param service whose it is
 * @param instance which instance measured it; empty for a value of the service as a whole
 * @param name the metric's name, or one of those below
 * @param value the value
 * @param timeMs when it was so, in milliseconds since 1970
 */
public record Sample(String service, String instance, String name, double value, long timeMs) {
    /** Nothing but that this time has come. */
    public static final String TICK = "millrace.tick";

    /** From now on nothing is changed. */
    public static final String PAUSE = "millrace.pause";

    /** From now on things are changed again. */
    public static final String RESUME = "millrace.resume";

    /** There are to be so many instances, and nothing is changed until somebody resumes. */
    public static final String SET = "millrace.set";

    /** How many instances there are that work, as whoever runs them sees it. */
    public static final String READY_INSTANCES = "ReadyInstances";

    /** How many instances there are to be, as the place at which they run has it; some may not work yet, or no more. */
    public static final String ORDERED_INSTANCES = "OrderedInstances";

    /** That a time has come. */
    public static Sample tick(String service, long timeMs) {
        return new Sample(service, "", TICK, 0, timeMs);
    }
}
