package io.millrace.ops.slt;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cli.Millrace;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command on the example's tests and on files that fail; {@code -Dmillrace.rewrite=true} rewrites what it must print. */
final class TestCommandTest {
    private static final Path FILES = Path.of("src", "test", "resources", "slt");
    private static final Path PHOTOS = Path.of("..", "pipelines", "photos");

    @TempDir
    private Path directory;

    private record Run(int code, String out, String err) {}

    private static Run run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Millrace.reporting(new CommandLine(new TestCommand()))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new Run(code, out.toString().replaceAll(" \\d+\\.\\d s", " T s"), err.toString());
    }

    private static String file(String name) {
        return FILES.resolve(name).toString();
    }

    @Test
    void theExamplesTestsPass() {
        Run run = run("--pipeline", PHOTOS.toString());
        assertThat(run.out()).contains("3 files, ").endsWith(": all right" + System.lineSeparator());
        assertThat(run.code()).isZero();
    }

    @Test
    void theTestsOfTheImagesPass() {
        Run run = run("--pipeline", PHOTOS.resolveSibling("images").toString());
        assertThat(run.out()).contains("2 files, ").endsWith(": all right" + System.lineSeparator());
        assertThat(run.code()).isZero();
    }

    @Test
    void whatOtherSystemsFilesHoldRuns() {
        Run run = run(file("dialects.slt"));
        assertThat(run.out()).endsWith(": all right" + System.lineSeparator());
        assertThat(run.code()).isZero();
    }

    @Test
    void declaredKeysAndEventsThatComeAgainAreTestedToo() {
        Run run = run(file("keys.slt"), file("events.slt"));
        assertThat(run.out()).endsWith(": all right" + System.lineSeparator());
        assertThat(run.code()).isZero();
    }

    @Test
    void everyFailureIsShownWithItsPlace() throws IOException {
        Path report = directory.resolve("report.xml");
        Run run =
                run(file("failing.slt"), file("malformed.slt"), file("unsupported.slt"), "--junit", report.toString());
        Path golden = FILES.resolve("failing.txt");
        if (Boolean.getBoolean("millrace.rewrite")) {
            Files.writeString(golden, run.out());
        }
        assertThat(golden).content().isEqualTo(run.out());
        assertThat(run.code()).isEqualTo(1);
        assertThat(report)
                .content()
                .contains("tests=\"3\" failures=\"2\"")
                .contains("unknown record &quot;statment&quot;");
    }

    @Test
    void whatIsUnsupportedFailsOnlyWhenStrict() {
        assertThat(run(file("unsupported.slt")).code()).isZero();
        assertThat(run("--strict", file("unsupported.slt")).code()).isEqualTo(1);
    }

    @Test
    void aFileThatIsNotThereIsAMistakeOfTheCommand() {
        List<Run> runs = new ArrayList<>();
        runs.add(run("missing.slt"));
        runs.add(run("--pipeline", directory.toString()));
        assertThat(runs).extracting(Run::code).containsOnly(2);
        assertThat(runs.get(0).err()).contains("missing.slt does not exist");
    }
}
