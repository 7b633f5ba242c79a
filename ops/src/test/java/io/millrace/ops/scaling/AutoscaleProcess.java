package io.millrace.ops.scaling;

import io.millrace.ops.JavaProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code millrace autoscale run} in a process of its own, which can be killed. */
final class AutoscaleProcess implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("told at (http://\\S+)/v1/scaling");

    private final Path log;
    private final JavaProcess process;

    private AutoscaleProcess(Path log, JavaProcess process) {
        this.log = log;
        this.process = process;
    }

    static AutoscaleProcess start(Path pipeline) throws IOException {
        Path log = pipeline.resolve("run.log");
        return new AutoscaleProcess(
                log,
                JavaProcess.start(
                        log,
                        List.of(
                                "io.millrace.cli.Millrace",
                                "autoscale",
                                "run",
                                "--pipeline",
                                pipeline.toString(),
                                // Else it would take the addresses of a stack that another test runs meanwhile.
                                "--config",
                                pipeline.resolve("millrace.properties").toString())));
    }

    void startAgain() throws IOException {
        process.startAgain();
    }

    /** What it answers at its address. */
    String ask(String path) throws IOException {
        Matcher address = ADDRESS.matcher(said());
        String last = "";
        while (address.find()) {
            last = address.group(1);
        }
        try (InputStream answer = URI.create(last + path).toURL().openStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** All that it printed, also before it was killed. */
    String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** kill -9. */
    void kill() {
        process.kill();
    }

    @Override
    public void close() {
        kill();
    }
}
