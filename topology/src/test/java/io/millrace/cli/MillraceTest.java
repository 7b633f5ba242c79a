package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class MillraceTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Millrace.commandLine();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    @Test
    void withoutACommandTheCommandsAreListed() {
        assertThat(run()).isEqualTo(Millrace.USAGE);
        assertThat(err.toString()).startsWith("Usage: millrace").contains("query", "verify", "dev");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void helpListsCommandsAndExitCodes() {
        assertThat(run("--help")).isEqualTo(Millrace.OK);
        assertThat(out.toString()).contains("query", "kafka", "Exit codes:", "69");
    }

    @Test
    void everyCommandSaysWhatItTakes() {
        List<String> names = List.copyOf(Millrace.commandLine().getSubcommands().keySet());
        assertThat(names).contains("check", "explain", "run", "views", "query", "verify", "status", "produce");
        assertThat(names).allSatisfy(name -> assertThat(run(name, "--help")).isEqualTo(Millrace.OK));
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aWrongCommandOrOptionIsAnsweredWithWhatWasProbablyMeant() {
        assertThat(run("qurey", "user_feed")).isEqualTo(Millrace.USAGE);
        assertThat(err.toString())
                .contains("query")
                .contains("hint: millrace --help")
                .doesNotContain("\tat ");
        assertThat(run("query", "user_feed", "--limt", "3")).isEqualTo(Millrace.USAGE);
        assertThat(err.toString()).contains("--limit").contains("hint: millrace query --help");
    }

    @Test
    void theLaunchersCommandsAreNamedByTheJar() {
        assertThat(run("dev", "--shards", "3")).isEqualTo(Millrace.USAGE);
        assertThat(err.toString()).contains("hint: run ./millrace dev in a checkout");
    }
}
