package io.millrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code millrace autoscale COMMAND}: capacity in step with load. */
@Command(
        name = "autoscale",
        description = "Decide how many instances services are to have, by a policy file, and try a policy out.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            AutoscaleSimulateCommand.class,
            AutoscaleCostsCommand.class,
            AutoscaleRunCommand.class,
            AutoscaleDecisionsCommand.Status.class,
            AutoscaleDecisionsCommand.History.class,
            AutoscaleDecisionsCommand.Explain.class,
            AutoscaleControlCommand.Pause.class,
            AutoscaleControlCommand.Resume.class,
            AutoscaleControlCommand.Set.class
        })
final class AutoscaleCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    /** Without a command: which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return Millrace.USAGE;
    }
}
