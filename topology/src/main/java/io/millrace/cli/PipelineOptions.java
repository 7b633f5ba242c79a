package io.millrace.cli;

import io.millrace.catalog.PipelineConfig;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a pipeline and its brokers are, as commands beside a running one are told. */
public final class PipelineOptions {
    @Option(
            names = "--pipeline",
            paramLabel = "DIR",
            description = "The pipeline's folder; default: the running stack's, else the current one.")
    private Path folder;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Read these properties instead of the folder's millrace.properties.")
    private Path config;

    @Option(
            names = "--bootstrap-server",
            paramLabel = "HOST:PORT",
            description =
                    "The brokers to ask; default: the running stack's, else the pipeline's kafka.bootstrap.servers.")
    private String brokers;

    /** Null until it is looked for. */
    private Optional<RunningStack> stack;

    /** The stack that runs; none is looked for where a file of properties is named. */
    public Optional<RunningStack> stack() {
        if (stack == null) {
            stack = config == null ? RunningStack.find() : Optional.empty();
        }
        return stack;
    }

    /** The pipeline's folder. */
    public Path folder() {
        return folder(Optional.ofNullable(folder), stack());
    }

    /** The file of properties that is read instead of the folder's, if one is named. */
    public Optional<Path> config() {
        return Optional.ofNullable(config);
    }

    /** A pipeline's properties, with the addresses that hold here. */
    public PipelineConfig addressed(PipelineConfig properties) {
        return addressed(properties, stack(), brokers());
    }

    Optional<String> brokers() {
        return Optional.ofNullable(brokers);
    }

    static Path folder(Optional<Path> named, Optional<RunningStack> stack) {
        return named.or(() -> stack.flatMap(RunningStack::pipeline)).orElse(Path.of("."));
    }

    static PipelineConfig addressed(PipelineConfig properties, Optional<RunningStack> stack, Optional<String> brokers) {
        PipelineConfig found =
                stack.map(running -> running.addressed(properties)).orElse(properties);
        return brokers.map(named -> found.with(PipelineConfig.BOOTSTRAP_SERVERS, named))
                .orElse(found);
    }
}
