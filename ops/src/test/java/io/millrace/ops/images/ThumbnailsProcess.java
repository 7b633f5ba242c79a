package io.millrace.ops.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code millrace images worker --group thumbnails} in a process of its own, which can be killed. */
final class ThumbnailsProcess implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 30;

    private final ProcessBuilder command;
    private Process process;

    private ThumbnailsProcess(ProcessBuilder command) {
        this.command = command;
    }

    /**
     * Starts it.
     *
     * @param config the pipeline's properties
     * @param directory with the store, and for its log
     */
    static ThumbnailsProcess start(Path config, Path directory, Map<String, String> shards) throws IOException {
        // Who comes back under the same name has its partitions at once; else the group would wait for the killed one.
        Path own = Files.writeString(
                directory.resolve("worker.properties"),
                Files.readString(config) + "\nkafka.group.instance.id = thumbnails-1\n");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ImagesCommand.class.getName(),
                "worker",
                "--group",
                "thumbnails",
                "--pipeline",
                Path.of("..", "pipelines", "images").toString(),
                "--config",
                own.toString(),
                "--store",
                directory.resolve("store").toString(),
                "--set",
                "retry.first.pause.ms=50"));
        shards.forEach((name, url) -> command.addAll(List.of("--shard", name + "=" + url)));
        ThumbnailsProcess started = new ThumbnailsProcess(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("worker.log").toFile())));
        started.startAgain();
        return started;
    }

    void startAgain() throws IOException {
        process = command.start();
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
