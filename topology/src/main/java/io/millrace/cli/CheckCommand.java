package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlannedPipeline;
import java.io.PrintWriter;
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
        PlannedPipeline reading = PlannedPipeline.read(folder, Optional.empty(), System.getenv());
        for (UserError warning : reading.pipeline().warnings()) {
            err.println("millrace: warning: " + warning.render());
        }
        for (UserError error : reading.errors()) {
            err.println("millrace: " + error.render());
        }
        if (!reading.errors().isEmpty()) {
            int count = reading.errors().size();
            err.println("millrace: " + count + (count == 1 ? " mistake" : " mistakes"));
            return Millrace.FAILURE;
        }
        for (PlanNode.View view : reading.plan().views()) {
            out.println(view.name() + ": " + describe(view));
        }
        int views = reading.pipeline().views().size();
        out.println(views + (views == 1 ? " view, " : " views, ")
                + reading.pipeline().catalog().tables().size() + " tables: all is well");
        out.flush();
        return Millrace.OK;
    }

    private static String describe(PlanNode.View view) {
        String columns = view.fields().stream()
                .map(field -> field.name() + " " + field.type())
                .collect(Collectors.joining(", "));
        if (view.multiset()) {
            return "(" + columns + ")\n  warning: no unique key was found, so equal rows are kept as one with a count;"
                    + " select the tables' primary keys to give it one";
        }
        return "(" + columns + "), key "
                + view.key().stream()
                        .map(column -> view.fields().get(column).name())
                        .collect(Collectors.joining(", "));
    }
}
