package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.plan.Field;
import io.millrace.plan.Planner;
import io.millrace.runtime.PipelineTopics;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.deployment.Deployment;
import io.millrace.runtime.deployment.DeploymentLog;
import io.millrace.runtime.deployment.Generation;
import io.millrace.runtime.deployment.ViewStep;
import io.millrace.sql.PipelineText;
import io.millrace.sql.ViewDefinition;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace plan}: what a deployment of a folder would do to what is deployed. */
@Command(
        name = "plan",
        description = "Show what deploying a pipeline's folder would do: which views keep their state, which are built,"
                + " switched or removed, and what is deleted.")
final class PlanCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--pipeline", paramLabel = "DIR", description = "The pipeline's folder; default: the current one.")
    private Path folder = Path.of(".");

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Read these properties instead of the folder's millrace.properties.")
    private Path config;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PlannedPipeline planned = PlannedPipeline.read(folder, Optional.ofNullable(config), System.getenv());
        if (!planned.errors().isEmpty()) {
            planned.errors().forEach(error -> spec.commandLine().getErr().println("millrace: " + error.render()));
            return Millrace.FAILURE;
        }
        PipelineConfig properties = planned.pipeline().config();
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
        return Millrace.OK;
    }

    private static Optional<Deployment> deployed(PipelineConfig properties) {
        try (Admin admin = Admin.create(new HashMap<>(properties.kafka()))) {
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
