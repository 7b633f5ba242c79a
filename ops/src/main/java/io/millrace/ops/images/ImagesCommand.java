package io.millrace.ops.images;

import io.millrace.cli.Millrace;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code millrace images}: what works with the example pipeline {@code pipelines/images}. */
@Command(
        name = "millrace images",
        description = "Upload pictures to pipelines/images, and work on them.",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "Exit codes are those of millrace --help.%n",
        subcommands = {UploadCommand.class, WorkerCommand.class})
public final class ImagesCommand implements Callable<Integer> {
    private static final int USAGE = 2;

    @Spec
    private CommandSpec spec;

    public static void main(String[] arguments) {
        System.setProperty("java.awt.headless", "true");
        System.exit(Millrace.reporting(new CommandLine(new ImagesCommand())).execute(arguments));
    }

    /** Without a command: which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return USAGE;
    }
}
