package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import io.millrace.scaling.ScalingTopics;
import io.millrace.scaling.execute.Executors;
import io.millrace.scaling.execute.ScalingInstance;
import io.millrace.scaling.policy.ScalingPolicy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code millrace autoscale run}: decides until it is told to stop. */
@Command(
        name = "run",
        description =
                "Decide, by the folder's scaling.yaml, from the topic metrics to the topic decisions, and carry the"
                        + " decisions out where the properties name executors, until SIGTERM or Ctrl-C.")
final class AutoscaleRunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private AutoscaleAccess access;

    @Override
    public Integer call() throws InterruptedException {
        ScalingPolicy policy = access.policy();
        PipelineConfig config = access.properties();
        ScalingInstance instance = ScalingInstance.start(policy, config);
        Runtime.getRuntime().addShutdownHook(new Thread(instance::close, "millrace-shutdown"));
        List<String> executors = Executors.names(config);
        spec.commandLine()
                .getOut()
                .println("deciding on " + policy.services().size() + " services, from the topic "
                        + ScalingTopics.METRICS + " to the topic " + ScalingTopics.DECISIONS + ", told at "
                        + instance.url() + "/v1/scaling, "
                        + (executors.isEmpty()
                                ? "carried out by nobody"
                                : "carried out by " + String.join(", ", executors))
                        + (config.get(PipelineConfig.SCALING_DRY_RUN) ? " (dry run)" : ""));
        spec.commandLine().getOut().flush();
        Optional<String> failure = instance.awaitStopped();
        failure.ifPresent(message -> spec.commandLine().getErr().println("millrace: it has stopped: " + message));
        return failure.isPresent() ? Millrace.FAILURE : Millrace.OK;
    }
}
