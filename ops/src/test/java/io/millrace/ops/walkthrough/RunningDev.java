package io.millrace.ops.walkthrough;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** A {@code ./millrace dev} of the test's own. */
final class RunningDev implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Pattern READY = Pattern.compile("ready in ([0-9.]+) s: views (http://\\S+),");

    private final Process process;
    private final Path log;

    private RunningDev(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static RunningDev start(String command, Path directory) throws IOException {
        Path log = Files.createTempFile(directory, "dev", ".log");
        return new RunningDev(
                Checkout.start(command, Optional.empty(), log, log.resolveSibling(log.getFileName() + ".err")), log);
    }

    /** Waits for the line that says that all is ready, and gives the seconds that it names. */
    double awaitReady() {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .failFast("dev ended", () -> {
                    assertThat(process.isAlive()).as(output()).isTrue();
                })
                .until(() -> READY.matcher(output()).find());
        return Double.parseDouble(ready().group(1));
    }

    String url() {
        return ready().group(2);
    }

    private Matcher ready() {
        Matcher matcher = READY.matcher(output());
        assertThat(matcher.find()).as(output()).isTrue();
        return matcher;
    }

    /** All that it printed so far. */
    String output() {
        try {
            return Files.readString(log) + Files.readString(log.resolveSibling(log.getFileName() + ".err"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ctrl-C; gives the exit code when it has ended and nothing that it started runs on. */
    int interrupt() throws IOException, InterruptedException {
        List<ProcessHandle> children = process.descendants().toList();
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("it should end: " + output())
                .isTrue();
        assertThat(children).as("processes that it started").noneMatch(ProcessHandle::isAlive);
        return process.exitValue();
    }

    /** A port that is free now: the wanted one if it is. */
    static int port(int wanted) throws IOException {
        try (ServerSocket socket = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            return port(0);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
