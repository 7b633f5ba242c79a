package io.millrace.cli;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.scaling.policy.PolicyFile;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.simulate.LoadFile;
import io.millrace.scaling.simulate.Simulation;
import io.millrace.scaling.simulate.Simulation.Outcome;
import io.millrace.scaling.simulate.SimulationReport;
import io.millrace.scaling.simulate.Sweep;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace autoscale simulate}: what a policy would have done. */
@Command(
        name = "simulate",
        description =
                "Run a policy over recorded load: what it would have decided, cost and missed, beside a fixed number of"
                        + " instances, Kubernetes' autoscaler and perfect foresight.")
final class AutoscaleSimulateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--policy", required = true, paramLabel = "FILE", description = "The policy: a scaling.yaml.")
    private Path policy;

    @Option(
            names = "--metrics",
            required = true,
            paramLabel = "FILE",
            description =
                    "Recorded load, as comma-separated values: time,service,name,value, or time,service and a column for"
                            + " each metric.")
    private Path metrics;

    @Option(names = "--out", paramLabel = "FILE", description = "Write a page with charts: one HTML file.")
    private Path page;

    @Option(
            names = "--sweep",
            description =
                    "Try other targets and delays before shrinking, too, and mark those that nothing beats both in cost"
                            + " and in broken service levels.")
    private boolean sweep;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        PolicyFile.Reading reading = PolicyFile.read(policy);
        reading.warnings().forEach(warning -> err.println("millrace: warning: " + warning.render()));
        reading.errors().forEach(error -> err.println("millrace: " + error.render()));
        if (!reading.errors().isEmpty()) {
            return Millrace.FAILURE;
        }
        ScalingPolicy read = reading.policy();
        String only = read.services().size() == 1 ? read.services().get(0).name() : null;
        LoadFile load = LoadFile.read(metrics, only);
        boolean terminal = Help.Ansi.AUTO.enabled();
        List<Outcome> outcomes;
        long steps = Simulation.steps(read, load);
        try (ProgressLine line = new ProgressLine(err, terminal)) {
            outcomes = Simulation.run(read, load, done -> line.advanced("simulating", done, steps, "steps"));
        }
        for (Outcome outcome : outcomes) {
            out.println(outcome.policy().name());
            TextTable.print(out, SimulationReport.header(), SimulationReport.rows(outcome));
            out.println();
        }
        List<Sweep.Trial> trials = sweep ? sweep(read, load, out, err, terminal) : List.of();
        if (page != null) {
            write(SimulationReport.html(outcomes, trials, policy.toString()));
            out.println("charts: " + page);
        }
        out.flush();
        return Millrace.OK;
    }

    private static List<Sweep.Trial> sweep(
            ScalingPolicy policy, LoadFile load, PrintWriter out, PrintWriter err, boolean terminal) {
        long all = (long) Sweep.trialsPerService() * policy.services().size();
        List<Sweep.Trial> trials;
        try (ProgressLine line = new ProgressLine(err, terminal)) {
            trials = Sweep.run(policy, load, done -> line.advanced("trying settings", done, all, "trials"));
        }
        policy.services().forEach(service -> {
            out.println(service.name() + " with other targets and delays");
            TextTable.print(
                    out,
                    SimulationReport.sweepHeader(),
                    trials.stream()
                            .filter(trial -> trial.service().equals(service.name()))
                            .map(SimulationReport::row)
                            .toList());
            out.println();
        });
        return trials;
    }

    private void write(String html) {
        try {
            Files.writeString(page, html, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UserError(
                    Category.USAGE,
                    new SourcePlace(page.toString(), 0, 0),
                    "cannot be written: " + e.getMessage(),
                    "name a file in a folder that can be written");
        }
    }
}
