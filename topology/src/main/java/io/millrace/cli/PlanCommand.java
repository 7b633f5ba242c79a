package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.cdn.CdnSink;
import io.millrace.plan.Field;
import io.millrace.plan.Planner;
import io.millrace.runtime.PipelineTopics;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.deployment.Deployment;
import io.millrace.runtime.deployment.DeploymentLog;
import io.millrace.runtime.deployment.Generation;
import io.millrace.runtime.deployment.ViewStep;
import io.millrace.sink.ConnectClient;
import io.millrace.sink.ConnectRefusal;
import io.millrace.sink.SinkKind;
import io.millrace.sink.SinkStep;
import io.millrace.sql.PipelineText;
import io.millrace.sql.Sink;
import io.millrace.sql.ViewDefinition;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace plan}: what a deployment of a folder would do to what is deployed. */
@Command(
        name = "plan",
        description = "Show what deploying a pipeline's folder would do: which views keep their state, which are built,"
                + " switched or removed, what is deleted, and which sinks' connectors are created, changed or removed.")
final class PlanCommand implements Callable<Integer> {
    private static final int REQUEST_TIMEOUT_MS = 10_000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--pipeline", paramLabel = "DIR", description = "The pipeline's folder; default: the current one.")
    private Path folder = Path.of(".");

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Read these properties instead of the folder's millrace.properties.")
    private Path config;

    @Option(
            names = "--bootstrap-server",
            paramLabel = "HOST:PORT",
            description =
                    "The brokers to ask; default: the running stack's, else the pipeline's kafka.bootstrap.servers.")
    private String brokers;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PlannedPipeline planned = PlannedPipeline.read(folder, Optional.ofNullable(config), System.getenv());
        if (!planned.errors().isEmpty()) {
            planned.errors().forEach(error -> spec.commandLine().getErr().println("millrace: " + error.render()));
            return Millrace.FAILURE;
        }
        PipelineConfig properties = addressed(planned.pipeline().config());
        String application = properties.get(PipelineConfig.APPLICATION_ID);
        Optional<Deployment> deployed = deployed(properties);
        if (deployed.isEmpty()) {
            out.println("nothing is recorded as deployed under " + application + "; "
                    + (planned.plan().views().size() == 1 ? "the view is" : "all views are")
                    + " built and served from the start");
        } else {
            print(out, application, deployed.get(), planned.pipeline().text());
        }
        out.flush();
        printCdnSinks(
                out,
                deployed.map(Deployment::sinks).orElse(List.of()),
                planned.pipeline().text().sinks());
        printSinks(out, properties, planned.pipeline().text().sinks());
        out.flush();
        return Millrace.OK;
    }

    private PipelineConfig addressed(PipelineConfig properties) {
        Optional<RunningStack> stack = config == null ? RunningStack.find() : Optional.empty();
        return PipelineOptions.addressed(properties, stack, Optional.ofNullable(brokers));
    }

    /** What becomes of sinks of type cdn, which have no connector of their own. */
    private static void printCdnSinks(PrintWriter out, List<Sink> deployed, List<Sink> all) {
        Map<String, Sink> old = new LinkedHashMap<>();
        deployed.stream().filter(CdnSink::isOne).forEach(sink -> old.put(sink.name(), sink));
        List<List<String>> rows = new ArrayList<>();
        all.stream().filter(CdnSink::isOne).forEach(sink -> {
            Sink before = old.remove(sink.name());
            rows.add(List.of(
                    sink.name(),
                    before == null
                            ? "is new: follows changes from its start on"
                            : before.equals(sink)
                                    ? "stays as it is"
                                    : "changes: purge what caches have by former URLs and tags"));
        });
        old.keySet().forEach(name -> rows.add(List.of(name, "goes: caches are not told any more")));
        if (!rows.isEmpty()) {
            out.println();
            TextTable.print(out, List.of("sink of type cdn", "what happens to it"), rows);
        }
    }

    /** What becomes of the sinks: that is seen from the connectors that there are. */
    private static void printSinks(PrintWriter out, PipelineConfig properties, List<Sink> all) {
        List<Sink> sinks = SinkKind.withConnector(all);
        Optional<ConnectClient> connect = ConnectClient.of(properties);
        if (connect.isEmpty()) {
            if (!sinks.isEmpty()) {
                out.println();
                out.println("sinks are not deployed, since " + PipelineConfig.CONNECT_URL.name() + " is "
                        + properties.get(PipelineConfig.CONNECT_URL).orElse("not set"));
            }
            return;
        }
        List<SinkStep> steps;
        try {
            steps = SinkStep.of(sinks, properties, connect.get().all());
        } catch (IOException | ConnectRefusal e) {
            throw UserError.of(
                    Category.UNREACHABLE,
                    "Kafka Connect does not say which connectors it has: " + e.getMessage(),
                    "check " + PipelineConfig.CONNECT_URL.name());
        }
        if (!steps.isEmpty()) {
            out.println();
            TextTable.print(
                    out,
                    List.of("sink", "what happens to it", "properties that change"),
                    steps.stream()
                            .map(step ->
                                    List.of(step.name(), step.kind().meaning(), String.join(", ", step.properties())))
                            .toList());
        }
    }

    private static Optional<Deployment> deployed(PipelineConfig properties) {
        Map<String, Object> clients = new HashMap<>(properties.kafka());
        clients.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MS);
        clients.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MS);
        try (Admin admin = Admin.create(clients)) {
            return DeploymentLog.look(admin, properties);
        } catch (KafkaException e) {
            throw UserError.of(
                    Category.INVALID_PIPELINE,
                    "Kafka's clients cannot be set up: " + e.getMessage(),
                    "check millrace.properties");
        }
    }

    private static void print(PrintWriter out, String application, Deployment deployed, PipelineText text) {
        List<List<String>> rows = new ArrayList<>();
        for (ViewStep step : deployed.steps(text)) {
            rows.add(List.of(step.view(), step.kind().meaning(), columns(step)));
        }
        TextTable.print(out, List.of("view", "what happens to it", "columns that change"), rows);
        Deployment after = deployed.changedTo(text).settled();
        Set<String> deleted = internalTopics(application, deployed);
        deleted.removeAll(internalTopics(application, after));
        if (!deleted.isEmpty()) {
            out.println();
            out.println("deleted in the end, with the local state of the same names:");
            deleted.forEach(topic -> out.println("  " + topic));
        }
    }

    private static Set<String> internalTopics(String application, Deployment deployment) {
        Set<String> topics = new TreeSet<>();
        for (Generation generation : deployment.generations()) {
            topics.addAll(
                    new PipelineTopics(generation.applicationId(application), application).internal(generation.plan()));
        }
        return topics;
    }

    private static String columns(ViewStep step) {
        if (step.before() == null || step.after() == null) {
            return "";
        }
        List<String> before = columns(step.before());
        List<String> after = columns(step.after());
        List<String> changes = new ArrayList<>();
        before.stream().filter(column -> !after.contains(column)).forEach(column -> changes.add("- " + column));
        after.stream().filter(column -> !before.contains(column)).forEach(column -> changes.add("+ " + column));
        return String.join(", ", changes);
    }

    private static List<String> columns(ViewDefinition view) {
        return Planner.plan(List.of(view)).views().get(0).fields().stream()
                .map(PlanCommand::column)
                .collect(Collectors.toList());
    }

    private static String column(Field field) {
        return field.name() + " " + field.type();
    }
}
