package io.millrace.ops.images;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.cli.RunningStack;
import io.millrace.sql.FrontEnd;
import io.millrace.sql.Pipeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the shards and the pictures are, as the commands are told. */
final class ImagesAccess {
    @Option(
            names = "--store",
            paramLabel = "DIR",
            description = "The folder that pictures are stored in; default: the running stack's.")
    private Path store;

    @Option(
            names = "--shard",
            paramLabel = "NAME=JDBC_URL",
            description = "A shard's name and database; write it once for each. Default: the running stack's.")
    private Map<String, String> shards = new LinkedHashMap<>();

    /** The store. */
    ImageStore store() throws IOException {
        if (store != null) {
            return new ImageStore(store);
        }
        String found = RunningStack.find()
                .map(stack -> stack.status().path("images").path("store").asText())
                .orElse("");
        if (found.isEmpty()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "nothing says where pictures are stored",
                    "name a folder with --store, or start ./millrace dev --pipeline pipelines/images");
        }
        return new ImageStore(Path.of(found));
    }

    /** The shards' databases. */
    Map<String, String> shards() {
        return shards.isEmpty() ? RunningStack.orThrow().shards() : shards;
    }

    /**
     * The pipeline's folder.
     *
     * @param folder what was given; null for the running stack's, else the current one
     * @param config the file of its properties, with which no stack is looked for; null for the folder's
     */
    static Path pipeline(Path folder, Path config) {
        return folder != null
                ? folder
                : stack(config).flatMap(RunningStack::pipeline).orElse(Path.of("."));
    }

    private static Optional<RunningStack> stack(Path config) {
        return config == null ? RunningStack.find() : Optional.empty();
    }

    /**
     * The queue.
     *
     * @param pipeline the pipeline's folder
     * @param config the file of its properties; null for the folder's
     * @param brokers null for the running stack's, else the pipeline's
     */
    static Queue queue(Path pipeline, Path config, String brokers) {
        // Read, and not planned: what the views are is no concern of the queue.
        Pipeline read = FrontEnd.read(pipeline, Optional.ofNullable(config), System.getenv());
        if (!read.errors().isEmpty()) {
            throw read.errors().get(0);
        }
        PipelineConfig properties = read.config();
        Optional<RunningStack> stack = stack(config);
        if (stack.isPresent()) {
            properties = stack.get().addressed(properties);
        }
        if (brokers != null) {
            properties = properties.with(PipelineConfig.BOOTSTRAP_SERVERS, brokers);
        }
        return Queue.of(read.catalog(), properties);
    }
}
