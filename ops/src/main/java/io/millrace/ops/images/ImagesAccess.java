package io.millrace.ops.images;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.cli.PipelineOptions;
import io.millrace.cli.RunningStack;
import io.millrace.sql.FrontEnd;
import io.millrace.sql.Pipeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
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

    /** The queue of a pipeline. */
    static Queue queue(PipelineOptions pipeline) {
        return queue(pipeline.folder(), pipeline.config(), pipeline::addressed);
    }

    /**
     * The queue of a pipeline.
     *
     * @param folder its folder
     * @param config the file of properties that is read instead of the folder's
     * @param addressed gives the properties the addresses that are to be used
     */
    static Queue queue(Path folder, Optional<Path> config, UnaryOperator<PipelineConfig> addressed) {
        // Read, and not planned: what the views are is no concern of the queue.
        Pipeline read = FrontEnd.read(folder, config, System.getenv());
        if (!read.errors().isEmpty()) {
            throw read.errors().get(0);
        }
        return Queue.of(read.catalog(), addressed.apply(read.config()));
    }
}
