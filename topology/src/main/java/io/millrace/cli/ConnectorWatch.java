package io.millrace.cli;

import io.millrace.sink.DeployedConnector;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Judges by repeated looks at connectors what has become of them. What Kafka Connect says of one right after it was
 * given a configuration is still of the time before, so that of such a one only what lasts counts.
 */
final class ConnectorWatch {
    static final Duration LASTING = Duration.ofSeconds(2);

    private static final Set<String> SETTLED = Set.of("RUNNING", "FAILED", "PAUSED", "STOPPED");

    private final Set<String> changed;
    private final Map<String, Look> looks = new HashMap<>();

    /** A state, and since when all looks have found it. */
    private record Look(String state, long sinceNanos) {}

    /**
     * @param changed the names of the connectors that have just been given a configuration
     */
    ConnectorWatch(Set<String> changed) {
        this.changed = Set.copyOf(changed);
    }

    /**
     * Takes a look at a connector.
     *
     * @param nanos when, by {@link System#nanoTime()}
     * @return RUNNING, FAILED, PAUSED or STOPPED once that counts; empty while it may still change by itself
     */
    Optional<String> look(String name, DeployedConnector connector, long nanos) {
        String state = stateOf(connector);
        Look look = looks.merge(
                name, new Look(state, nanos), (before, now) -> before.state().equals(now.state()) ? before : now);
        boolean lasts = !changed.contains(name) || nanos - look.sinceNanos() >= LASTING.toNanos();
        return lasts && SETTLED.contains(state) ? Optional.of(state) : Optional.empty();
    }

    /** Tasks of a connector that somebody has halted may be left in any state. */
    private static String stateOf(DeployedConnector connector) {
        return isHalted(connector.state()) ? connector.state() : connector.overallState();
    }

    /** Whether somebody wants a connector in that state not to run. */
    static boolean isHalted(String state) {
        return state.equals("PAUSED") || state.equals("STOPPED");
    }
}
