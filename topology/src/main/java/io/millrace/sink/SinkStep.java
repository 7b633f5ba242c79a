package io.millrace.sink;

import io.millrace.catalog.PipelineConfig;
import io.millrace.sql.Sink;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a deployment does to a sink.
 *
 * @param name the sink, with {@code .retry} behind it for the connector of its retry topic
 * @param kind what happens
 * @param properties the connector's properties that change, by name
 */
public record SinkStep(String name, Kind kind, List<String> properties) {
    /** What may happen. */
    public enum Kind {
        UNCHANGED("goes on"),
        CHANGED("its connector is changed"),
        NEW("its connector is created"),
        REMOVED("its connector is removed, what it wrote stays"),
        FOREIGN("is not deployed: another's connector has its name");

        private final String meaning;

        Kind(String meaning) {
            this.meaning = meaning;
        }

        /** What it means for the sink, as the end of a sentence. */
        public String meaning() {
            return meaning;
        }
    }

    public SinkStep {
        properties = List.copyOf(properties);
    }

    private static SinkStep of(String name, SinkConnectorConfig wanted, DeployedConnector found, String pipeline) {
        if (found == null) {
            return new SinkStep(name, Kind.NEW, List.of());
        }
        if (!found.isOf(pipeline)) {
            return new SinkStep(name, Kind.FOREIGN, List.of());
        }
        List<String> differing = found.differing(wanted);
        return new SinkStep(name, differing.isEmpty() ? Kind.UNCHANGED : Kind.CHANGED, differing);
    }

    /** What becomes of each sink, and of the connectors that a pipeline has beside them. */
    public static List<SinkStep> of(
            List<Sink> sinks, PipelineConfig config, Map<String, DeployedConnector> connectors) {
        String pipeline = config.get(PipelineConfig.APPLICATION_ID);
        List<SinkStep> steps = new ArrayList<>();
        Set<String> wanted = new HashSet<>();
        for (Sink sink : CacheConnectors.behind(sinks, config)) {
            for (SinkConnectorConfig connector : SinkConnectorConfig.all(sink, config)) {
                wanted.add(connector.name());
                String name = connector.name().substring(pipeline.length() + 1);
                steps.add(of(name, connector, connectors.get(connector.name()), pipeline));
            }
        }
        new TreeSet<>(connectors.keySet())
                .stream()
                        .filter(name ->
                                !wanted.contains(name) && connectors.get(name).isOf(pipeline))
                        .forEach(name -> steps.add(new SinkStep(
                                name.substring(Math.min(name.length(), pipeline.length() + 1)),
                                Kind.REMOVED,
                                List.of())));
        return steps;
    }
}
