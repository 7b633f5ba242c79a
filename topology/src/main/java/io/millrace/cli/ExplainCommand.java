package io.millrace.cli;

import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanPrinter;
import io.millrace.runtime.PlannedPipeline;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code millrace explain VIEW}: the view's plan, from the pipeline's folder. */
@Command(name = "explain", description = "Show a view's plan: operators, keys, exchanges, state, what a change costs.")
final class ExplainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "VIEW", description = "The view to explain.")
    private String view;

    @Option(
            names = "--pipeline",
            paramLabel = "DIR",
            description = "The pipeline's folder; default: the running stack's, else the current one.")
    private Path folder;

    @Override
    public Integer call() {
        Path chosen = folder != null
                ? folder
                : RunningStack.find().flatMap(RunningStack::pipeline).orElse(Path.of("."));
        Plan plan = PlannedPipeline.readOrThrow(chosen).plan();
        PlanNode.View found = plan.views().stream()
                .filter(each -> each.name().equals(view))
                .findFirst()
                .orElseThrow(() -> Names.unknown(
                        "view",
                        view,
                        plan.views().stream().map(PlanNode.View::name).toList()));
        spec.commandLine().getOut().print(PlanPrinter.explain(plan, found));
        spec.commandLine().getOut().flush();
        return Millrace.OK;
    }
}
