package io.millrace.ops;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program in a process of its own, of the tests' class path, which can be killed and started again. */
public final class JavaProcess implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 30;

    private final ProcessBuilder command;
    private Process process;

    private JavaProcess(ProcessBuilder command) {
        this.command = command;
    }

    /**
     * Starts a program.
     *
     * @param log takes what it prints, behind what is there
     * @param words its main class and arguments
     */
    public static JavaProcess start(Path log, List<String> words) throws IOException {
        List<String> java = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"));
        JavaProcess started = new JavaProcess(
                new ProcessBuilder(Stream.concat(java.stream(), words.stream()).toList())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
        started.startAgain();
        return started;
    }

    /** Starts it anew after it was killed. */
    public void startAgain() throws IOException {
        process = command.start();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** kill -9: no chance to commit, to close, to say goodbye. */
    public void kill() {
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
