package io.millrace.cli;

import io.millrace.catalog.UserError;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line's entry: {@code millrace COMMAND ...}. */
@Command(
        name = "millrace",
        description = "SQL views over a sharded PostgreSQL, kept right from its change stream.",
        mixinStandardHelpOptions = true,
        versionProvider = Millrace.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            CheckCommand.class,
            ExplainCommand.class,
            QueryCommand.class,
            ViewsCommand.class,
            StatusCommand.class,
            VerifyCommand.class,
            ProduceCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Millrace {
    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;
    static final int UNREACHABLE = 69;
    static final int BUG = 70;

    private Millrace() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The command line; a user's mistake is one line and an exit code, never a stack trace. */
    public static CommandLine commandLine() {
        return new CommandLine(new Millrace())
                .setExecutionExceptionHandler((failure, line, result) -> report(failure, line.getErr()))
                .setParameterExceptionHandler((failure, arguments) -> {
                    CommandLine line = failure.getCommandLine();
                    line.getErr().println("millrace: " + failure.getMessage());
                    CommandLine.UnmatchedArgumentException.printSuggestions(failure, line.getErr());
                    line.getErr().println("  hint: millrace help " + line.getCommandName() + " says what it takes");
                    return USAGE;
                })
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    private static int report(Exception failure, PrintWriter err) {
        if (failure instanceof UserError error) {
            err.println("millrace: " + error.render());
            return exitCode(error);
        }
        err.println("millrace: this is a bug; please report it with what follows");
        failure.printStackTrace(err);
        return BUG;
    }

    static int exitCode(UserError error) {
        return switch (error.category()) {
            case USAGE -> USAGE;
            case UNREACHABLE -> UNREACHABLE;
            default -> FAILURE;
        };
    }

    /** The version from the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Millrace.class.getPackage().getImplementationVersion();
            return new String[] {"millrace " + (version == null ? "from a build directory" : version)};
        }
    }
}
