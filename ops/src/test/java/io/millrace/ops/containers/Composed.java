package io.millrace.ops.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The checkout's docker-compose.yml as a project of a test's own, with free ports and passwords of its own. */
final class Composed implements AutoCloseable {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final long PATIENCE_MINUTES = 10;

    private final List<String> command;
    private final Map<String, String> variables;

    private Composed(List<String> command, Map<String, String> variables) {
        this.command = command;
        this.variables = variables;
    }

    /** Why it cannot be; empty where it can. */
    static Optional<String> obstacle() {
        if (!succeeds("docker", "info")) {
            return Optional.of("Docker does not answer");
        }
        if (version().isEmpty()) {
            return Optional.of("there is neither docker compose nor docker-compose");
        }
        try (Stream<String> lines = Files.lines(ROOT.resolve("docker-compose.yml"))) {
            return lines.filter(line -> line.contains("image: ${"))
                    .map(line -> line.replaceFirst(".*:-(.*)}.*", "$1"))
                    .filter(image -> !succeeds("docker", "image", "inspect", image))
                    .findFirst()
                    .map(image -> "image " + image + " is not there; ops/containers/build makes it");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<List<String>> version() {
        return Stream.of(List.of("docker", "compose"), List.of("docker-compose"))
                .filter(each -> succeeds(
                        Stream.concat(each.stream(), Stream.of("version")).toArray(String[]::new)))
                .findFirst();
    }

    /** A project of that name that has nothing yet; passwords are made in the folder. */
    static Composed project(String name, Path secrets) {
        Map<String, String> variables = Map.of(
                "COMPOSE_PROJECT_NAME",
                name,
                "SECRETS",
                secrets.toString(),
                "VIEWS_PORTS",
                "127.0.0.1:",
                "PROMETHEUS_PORT",
                "127.0.0.1:");
        output(List.of("ops/containers/secrets", secrets.toString()), variables);
        return new Composed(version().orElseThrow(), variables);
    }

    /** What a command of docker compose prints. @throws AssertionError if it fails */
    String compose(String... arguments) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of(arguments));
        return output(all, variables);
    }

    /** The containers of a service that run, by their ids. */
    List<String> containers(String service) {
        return compose("ps", "-q", service)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }

    /** What a program in a container prints. */
    String exec(String container, String... program) {
        List<String> all = new ArrayList<>(List.of("docker", "exec", container));
        all.addAll(List.of(program));
        return output(all, variables);
    }

    /** Runs SQL on a shard as its application does. */
    void sql(String shard, String sql) {
        exec(containers(shard).get(0), "psql", "-q", "-U", "app", "-d", "app", "-v", "ON_ERROR_STOP=1", "-c", sql);
    }

    /** Where this machine reaches the port of a container. */
    String url(String container, int port) {
        return "http://"
                + output(List.of("docker", "port", container, port + "/tcp"), variables)
                        .lines()
                        .findFirst()
                        .orElseThrow();
    }

    /** Removes all of it, data too. */
    @Override
    public void close() {
        compose("down", "--volumes", "--timeout", "20");
    }

    private static boolean succeeds(String... program) {
        try {
            Process process = new ProcessBuilder(program)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String output(List<String> program, Map<String, String> variables) {
        try {
            Path file = Files.createTempFile("millrace", ".out");
            try {
                ProcessBuilder builder = new ProcessBuilder(program)
                        .directory(ROOT.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(file.toFile());
                builder.environment().putAll(variables);
                Process process = builder.start();
                boolean ended = process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
                if (!ended) {
                    process.destroyForcibly();
                }
                String output = Files.readString(file, StandardCharsets.UTF_8);
                if (!ended || process.exitValue() != 0) {
                    throw new AssertionError(String.join(" ", program) + " failed: " + output);
                }
                return output;
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
