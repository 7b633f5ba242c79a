package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.cdn.CdnSink;
import io.millrace.plan.KeyOrigin;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanPrinter;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.Rule;
import io.millrace.scaling.policy.ServicePolicy;
import io.millrace.sink.SinkConnectorConfig;
import io.millrace.sql.SinkDefinition;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace check}: plans a pipeline without any server and reports every mistake. */
@Command(
        name = "check",
        description = "Plan a pipeline without any server and report every mistake with its file, line and column.")
final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--pipeline", paramLabel = "DIR", description = "The pipeline's folder; default: the current one.")
    private Path folder = Path.of(".");

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Path scaling = folder.resolve(PolicyFile.NAME);
        int scalingMistakes = Files.exists(scaling) ? checkScaling(scaling, out, err) : 0;
        boolean policyAlone = Files.exists(scaling)
                && Files.notExists(folder.resolve("tables.sql"))
                && Files.notExists(folder.resolve("views.sql"));
        if (policyAlone) {
            return scalingMistakes == 0 ? Millrace.OK : failed(scalingMistakes, err);
        }
        PlannedPipeline reading = PlannedPipeline.read(folder, Optional.empty(), System.getenv());
        for (UserError warning : reading.warnings()) {
            err.println("millrace: warning: " + warning.render());
        }
        for (UserError error : reading.errors()) {
            err.println("millrace: " + error.render());
        }
        int mistakes = reading.errors().size() + scalingMistakes;
        if (mistakes > 0) {
            return failed(mistakes, err);
        }
        for (PlanNode.View view : reading.plan().views()) {
            out.println(view.name() + ": " + describe(view));
            for (PlanNode.Index index : reading.plan().indexes(view)) {
                out.println("  index " + index.name() + " by " + PlanPrinter.order(index, index.order()));
            }
        }
        for (SinkDefinition sink : reading.pipeline().sinks()) {
            out.println(sink.name() + ": sink of " + sink.source().name() + ", "
                    + reach(sink, reading.pipeline().config()));
        }
        int views = reading.pipeline().views().size();
        int sinks = reading.pipeline().sinks().size();
        out.println(views + (views == 1 ? " view, " : " views, ")
                + (sinks == 0 ? "" : sinks + (sinks == 1 ? " sink, " : " sinks, "))
                + reading.pipeline().catalog().tables().size() + " tables: all is well");
        out.flush();
        return Millrace.OK;
    }

    /** By what a sink goes on. */
    private static String reach(SinkDefinition sink, PipelineConfig config) {
        return CdnSink.isOne(sink.sink())
                ? "invalidations in topic " + config.get(PipelineConfig.CDN_INVALIDATIONS_TOPIC)
                : "connector " + SinkConnectorConfig.name(config, sink.name());
    }

    private static int failed(int mistakes, PrintWriter err) {
        err.println("millrace: " + mistakes + (mistakes == 1 ? " mistake" : " mistakes"));
        return Millrace.FAILURE;
    }

    /** Checks the policy file. @return how many mistakes it has */
    private static int checkScaling(Path file, PrintWriter out, PrintWriter err) {
        PolicyFile.Reading reading = PolicyFile.read(file);
        reading.warnings().forEach(warning -> err.println("millrace: warning: " + warning.render()));
        reading.errors().forEach(error -> err.println("millrace: " + error.render()));
        if (reading.errors().isEmpty()) {
            for (ServicePolicy service : reading.policy().services()) {
                out.println(service.name() + ": scaled from " + service.minInstances() + " to "
                        + service.maxInstances() + " instances, rules "
                        + service.rules().stream().map(Rule::name).collect(Collectors.joining(", ")));
            }
            out.flush();
        }
        return reading.errors().size();
    }

    private static String describe(PlanNode.View view) {
        String columns = view.fields().stream()
                .map(field -> field.name() + " " + field.type())
                .collect(Collectors.joining(", "));
        if (view.multiset()) {
            return "(" + columns + ")\n  warning: no unique key was found, so equal rows are kept as one with a count;"
                    + " select the tables' primary keys to give it one";
        }
        String key = view.key().stream()
                .map(column -> view.fields().get(column).name())
                .collect(Collectors.joining(", "));
        return "(" + columns + "), key " + key
                + (view.keyOrigin() == KeyOrigin.DECLARED
                        ? "\n  warning: its PRIMARY KEY (" + key
                                + ") does not follow from the tables' keys, so rows may"
                                + " break it; those that do go to the view's dead letters and are not shown"
                        : "");
    }
}
