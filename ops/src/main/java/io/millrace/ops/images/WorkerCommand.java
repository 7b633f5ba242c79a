package io.millrace.ops.images;

import io.millrace.catalog.UserError;
import io.millrace.cli.PipelineOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.kafka.connect.errors.ConnectException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace images worker}: works on what is uploaded, until it is stopped. */
@Command(
        name = "worker",
        description = "Work on uploads as members of a group, until Ctrl-C. Any number may run, as far as the topic has"
                + " partitions.")
final class WorkerCommand implements Callable<Integer> {
    private static final int FAILURE = 1;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ImagesAccess access;

    /** What a group does. */
    enum Group {
        /** {@link ThumbnailStep}. */
        THUMBNAILS,
        /** {@link ScanStep}. */
        SCAN
    }

    @Option(names = "--group", paramLabel = "GROUP", required = true, description = "What to do: thumbnails or scan.")
    private Group group;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description =
                    "How many, each in a thread of its own, as far as the memory is enough for their pictures; default:"
                            + " ${DEFAULT-VALUE}.")
    private int workers = 1;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description =
                    "A property: image.timeout.ms, image.attempts, check, check.*, and those of all sinks, retry.* and"
                            + " breaker.*; write it once for each.")
    private Map<String, String> properties = new LinkedHashMap<>();

    @Mixin
    private PipelineOptions pipeline;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (workers < 1) {
            throw UserError.of(UserError.Category.USAGE, "--workers is " + workers, "it takes 1 or more");
        }
        PrintWriter out = spec.commandLine().getOut();
        Consumer<String> told = line -> {
            out.println(line);
            out.flush();
        };
        Queue queue = ImagesAccess.queue(pipeline);
        WorkerConfig worker = WorkerConfig.of(pipeline.folder(), properties);
        ImageStore store = access.store();
        Step step = step(group, store, worker);
        Map<String, String> shards = access.shards();
        Workers running = start(queue, step, store, shards, worker, told);
        Runtime.getRuntime().addShutdownHook(new Thread(running::close, "millrace-shutdown"));
        told.accept(queue.group(step) + ": " + workers + (workers == 1 ? " worker reads " : " workers read ")
                + queue.topic());
        running.awaitEnd();
        running.failure().ifPresent(failure -> {
            spec.commandLine()
                    .getErr()
                    .println("millrace: a worker has ended: " + sentence(failure)
                            + "; start it again; it goes on where it was");
        });
        return FAILURE;
    }

    /** What a failure is, where its message alone says little. */
    static String sentence(Throwable failure) {
        return failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }

    private Workers start(
            Queue queue,
            Step step,
            ImageStore store,
            Map<String, String> shards,
            WorkerConfig worker,
            Consumer<String> told) {
        try {
            return Workers.start(workers, () -> Worker.of(queue, step, store, shards, worker, told), queue.group(step));
        } catch (ConnectException e) {
            throw UserError.of(
                    UserError.Category.UNREACHABLE, e.getMessage(), "check --bootstrap-server and the connectors");
        }
    }

    /** What a group does. */
    static Step step(Group group, ImageStore store, WorkerConfig config) {
        return switch (group) {
            case THUMBNAILS -> new ThumbnailStep(store);
            case SCAN -> new ScanStep(config.check());
        };
    }
}
