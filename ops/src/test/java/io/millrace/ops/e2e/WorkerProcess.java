package io.millrace.ops.e2e;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** A Connect worker in a process of its own, which can be killed and frozen. */
final class WorkerProcess {
    private static final int PATIENCE_SECONDS = 10;

    private final Process process;
    private boolean frozen;

    private WorkerProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts a worker with that configuration, which misses members of its group soon.
     *
     * @param directory for its configuration and its log
     * @param name of their files
     */
    static WorkerProcess start(Map<String, String> worker, Path directory, String name) throws IOException {
        Properties properties = new Properties();
        properties.putAll(worker);
        properties.put("session.timeout.ms", "6000");
        properties.put("heartbeat.interval.ms", "1500");
        Path config = directory.resolve(name + ".properties");
        try (Writer writer = Files.newBufferedWriter(config)) {
            properties.store(writer, null);
        }
        return new WorkerProcess(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.apache.kafka.connect.cli.ConnectDistributed",
                        config.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve(name + ".log").toFile()))
                .start());
    }

    boolean isRunning() {
        return process.isAlive() && !frozen;
    }

    boolean isFrozen() {
        return frozen;
    }

    /** kill -9. */
    void kill() {
        process.destroyForcibly()
                .onExit()
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    /** Stops it where it is, without its knowledge, as a hypervisor does or a long collection of garbage. */
    void freeze() throws IOException, InterruptedException {
        signal("-STOP");
        frozen = true;
    }

    /** Lets a frozen one go on. */
    void thaw() throws IOException, InterruptedException {
        signal("-CONT");
        frozen = false;
    }

    private void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    }
}
