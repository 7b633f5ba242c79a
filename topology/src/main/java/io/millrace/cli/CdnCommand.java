package io.millrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code millrace cdn COMMAND}: what caches are worth. */
@Command(
        name = "cdn",
        description = "Reckon what caches are worth.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = CdnSavingsCommand.class)
final class CdnCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    /** Without a command: which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return Millrace.USAGE;
    }
}
