package io.millrace.ops.stack;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.provider.ConfigProvider;

/**
 * What {@code ${env:NAME}} stands for in the configurations of a development stack's connectors: the process's environment, and
 * for names that it has not, what the stack says of itself. So a pipeline names its target in the same words here and in
 * production, though here the port is another at every start.
 */
public final class StackVariables implements ConfigProvider {
    /** The JDBC address of the database for replicas. */
    public static final String REPLICA_URL = "REPLICA_URL";

    private final Map<String, String> variables = new HashMap<>();

    /** For Kafka Connect, which then calls {@link #configure}. */
    public StackVariables() {}

    @Override
    public void configure(Map<String, ?> own) {
        own.forEach((name, value) -> variables.put(name, String.valueOf(value)));
        variables.putAll(System.getenv());
    }

    @Override
    public ConfigData get(String path) {
        return new ConfigData(variables);
    }

    @Override
    public ConfigData get(String path, Set<String> names) {
        Map<String, String> found = new HashMap<>(variables);
        found.keySet().retainAll(names);
        return new ConfigData(found);
    }

    @Override
    public void close() {
        // It holds nothing open.
    }
}
