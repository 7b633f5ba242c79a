package io.millrace.ops.pages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Varnish as a process of its own, on this machine alone, by the rules of {@code ops/varnish} with an origin of this machine. */
public final class Varnish implements AutoCloseable {
    /** What a user is told who has no Varnish. */
    public static final String HOW_TO_INSTALL = "apt-get install -y --no-install-recommends varnish varnish-modules";

    private static final List<String> FOLDERS = List.of("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin");
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final String HEALTH = "/health";
    private static final int MEMORY_MIB = 64;

    private final Path program;
    private final Path directory;
    private final Path rules;
    private final int port;
    private final HttpClient client = HttpClient.newHttpClient();
    private Process process;

    /** How often a cache had what it was asked for. */
    public record Hits(long hits, long misses) {
        /** The share that it had, from 0 to 1; 0 where it was asked for nothing. */
        public double ratio() {
            return hits + misses == 0 ? 0 : (double) hits / (hits + misses);
        }

        /** What came since. */
        public Hits since(Hits before) {
            return new Hits(hits - before.hits, misses - before.misses);
        }
    }

    private Varnish(Path program, Path directory, Path rules, int port) {
        this.program = program;
        this.directory = directory;
        this.rules = rules;
        this.port = port;
    }

    /** Why it cannot be started here; empty if it can. */
    public static Optional<String> missing() {
        if (find("varnishd").isEmpty()) {
            return Optional.of("Varnish is not installed: " + HOW_TO_INSTALL);
        }
        return hasXkey() ? Optional.empty() : Optional.of("Varnish's vmod xkey is not installed: " + HOW_TO_INSTALL);
    }

    private static boolean hasXkey() {
        return Stream.of("/usr/lib", "/usr/local/lib").map(Path::of).anyMatch(Varnish::hasXkey);
    }

    private static boolean hasXkey(Path libraries) {
        try (Stream<Path> found = Files.find(libraries, 4, (path, attributes) -> String.valueOf(path.getFileName())
                .equals("libvmod_xkey.so"))) {
            return found.findAny().isPresent();
        } catch (IOException | UncheckedIOException e) {
            // Not there, or not for us to read: then it is not from there.
            return false;
        }
    }

    /** A program of that name. */
    static Optional<Path> find(String name) {
        return FOLDERS.stream()
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Starts it and waits until it answers.
     *
     * @param checkout where {@code ops/varnish} is
     * @param directory takes its files
     * @param port where it is to listen, on this machine's own address
     * @param originPort where the origin listens
     */
    public static Varnish start(Path checkout, Path directory, int port, int originPort) throws IOException {
        Path program = find("varnishd")
                .orElseThrow(() -> UserError.of(
                        UserError.Category.USAGE, "Varnish is not installed", "install it: " + HOW_TO_INSTALL));
        Path rules = checkout.resolve("ops/varnish").toAbsolutePath().normalize();
        Files.createDirectories(directory);
        // The one place in it that is not this site's is where the origin listens.
        String site = Files.readString(rules.resolve("site.vcl"))
                .replaceFirst("\\.port = \"\\d+\"", ".port = \"" + originPort + "\"");
        Files.writeString(directory.resolve("site.vcl"), site);
        Varnish varnish = new Varnish(program, directory, rules, port);
        varnish.launch();
        return varnish;
    }

    private void launch() throws IOException {
        process = new ProcessBuilder(
                        program.toString(),
                        "-F",
                        "-n",
                        directory.resolve("work").toAbsolutePath().toString(),
                        "-j",
                        "none",
                        "-a",
                        "127.0.0.1:" + port,
                        "-f",
                        directory.resolve("site.vcl").toAbsolutePath().toString(),
                        "-s",
                        "malloc," + MEMORY_MIB + "m",
                        "-T",
                        "none",
                        "-p",
                        "vcl_path=" + rules,
                        "-p",
                        "http_resp_hdr_len=16k",
                        "-p",
                        "http_resp_size=64k",
                        "-p",
                        "workspace_backend=128k",
                        "-p",
                        "workspace_client=128k",
                        "-p",
                        "thread_pool_min=20",
                        "-p",
                        "thread_stats_rate=1",
                        "-p",
                        // A thread counts when it is done with a connection. Else it would wait for the reader's next
                        // request first, and
                        // of one who asks every few milliseconds nothing would be counted before it leaves.
                        "timeout_linger=0")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() - deadline >= 0) {
                close();
                throw new IOException("Varnish did not start; " + log() + " says:\n" + Files.readString(log()));
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private Path log() {
        return directory.resolve("varnishd.log");
    }

    /** Whether it gives what the origin says: it does so when it has asked the origin once by itself. */
    private boolean answers() {
        try {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(url() + HEALTH)).build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Where it answers. */
    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Ends it, and with it all that it kept. */
    public void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        await();
    }

    /** Starts it again, in the place where it was. */
    public void startAgain() throws IOException {
        launch();
    }

    /** How often it had what it was asked for, since it was started. */
    public Hits hits() throws IOException {
        Path stat = find("varnishstat").orElseThrow(() -> new IOException("varnishstat is not installed"));
        Process asking = new ProcessBuilder(
                        stat.toString(),
                        "-n",
                        directory.resolve("work").toAbsolutePath().toString(),
                        "-j",
                        "-f",
                        "MAIN.cache_hit",
                        "-f",
                        "MAIN.cache_miss")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (InputStream answer = asking.getInputStream()) {
            JsonNode counters = new ObjectMapper().readTree(answer).path("counters");
            return new Hits(
                    counters.path("MAIN.cache_hit").path("value").asLong(),
                    counters.path("MAIN.cache_miss").path("value").asLong());
        }
    }

    private void await() {
        try {
            process.waitFor(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        process.destroy();
        await();
        if (process.isAlive()) {
            kill();
        }
    }
}
