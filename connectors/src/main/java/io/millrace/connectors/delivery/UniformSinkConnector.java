package io.millrace.connectors.delivery;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.sink.SinkConnector;

/** A sink connector whose tasks all have its own properties: Connect shares the partitions out among them. */
public abstract class UniformSinkConnector extends SinkConnector {
    /** That of all connectors here. */
    public static final String VERSION = Objects.requireNonNullElse(
            UniformSinkConnector.class.getPackage().getImplementationVersion(), "development");

    private Map<String, String> properties = Map.of();

    @Override
    public final String version() {
        return VERSION;
    }

    /** Checks properties, and does what is to be done before any task starts. */
    protected abstract void begin(Map<String, String> given);

    @Override
    public final void start(Map<String, String> given) {
        begin(given);
        properties = Map.copyOf(given);
    }

    @Override
    public final List<Map<String, String>> taskConfigs(int maxTasks) {
        return Collections.nCopies(maxTasks, properties);
    }

    /**
     * What Connect says of properties, with what no property says by itself.
     *
     * @param property the one at which that is shown
     * @param together what says it
     */
    protected final Config validate(Map<String, String> given, String property, Together together) {
        Config validated = super.validate(given);
        try {
            together.check(given);
        } catch (ConfigException e) {
            for (ConfigValue value : validated.configValues()) {
                if (value.name().equals(property)) {
                    value.addErrorMessage(e.getMessage());
                }
            }
        }
        return validated;
    }

    /** Says what is wrong with properties together. */
    protected interface Together {
        void check(Map<String, String> given);
    }

    /** Where the partitions go on is the consumer group's affair alone, unless a sink says otherwise. */
    @Override
    public boolean alterOffsets(Map<String, String> given, Map<TopicPartition, Long> offsets) {
        return true;
    }

    @Override
    public final void stop() {
        // The tasks hold everything.
    }
}
