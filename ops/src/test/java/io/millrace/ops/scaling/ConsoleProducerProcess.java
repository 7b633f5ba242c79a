package io.millrace.ops.scaling;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Kafka's kafka-console-producer, which sends each line as a record. */
final class ConsoleProducerProcess implements AutoCloseable {
    private final Process process;

    private ConsoleProducerProcess(Process process) {
        this.process = process;
    }

    static ConsoleProducerProcess start(String bootstrapServers, String topic) throws IOException {
        return new ConsoleProducerProcess(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
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
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    void say(String line) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
