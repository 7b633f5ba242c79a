package io.millrace.sink;

import java.util.Optional;

/**
 * How a sink was when it was last looked at. Immutable.
 *
 * @param name the sink
 * @param type the kind of its target
 * @param source the table or view that it reads
 * @param connector its connector's name
 * @param state as Kafka Connect names it; WAITING while Connect has not answered, REFUSED where it will not have the connector
 * @param tasks how many tasks run
 * @param message why it does not run, in words for people
 * @param lag how far it is behind; empty while that is not known
 * @param breakerOpen whether it has stopped, as too many records were bad
 */
public record SinkState(
        String name,
        String type,
        String source,
        String connector,
        String state,
        int tasks,
        Optional<String> message,
        Optional<SinkLag> lag,
        boolean breakerOpen) {
    private static final String RUNNING = "RUNNING";
    /** The state while what runs it has not answered. */
    public static final String WAITING = "WAITING";

    static final String REFUSED = "REFUSED";

    /** The state while it is about to run. */
    public static final String UNASSIGNED = "UNASSIGNED";

    /** Whether the connector, or a task of it, does not run though nobody has stopped it. */
    public boolean isDown() {
        return !state.equals(RUNNING) && !state.equals("PAUSED") && !state.equals("STOPPED");
    }

    /** Whether more is to be seen of it soon. */
    boolean waits() {
        return state.equals(WAITING) || state.equals(UNASSIGNED);
    }

    /** The same with what another connector of the sink is: of the two, the one is told that somebody should look at first. */
    SinkState beside(SinkState other) {
        boolean others = !isDown() && (other.isDown() || state.equals(RUNNING));
        return new SinkState(
                name,
                type,
                source,
                connector,
                others ? other.state : state,
                tasks + other.tasks,
                others ? other.message : message,
                lag,
                breakerOpen);
    }

    SinkState behind(Optional<SinkLag> found, boolean broken) {
        return new SinkState(name, type, source, connector, state, tasks, message, found, broken);
    }
}
