package io.millrace.cli;

import io.millrace.scaling.ScalingApplication;
import io.millrace.scaling.ScalingTopics;
import io.millrace.scaling.policy.ScalingPolicy;
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
                "Decide, by the folder's scaling.yaml, from the topic metrics to the topic decisions, until SIGTERM or"
                        + " Ctrl-C.")
final class AutoscaleRunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private AutoscaleAccess access;

    @Override
    public Integer call() throws InterruptedException {
        ScalingPolicy policy = access.policy();
        ScalingApplication application = ScalingApplication.start(policy, access.properties());
        Runtime.getRuntime().addShutdownHook(new Thread(application::close, "millrace-shutdown"));
        spec.commandLine()
                .getOut()
                .println("deciding on " + policy.services().size() + " services, from the topic "
                        + ScalingTopics.METRICS + " to the topic " + ScalingTopics.DECISIONS);
        spec.commandLine().getOut().flush();
        Optional<String> failure = application.awaitStopped();
        failure.ifPresent(message -> spec.commandLine().getErr().println("millrace: it has stopped: " + message));
        return failure.isPresent() ? Millrace.FAILURE : Millrace.OK;
    }
}
