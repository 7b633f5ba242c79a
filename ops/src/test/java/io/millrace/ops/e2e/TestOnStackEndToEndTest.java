package io.millrace.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cli.Millrace;
import io.millrace.ops.slt.TestCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * {@code millrace test --stack} on the example's tests, and on a file whose tables and views come one after the other;
 * {@code -Dmillrace.rewrite=true} rewrites what it must print of the latter.
 */
final class TestOnStackEndToEndTest {
    private static final Path FILES = Path.of("src", "test", "resources", "slt");
    private static final Path PHOTOS = Path.of("..", "pipelines", "photos");

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

    @Test
    void theExamplesTestsPass() {
        Run run = run("--stack", "--pipeline", PHOTOS.toString());
        assertThat(run.out()).as(run.err()).contains("3 files, ").endsWith(": all right" + System.lineSeparator());
        assertThat(run.code()).isZero();
    }

    @Test
    void aPipelineThatChangesIsComparedWithPostgres() throws IOException {
        Run run = run("--stack", FILES.resolve("stack.slt").toString());
        Path golden = FILES.resolve("stack.txt");
        if (Boolean.getBoolean("millrace.rewrite")) {
            Files.writeString(golden, run.out());
        }
        assertThat(run.out()).as(run.err()).isEqualTo(Files.readString(golden));
        assertThat(run.code()).isEqualTo(1);
    }
}
