package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the status file of a running {@code millrace dev} says. The file is {@code .millrace/dev.json}, looked for from the
 * current folder upwards and in the checkout, unless MILLRACE_STATUS_FILE names another.
 */
public record RunningStack(JsonNode status) {
    /** The stack that runs; empty when there is no status file. */
    public static Optional<RunningStack> find() {
        String named = System.getenv("MILLRACE_STATUS_FILE");
        List<Path> candidates = new ArrayList<>();
        if (named != null) {
            candidates.add(Path.of(named));
        } else {
            for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
                candidates.add(folder.resolve(".millrace/dev.json"));
            }
            String home = System.getenv("MILLRACE_HOME");
            if (home != null) {
                candidates.add(Path.of(home, ".millrace", "dev.json"));
            }
        }
        return candidates.stream().filter(Files::exists).findFirst().map(RunningStack::read);
    }

    /**
     * The stack that runs.
     *
     * @throws UserError when none was found
     */
    public static RunningStack orThrow() {
        return find().orElseThrow(() -> UserError.of(
                UserError.Category.UNREACHABLE,
                "no running stack was found",
                "start one with ./millrace dev, or name its file by MILLRACE_STATUS_FILE, or a server with --server or"
                        + " MILLRACE_SERVER"));
    }

    private static RunningStack read(Path file) {
        try {
            return new RunningStack(new ObjectMapper().readTree(file.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder of the pipeline that it runs. */
    public Optional<Path> pipeline() {
        return Optional.ofNullable(status.path("pipeline").asText(null)).map(Path::of);
    }

    String http() {
        return status.path("http").asText();
    }

    /** A pipeline's properties, with the addresses of the stack's servers. */
    public PipelineConfig addressed(PipelineConfig properties) {
        return properties
                .with(PipelineConfig.BOOTSTRAP_SERVERS, kafka())
                .with(PipelineConfig.SCHEMA_REGISTRY_URL, registry())
                .with(
                        PipelineConfig.CONNECT_URL,
                        Optional.ofNullable(status.path("connect").asText(null)));
    }

    /** The brokers of the stack, host:port. */
    public String kafka() {
        return status.path("kafka").asText();
    }

    private String registry() {
        return status.path("registry").asText();
    }

    /** The shards' databases, by the shards' names. */
    public Map<String, String> shards() {
        Map<String, String> shards = new LinkedHashMap<>();
        status.path("shards")
                .forEach(shard -> shards.put(
                        shard.path("name").asText(), shard.path("jdbc").asText()));
        return shards;
    }

    List<String> shardUrls() {
        return List.copyOf(shards().values());
    }

    String replicaUrl() {
        return status.path("replica").path("jdbc").asText();
    }
}
