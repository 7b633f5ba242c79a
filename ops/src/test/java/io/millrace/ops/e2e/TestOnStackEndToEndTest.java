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
 * {@code millrace test --stack} on the example's tests and on a file whose tables and views come one after the other;
 * {@code -Dmillrace.rewrite=true} rewrites what it must print.
 */
final class TestOnStackEndToEndTest {
    private static final Path FILES = Path.of("src", "test", "resources", "slt");
    private static final Path PHOTOS = Path.of("..", "pipelines", "photos");

    @Test
    void everyFileIsComparedWithPostgres() throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Millrace.reporting(new CommandLine(new TestCommand()))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(
                        "--stack",
                        "--pipeline",
                        PHOTOS.toString(),
                        test("photo_card.slt"),
                        test("photo_clicks.slt"),
                        test("user_feed.slt"),
                        FILES.resolve("stack.slt").toString());
        String printed = out.toString().replaceAll(" \\d+\\.\\d s", " T s");
        Path golden = FILES.resolve("stack.txt");
        if (Boolean.getBoolean("millrace.rewrite")) {
            Files.writeString(golden, printed);
        }
        assertThat(printed).as(err.toString()).isEqualTo(Files.readString(golden));
        assertThat(code).isEqualTo(1);
    }

    private static String test(String name) {
        return PHOTOS.resolve("tests").resolve(name).toString();
    }
}
