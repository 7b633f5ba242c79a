package io.millrace.ops.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program under measurement, in a process of its own with the same options of the JVM for each. */
final class BenchProcess implements AutoCloseable {
    private static final List<String> OPTIONS = List.of("-Xmx1g", "-XX:+UseSerialGC");
    private static final int PATIENCE_SECONDS = 30;

    private final Process process;
    private final Path log;

    private BenchProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Runs a class of this program's class path. */
    static BenchProcess ofClass(Class<?> main, Path log, String... arguments) {
        List<String> command = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return start(command, log);
    }

    /** Runs the deployed topology. */
    static BenchProcess ofTopology(Path pipeline, Path config, Path log) {
        Path jar = home().resolve("topology/target/millrace-topology.jar");
        return start(
                List.of(
                        "-jar",
                        jar.toString(),
                        "run",
                        "--pipeline",
                        pipeline.toString(),
                        "--config",
                        config.toString()),
                log);
    }

    /**
     * Runs a class of another class path than this program's.
     *
     * @param options further options of its JVM
     */
    static BenchProcess ofClassPath(
            String classPath, String main, List<String> options, Path log, String... arguments) {
        List<String> command = new ArrayList<>(options);
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(List.of(arguments));
        return start(command, log);
    }

    /** The checkout. */
    static Path home() {
        return Path.of(System.getenv().getOrDefault("MILLRACE_HOME", "."));
    }

    private static BenchProcess start(List<String> arguments, Path log) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        String extra = System.getenv("BENCH_JAVA_OPTIONS");
        if (extra != null) {
            command.addAll(List.of(extra.split(" ")));
        }
        command.addAll(arguments);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            return new BenchProcess(process, log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Checks that the program runs.
     *
     * @throws IllegalStateException when it has ended by itself
     */
    void checkAlive() {
        if (!process.isAlive()) {
            throw new IllegalStateException(
                    "the measured program ended with " + process.exitValue() + "; its log is " + log);
        }
    }

    /** kill -9: no chance to commit, to close, to say goodbye. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** The most memory that the process has held so far. */
    long peakMemoryMiB() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
                .findFirst()
                .orElse(-1);
    }

    /** The processor time that the program has taken so far, in seconds. */
    double processorSeconds() {
        return process.info().totalCpuDuration().map(Duration::toMillis).orElse(0L) / 1e3;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
