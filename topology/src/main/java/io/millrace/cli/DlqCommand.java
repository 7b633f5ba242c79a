package io.millrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code millrace dlq COMMAND}: what to do about dead letters. */
@Command(
        name = "dlq",
        description = "Look at dead letters, that is records and rows that were set aside, and replay or discard them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DlqListCommand.class,
            DlqShowCommand.class,
            DlqStatsCommand.class,
            DlqReplayCommand.class,
            DlqDiscardCommand.class
        })
final class DlqCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    /** Without a command: which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return Millrace.USAGE;
    }
}
