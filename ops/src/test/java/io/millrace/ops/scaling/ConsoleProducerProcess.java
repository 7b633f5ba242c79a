package io.millrace.ops.scaling;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Kafka's kafka-console-producer, which sends each line as a record. */
final class ConsoleProducerProcess implements AutoCloseable {
    private final Process process;
    private final Path log;

    private ConsoleProducerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static ConsoleProducerProcess start(String bootstrapServers, String topic, Path log) throws IOException {
        return new ConsoleProducerProcess(
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-Xmx64m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "org.apache.kafka.tools.ConsoleProducer",
                                "--bootstrap-server",
                                bootstrapServers,
                                "--topic",
                                topic,
                                // By default it waits a second for more.
                                "--sync")
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start(),
                log);
    }

    void say(String line) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    /** All that it printed. */
    String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
