package io.millrace.ops;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.ops.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;

/** The file that says where everything is: it appears when all is ready and goes when the stack stops. */
final class StatusFile implements AutoCloseable {
    private final Path file;

    private StatusFile(Path file) {
        this.file = file;
    }

    /** Writes the file at once as a whole, so that whoever waits for it never reads half of it. */
    static StatusFile write(
            Path file, Stack stack, Path pipeline, String httpUrl, Map<String, Map<String, String>> ofDemo)
            throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = json.createObjectNode();
        root.put("ready", true);
        root.put("pid", ProcessHandle.current().pid());
        root.put("pipeline", pipeline.toAbsolutePath().normalize().toString());
        root.put("http", httpUrl);
        root.put("kafka", stack.broker().bootstrapServers());
        root.put("registry", stack.registry().url());
        root.put("connect", stack.connect().url());
        ArrayNode shards = root.putArray("shards");
        for (PostgresServer shard : stack.shards()) {
            shards.addObject().put("name", shard.name()).put("jdbc", shard.jdbcUrl());
        }
        root.putObject("replica")
                .put("name", stack.replica().name())
                .put("jdbc", stack.replica().jdbcUrl());
        ObjectNode variables = root.putObject("variables");
        stack.variables().forEach(variables::put);
        ArrayNode connectors = root.putArray("connectors");
        stack.connectors().forEach(connector -> connectors.add(connector.connectorName()));
        ofDemo.forEach((name, values) -> values.forEach(root.putObject(name)::put));
        Path absolute = file.toAbsolutePath();
        Files.createDirectories(absolute.getParent());
        Path half = absolute.resolveSibling(absolute.getFileName() + ".tmp");
        json.writerWithDefaultPrettyPrinter().writeValue(half.toFile(), root);
        Files.move(half, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new StatusFile(absolute);
    }

    /** The process that the file speaks of, if it still runs: a killed one leaves its file behind. */
    static Optional<Long> running(Path file) {
        try {
            long pid = new ObjectMapper().readTree(file.toFile()).path("pid").asLong();
            return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).map(ProcessHandle::pid);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}
