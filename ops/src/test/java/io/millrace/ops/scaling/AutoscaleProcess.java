package io.millrace.ops.scaling;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code millrace autoscale run} in a process of its own, which can be killed. */
final class AutoscaleProcess implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 30;
    private static final Pattern ADDRESS = Pattern.compile("told at (http://\\S+)/v1/scaling");

    private final Path pipeline;
    private final Path log;
    private Process process;

    private AutoscaleProcess(Path pipeline) {
        this.pipeline = pipeline;
        this.log = pipeline.resolve("run.log");
    }

    static AutoscaleProcess start(Path pipeline) throws IOException {
        AutoscaleProcess started = new AutoscaleProcess(pipeline);
        started.startAgain();
        return started;
    }

    void startAgain() throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.millrace.cli.Millrace",
                        "autoscale",
                        "run",
                        "--pipeline",
                        pipeline.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    /** What it answers at its address. */
    String ask(String path) throws IOException {
        Matcher address = ADDRESS.matcher(Files.readString(log));
        String last = "";
        while (address.find()) {
            last = address.group(1);
        }
        try (InputStream answer = URI.create(last + path).toURL().openStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** kill -9. */
    void kill() {
        process.destroyForcibly()
                .onExit()
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        kill();
    }
}
