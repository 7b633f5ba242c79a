package io.millrace.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.Audit;
import io.millrace.deadletter.Brokers;
import io.millrace.deadletter.DeadLetterId;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.scaling.ScalingTopics;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.schemas.RegistryClient;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where the dead letters are, as all commands about them are told. */
final class DlqAccess {
    private static final String TABLES = "tables.sql";
    private static final String VIEWS = "views.sql";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Mixin
    private PipelineOptions options;

    @Option(names = "--json", description = "Print JSON, one object a line, for scripts.")
    private boolean json;

    private final ObjectMapper mapper = ExactJson.mapper();
    private PlannedPipeline planned;
    private PipelineConfig properties;
    private Set<String> topics;

    /** What the options say, looked up. @throws UserError if the pipeline has mistakes */
    void open() {
        planned = isPolicyAlone() ? policyAlone() : PlannedPipeline.readOrThrow(options.folder(), options.config());
        properties = options.addressed(planned.pipeline().config());
        topics = brokers().topics();
    }

    /** Whether the folder decides on scaling and has no views. */
    private boolean isPolicyAlone() {
        return hasPolicy()
                && Stream.of(TABLES, VIEWS)
                        .allMatch(file -> Files.notExists(options.folder().resolve(file)));
    }

    private boolean hasPolicy() {
        return Files.exists(options.folder().resolve(PolicyFile.NAME));
    }

    /** A pipeline without views, whose files may lack. */
    private PlannedPipeline policyAlone() {
        PlannedPipeline read = PlannedPipeline.read(options.folder(), options.config(), System.getenv());
        Set<String> lacking = Stream.of(TABLES, VIEWS)
                .map(file -> options.folder().resolve(file).toString())
                .collect(Collectors.toSet());
        read.errors().stream()
                .filter(error -> error.place()
                        .filter(place -> lacking.contains(place.file()))
                        .isEmpty())
                .findFirst()
                .ifPresent(error -> {
                    throw error;
                });
        return read;
    }

    boolean json() {
        return json;
    }

    PlannedPipeline planned() {
        return planned;
    }

    Brokers brokers() {
        return new Brokers(properties);
    }

    SchemaLookup schemas() {
        return SchemaLookup.of(RegistryClient.of(properties.schemaRegistry()));
    }

    /** The dead-letter topics that there are. */
    List<DeadLetterTopic> topics() {
        List<DeadLetterTopic> all = new ArrayList<>(DeadLetterTopic.of(planned));
        if (hasPolicy()) {
            all.add(DeadLetterTopic.ofTopic(ScalingTopics.METRICS));
            all.add(DeadLetterTopic.ofTopic(ScalingTopics.DECISIONS));
        }
        return all.stream().filter(topic -> topics.contains(topic.name())).toList();
    }

    /** The topic of a dead letter. */
    DeadLetterTopic topicOf(DeadLetterId id) {
        return topics().stream()
                .filter(topic -> topic.name().equals(id.topic()))
                .findFirst()
                .orElseThrow(() -> Names.unknown(
                        "dead-letter topic",
                        id.topic(),
                        topics().stream().map(DeadLetterTopic::name).toList()));
    }

    /** What became of the dead letters of topics, each read when it is first asked for. */
    Audits audits() {
        return new Audits(brokers());
    }

    ProgressLine progress() {
        return new ProgressLine(spec.commandLine().getErr(), Help.Ansi.AUTO.enabled());
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    ObjectNode object() {
        return mapper.createObjectNode();
    }

    /** The user who does it, by the machine's name for them. */
    static String user() {
        return System.getProperty("user.name", "unknown");
    }

    /** What became of the dead letters of topics. */
    static final class Audits {
        private final Brokers brokers;
        private final Map<String, Audit> read = new HashMap<>();

        private Audits(Brokers brokers) {
            this.brokers = brokers;
        }

        Audit of(String topic) {
            return read.computeIfAbsent(topic, any -> Audit.read(brokers, topic));
        }
    }
}
