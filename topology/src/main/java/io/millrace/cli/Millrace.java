package io.millrace.cli;

import io.millrace.catalog.Nearest;
import io.millrace.catalog.UserError;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command line's entry: {@code millrace COMMAND ...}. */
@Command(
        name = "millrace",
        description = "SQL views over a sharded PostgreSQL, kept right from its change stream.",
        versionProvider = Millrace.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "Exit codes:%n",
        subcommands = {
            CheckoutCommand.Dev.class,
            CheckCommand.class,
            CheckoutCommand.Test.class,
            ExplainCommand.class,
            PlanCommand.class,
            CaptureCommand.class,
            RunCommand.class,
            ViewsCommand.class,
            QueryCommand.class,
            VerifyCommand.class,
            StatusCommand.class,
            LagCommand.class,
            ProduceCommand.class,
            DlqCommand.class,
            PurgeCommand.class,
            CdnCommand.class,
            AutoscaleCommand.class,
            CheckoutCommand.Kafka.class,
            CheckoutCommand.Images.class,
            CommandLine.HelpCommand.class
        })
public final class Millrace implements Callable<Integer> {
    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;
    static final int UNREACHABLE = 69;
    static final int BUG = 70;

    /** What a process that a signal ended is said to exit with: 128 and the signal. */
    private static final int INTERRUPTED = 130;

    private static final int TERMINATED = 143;

    @SuppressWarnings("unused") // picocli reads it.
    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version.")
    private boolean version;

    @Spec
    private CommandSpec spec;

    private Millrace() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The command line of the jar. */
    public static CommandLine commandLine() {
        CommandLine line = reporting(new CommandLine(new Millrace()));
        Map<String, String> codes = new LinkedHashMap<>();
        exitCodes().forEach((code, meaning) -> codes.put(code.toString(), meaning));
        line.getCommandSpec().usageMessage().exitCodeList(codes);
        return line;
    }

    /**
     * A command that answers as all of Millrace's do: {@code --help} says what it takes, and a user's mistake is a few lines and
     * an exit code, never a stack trace.
     */
    public static CommandLine reporting(CommandLine line) {
        addHelp(line);
        return line.setExecutionExceptionHandler((failure, command, result) -> report(failure, command.getErr()))
                .setParameterExceptionHandler((failure, arguments) -> misused(failure))
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** Not an inherited option, since picocli's own help command would have it twice. */
    private static void addHelp(CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        if (spec.findOption("--help") == null) {
            spec.addMixin("help", CommandSpec.forAnnotatedObject(new HelpOption()));
        }
        line.getSubcommands().values().forEach(Millrace::addHelp);
    }

    /** Every exit code and what it means; those from 64 on are sysexits.h's. */
    public static Map<Integer, String> exitCodes() {
        Map<Integer, String> codes = new LinkedHashMap<>();
        codes.put(OK, "All went well.");
        codes.put(
                FAILURE,
                "The answer is no: the pipeline has mistakes, rows differ, or what was asked for does not exist.");
        codes.put(USAGE, "The command was not understood: an option, an argument or an input line is off.");
        codes.put(UNREACHABLE, "Something does not answer: the stack, a server, a broker, a database.");
        codes.put(BUG, "A bug of Millrace's; it prints what a report needs.");
        codes.put(INTERRUPTED, "Ctrl-C (SIGINT) stopped it, in good order.");
        codes.put(TERMINATED, "SIGTERM stopped it, in good order.");
        return codes;
    }

    /** Without a command: which there are. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return USAGE;
    }

    private static int misused(CommandLine.ParameterException failure) {
        CommandLine line = failure.getCommandLine();
        PrintWriter err = line.getErr();
        Optional<String> command = noCommand(failure, line);
        err.println("millrace: "
                + command.map(name -> "there is no command " + name).orElseGet(failure::getMessage));
        if (command.isPresent()) {
            err.println("Did you mean: " + line.getCommandSpec().qualifiedName() + " "
                    + Nearest.to(command.get(), line.getSubcommands().keySet()) + "?");
        } else {
            CommandLine.UnmatchedArgumentException.printSuggestions(failure, err);
        }
        err.println("  hint: " + line.getCommandSpec().qualifiedName() + " --help says what it takes");
        return USAGE;
    }

    /** The argument in the place of a command that is none. */
    private static Optional<String> noCommand(CommandLine.ParameterException failure, CommandLine line) {
        boolean mayBeACommand = !line.getSubcommands().isEmpty();
        return failure instanceof CommandLine.UnmatchedArgumentException unmatched
                        && mayBeACommand
                        && !unmatched.isUnknownOption()
                ? Optional.of(unmatched.getUnmatched().get(0))
                : Optional.empty();
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

    /** The exit code that tells of that error, as sysexits.h has them. */
    public static int exitCode(UserError error) {
        return switch (error.category()) {
            case USAGE -> USAGE;
            case UNREACHABLE -> UNREACHABLE;
            default -> FAILURE;
        };
    }

    private static final class HelpOption {
        @SuppressWarnings("unused") // picocli reads it.
        @Option(
                names = {"-h", "--help"},
                usageHelp = true,
                description = "Say what the command takes.")
        private boolean help;
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
