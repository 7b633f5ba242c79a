package io.millrace.ops.images;

import io.millrace.catalog.PipelineConfig;
import io.millrace.scaling.Decision;
import io.millrace.scaling.Decision.Reading;
import io.millrace.scaling.execute.ScalingInstance;
import io.millrace.scaling.execute.StartedWorkers;
import io.millrace.scaling.policy.ScalingPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The workers that make thumbnails as processes, of which decisions on scaling start and stop as many as are needed: {@code
 * autoscale run} and its process executor, in this process.
 */
final class ScaledWorkers implements AutoCloseable {
    /** The service's name in the policy. */
    static final String SERVICE = "thumbnails";

    private static final int LOOK_MS = 500;
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final ScalingInstance instance;
    private final Path workers;

    private ScaledWorkers(ScalingInstance instance, Path workers) {
        this.instance = instance;
        this.workers = workers;
    }

    /**
     * What a worker's process is given.
     *
     * @param pipeline the pipeline's folder
     * @param store where pictures are
     * @param shards the shards' JDBC addresses by their names
     * @param properties a worker's properties
     */
    record Work(Path pipeline, Path store, Map<String, String> shards, Map<String, String> properties) {}

    /**
     * Starts to decide; the first worker is there soon.
     *
     * @param config the pipeline's properties, with the addresses that are to be used
     * @param directory for what workers are given, and what they print
     */
    static ScaledWorkers start(ScalingPolicy policy, PipelineConfig config, Work work, Path directory)
            throws IOException {
        Path folder = Files.createDirectories(directory.toAbsolutePath());
        Path workers = folder.resolve("workers");
        Path arguments = arguments(work, properties(work, config, folder), folder);
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        PipelineConfig scaling = config.with(PipelineConfig.SCALING_EXECUTORS, Optional.of("process"))
                .with(PipelineConfig.SCALING_PROCESS_COMMAND, Optional.of("\"" + java + "\" \"@" + arguments + "\""))
                .with(PipelineConfig.SCALING_PROCESS_DIRECTORY, workers)
                .with(PipelineConfig.SCALING_INTERVAL_MS, LOOK_MS)
                .with(PipelineConfig.SCALING_HTTP_PORT, 0);
        return new ScaledWorkers(ScalingInstance.start(policy, scaling), workers);
    }

    /** The pipeline's properties as a file, with the addresses. */
    private static Path properties(Work work, PipelineConfig config, Path folder) throws IOException {
        return Files.writeString(
                folder.resolve("worker.properties"),
                String.join(
                        "\n",
                        Files.readString(work.pipeline().resolve("millrace.properties")),
                        "kafka.bootstrap.servers = " + config.get(PipelineConfig.BOOTSTRAP_SERVERS),
                        "schema.registry.url = " + config.get(PipelineConfig.SCHEMA_REGISTRY_URL),
                        ""));
    }

    /** A worker's command line but for its program, a word in each line: class paths are long. */
    private static Path arguments(Work work, Path properties, Path folder) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                ImagesCommand.class.getName(),
                "worker",
                "--group",
                SERVICE,
                "--pipeline",
                work.pipeline().toAbsolutePath().toString(),
                "--config",
                properties.toString(),
                "--store",
                work.store().toAbsolutePath().toString()));
        work.properties().forEach((name, value) -> words.addAll(List.of("--set", name + "=" + value)));
        work.shards().forEach((name, url) -> words.addAll(List.of("--shard", name + "=" + url)));
        String text = words.stream()
                .map(word -> "\"" + word.replace("\\", "\\\\").replace("\"", "\\\"") + "\"\n")
                .collect(Collectors.joining());
        return Files.writeString(folder.resolve("worker.arguments"), text);
    }

    /** How many there are to be, and why, for people; empty while nothing is decided. */
    String report() {
        return instance.standing(SERVICE).map(ScaledWorkers::sentence).orElse("");
    }

    private static String sentence(Decision decision) {
        String why = decision.readings().stream()
                .filter(reading -> !Double.isNaN(reading.value()))
                .findFirst()
                .map(ScaledWorkers::reason)
                .orElse("");
        return decision.to() + (decision.to() == 1 ? " worker" : " workers") + " of " + decision.service() + why;
    }

    private static String reason(Reading reading) {
        return ", since " + reading.metric() + " was " + Math.round(reading.value());
    }

    /** Where decisions are served. */
    String url() {
        return instance.url();
    }

    /** Stops to decide, and ends the workers. */
    @Override
    public void close() {
        instance.close();
        try {
            StartedWorkers.end(workers, GRACE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
