package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.cdn.CdnSink;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.sink.CacheConnectors;
import io.millrace.sink.SinkProgress;
import io.millrace.sql.Sink;
import io.millrace.sql.SinkDefinition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/** A pipeline's sinks and the brokers of their topics, as commands about sinks are told where they are. */
final class SinkAccess implements AutoCloseable {
    private static final String REQUEST_TIMEOUT_MS = "10000";

    private final PlannedPipeline planned;
    private final PipelineConfig properties;
    private final Admin admin;

    private SinkAccess(PlannedPipeline planned, PipelineConfig properties, Admin admin) {
        this.planned = planned;
        this.properties = properties;
        this.admin = admin;
    }

    /**
     * Reads a pipeline.
     *
     * @param folder its folder
     * @param config the file of properties that is read instead of the folder's
     * @param brokers the brokers to ask; by default the running stack's, else the pipeline's
     * @throws UserError if the pipeline has mistakes
     */
    static SinkAccess open(Path folder, Optional<Path> config, Optional<String> brokers, Optional<RunningStack> stack) {
        PlannedPipeline planned = PlannedPipeline.readOrThrow(folder, config);
        PipelineConfig properties = PipelineOptions.addressed(planned.pipeline().config(), stack, brokers);
        Map<String, Object> clients = new HashMap<>(properties.kafka());
        clients.putIfAbsent("default.api.timeout.ms", REQUEST_TIMEOUT_MS);
        clients.putIfAbsent("request.timeout.ms", REQUEST_TIMEOUT_MS);
        try {
            return new SinkAccess(planned, properties, Admin.create(clients));
        } catch (KafkaException e) {
            throw UserError.of(
                    UserError.Category.INVALID_PIPELINE,
                    "Kafka's clients cannot be set up: " + e.getMessage(),
                    "check millrace.properties");
        }
    }

    PipelineConfig properties() {
        return properties;
    }

    List<SinkDefinition> sinks() {
        return planned.pipeline().sinks();
    }

    /** The caches that purges are on their way to, as sinks; none where no sink tells caches of anything. */
    List<Sink> caches() {
        return sinks().stream().anyMatch(each -> CdnSink.isOne(each.sink()))
                ? CacheConnectors.of(properties)
                : List.of();
    }

    /** The sink of that name. @throws UserError if there is none */
    SinkDefinition definition(String name) {
        return sinks().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Names.unknown(
                        "sink",
                        name,
                        Stream.concat(
                                        sinks().stream().map(SinkDefinition::name),
                                        caches().stream().map(Sink::name))
                                .toList()));
    }

    /** The view of that name, which is there. */
    PlanNode.View view(String name) {
        return planned.plan().views().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Looks how far sinks are; to be closed by who asks for it. */
    SinkProgress progress() {
        return new SinkProgress(properties, admin);
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(1));
    }
}
