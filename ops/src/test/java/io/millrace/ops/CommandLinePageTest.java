package io.millrace.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cli.Millrace;
import io.millrace.ops.images.ImagesCommand;
import io.millrace.ops.slt.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** docs/cli.md is made from the commands; {@code -Dmillrace.rewrite=true} rewrites it. */
final class CommandLinePageTest {
    private static final Path PAGE = Path.of("..", "docs", "cli.md");

    @Test
    void thePageSaysWhatTheCommandsSay() throws IOException {
        String page = page();
        if (Boolean.getBoolean("millrace.rewrite")) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).content().isEqualTo(page);
    }

    private static String page() {
        StringBuilder page = new StringBuilder("""
                # Command line

                <!-- Made from the commands: change them, then run CommandLinePageTest with -Dmillrace.rewrite=true. -->

                In a checkout `./millrace COMMAND` builds what is not built and runs the command. Elsewhere it is
                `java -jar millrace-topology.jar COMMAND`, which has all commands but `dev`, `test`, `kafka` and `images`. Results go to
                standard output; mistakes, warnings and hints to standard error.
                """);
        CommandLine millrace = Millrace.commandLine();
        millrace.getSubcommands().forEach((name, command) -> {
            switch (name) {
                case "dev" -> section(page, Millrace.reporting(new CommandLine(new Dev())));
                case "test" -> section(page, Millrace.reporting(new CommandLine(new TestCommand())));
                case "kafka" -> kafka(page);
                case "images" -> section(page, Millrace.reporting(new CommandLine(new ImagesCommand())));
                case "help" -> {}
                default -> section(page, command);
            }
        });
        page.append("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
        Millrace.exitCodes().forEach((code, meaning) -> page.append("| " + code + " | " + meaning + " |\n"));
        return page.append("""

                        ## Variables

                        | variable | what it is |
                        |---|---|
                        | `MILLRACE_SERVER` | the server that `views`, `query` and `verify` ask where no `--server` is given |
                        | `MILLRACE_STATUS_FILE` | the status file of the running stack; default: `.millrace/dev.json`, looked for from the current folder upwards, then in the checkout |
                        | `MILLRACE_HOME` | the checkout; the launcher sets it |

                        Every other `MILLRACE_*` is a [property of the pipeline](configuration.md).
                        """).toString();
    }

    private static void section(StringBuilder page, CommandLine command) {
        if (!command.getSubcommands().isEmpty()) {
            command.getSubcommands().values().forEach(subcommand -> section(page, subcommand));
            return;
        }
        CommandSpec spec = command.getCommandSpec();
        Help help = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF));
        heading(page, spec.qualifiedName(), String.join(" ", spec.usageMessage().description()), help.synopsis(0));
        spec.positionalParameters().stream()
                .filter(parameter -> !parameter.hidden())
                .forEach(parameter -> row(page, parameter.paramLabel(), parameter));
        spec.options().stream()
                .filter(option -> !option.usageHelp())
                .forEach(option -> row(page, String.join(", ", option.names()) + label(option), option));
    }

    private static String label(OptionSpec option) {
        return option.arity().max() == 0 ? "" : " " + option.paramLabel();
    }

    private static void kafka(StringBuilder page) {
        page.append(
                "\n## kafka\n\nRun one of Kafka's own tools. Without `--bootstrap-server` it asks the running stack's broker."
                        + "\n\n    millrace kafka TOOL [ARGUMENT...]\n\nTools: "
                        + KafkaTool.tools().stream()
                                .map(tool -> "`" + tool + "`")
                                .collect(Collectors.joining(", "))
                        + ".\n");
    }

    private static void heading(StringBuilder page, String name, String description, String synopsis) {
        page.append("\n## " + name.replace("millrace ", "") + "\n\n" + description + "\n\n");
        synopsis.lines().forEach(line -> page.append("    " + line.stripTrailing() + "\n"));
        page.append("\n| option | what it does |\n|---|---|\n");
    }

    private static void row(StringBuilder page, String name, ArgSpec argument) {
        String description = String.join(" ", List.of(argument.description()))
                .replace("${DEFAULT-VALUE}", String.valueOf(argument.initialValue()));
        page.append("| `" + name + "` | " + description + (argument.required() ? " Required." : "") + " |\n");
    }
}
