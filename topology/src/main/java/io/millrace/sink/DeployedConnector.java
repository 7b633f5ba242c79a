package io.millrace.sink;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A connector as Kafka Connect describes it. Immutable.
 *
 * @param properties its configuration
 * @param state of the connector itself, as Connect names it: RUNNING, PAUSED, STOPPED, FAILED, UNASSIGNED
 * @param trace why it has failed; empty if it has not
 * @param tasks its tasks
 */
public record DeployedConnector(Map<String, String> properties, String state, String trace, List<Task> tasks) {
    private static final String FAILED = "FAILED";
    private static final String RUNNING = "RUNNING";

    public DeployedConnector {
        properties = Map.copyOf(properties);
        tasks = List.copyOf(tasks);
    }

    /** A task: its number, its state as Connect names it, and why it has failed, if it has. */
    public record Task(int number, String state, String trace) {}

    /** Whether it is of that pipeline. */
    boolean isOf(String pipeline) {
        return pipeline.equals(properties.get(SinkConnectorConfig.PIPELINE));
    }

    /** The deployment that wrote its configuration; 0 if that is not known. */
    int deployment() {
        String written = properties.getOrDefault(SinkConnectorConfig.DEPLOYMENT, "0");
        return written.matches("\\d{1,9}") ? Integer.parseInt(written) : 0;
    }

    /** Whether it is configured so, whichever deployment wrote that. */
    boolean isConfiguredAs(SinkConnectorConfig wanted) {
        return differing(wanted).isEmpty();
    }

    /** The names of the properties that are not as they should be, whichever deployment wrote them. */
    List<String> differing(SinkConnectorConfig wanted) {
        Set<String> names = new TreeSet<>(properties.keySet());
        names.addAll(wanted.properties().keySet());
        names.remove(SinkConnectorConfig.DEPLOYMENT);
        // Connect adds it where it is not given.
        names.remove("name");
        if (properties.containsKey(wanted.creation())) {
            names.remove(wanted.creation());
        }
        names.removeIf(
                name -> Objects.equals(properties.get(name), wanted.properties().get(name)));
        return List.copyOf(names);
    }

    /** What connector and tasks are, in one word: the state that somebody should look at first. */
    public String overallState() {
        if (failedTasks() > 0 || state.equals(FAILED)) {
            return FAILED;
        }
        if (!state.equals(RUNNING)) {
            return state;
        }
        return tasks.isEmpty()
                ? SinkState.UNASSIGNED
                : tasks.stream()
                        .map(Task::state)
                        .filter(each -> !each.equals(RUNNING))
                        .findFirst()
                        .orElse(RUNNING);
    }

    long failedTasks() {
        return tasks.stream().filter(task -> task.state().equals(FAILED)).count();
    }

    /** Why it has failed, the innermost reason that Connect tells; empty if it has not. */
    public Optional<String> failure() {
        if (state.equals(FAILED)) {
            return Optional.of(reason(trace));
        }
        return tasks.stream()
                .filter(task -> task.state().equals(FAILED))
                .map(task -> "task " + task.number() + ": " + reason(task.trace()))
                .findFirst();
    }

    /** The last cause that a stack trace names: Connect wraps what a task throws. */
    private static String reason(String trace) {
        String reason = trace.lines().findFirst().orElse("no reason was given");
        for (String line : trace.lines().toList()) {
            if (line.startsWith("Caused by: ")) {
                reason = line.substring("Caused by: ".length());
                if (reason.startsWith("org.apache.kafka.connect.errors.ConnectException: ")) {
                    // What a sink says itself; its causes are the driver's words for it.
                    break;
                }
            }
        }
        return reason.replaceFirst("^[\\w.$]+(Exception|Error): ", "");
    }
}
