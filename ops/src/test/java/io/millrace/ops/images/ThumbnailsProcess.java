package io.millrace.ops.images;

import io.millrace.ops.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code millrace images worker --group thumbnails} in a process of its own, which can be killed. */
final class ThumbnailsProcess implements AutoCloseable {
    private final JavaProcess process;

    private ThumbnailsProcess(JavaProcess process) {
        this.process = process;
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
        return new ThumbnailsProcess(JavaProcess.start(directory.resolve("worker.log"), command));
    }

    void startAgain() throws IOException {
        process.startAgain();
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
