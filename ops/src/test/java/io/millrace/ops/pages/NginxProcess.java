package io.millrace.ops.pages;

import io.millrace.ops.stack.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** nginx as a process of its own by the configuration of {@code ops/nginx}. */
final class NginxProcess implements AutoCloseable {
    private static final int LOOKS = 200;
    private static final int LOOK_MS = 50;

    private final int port = Ports.free();
    private final Process process;

    private NginxProcess(Path directory, int originPort) throws IOException {
        Path rules = Path.of("../ops/nginx");
        Files.createDirectories(directory);
        for (String part : List.of("edge.conf", "expire.conf")) {
            Files.copy(rules.resolve(part), directory.resolve(part));
        }
        Files.writeString(
                directory.resolve("site.conf"),
                Files.readString(rules.resolve("site.conf"))
                        .replace("127.0.0.1:8090", "127.0.0.1:" + originPort)
                        .replace("127.0.0.1:6082", "127.0.0.1:" + port)
                        .replace("127.0.0.1:6083", "127.0.0.1:" + Ports.free()));
        process = new ProcessBuilder(
                        program().orElseThrow().toString(),
                        "-p",
                        directory.toString(),
                        "-e",
                        directory.resolve("error.log").toString(),
                        "-c",
                        directory.resolve("site.conf").toString(),
                        "-g",
                        "daemon off;" + ("root".equals(System.getProperty("user.name")) ? " user root;" : ""))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output.log").toFile())
                .start();
    }

    private static Optional<Path> program() {
        return Varnish.find("nginx");
    }

    /** Why it cannot be started here; empty if it can. */
    static Optional<String> missing() {
        return program().isPresent()
                ? Optional.empty()
                : Optional.of("nginx is not installed: ops/e2e/install does that");
    }

    static NginxProcess start(Path directory, int originPort) throws Exception {
        NginxProcess nginx = new NginxProcess(directory, originPort);
        for (int i = 0; i < LOOKS && nginx.process.isAlive(); i++) {
            if (nginx.answers()) {
                return nginx;
            }
            Thread.sleep(LOOK_MS);
        }
        nginx.close();
        throw new IllegalStateException("nginx did not start: " + Files.readString(directory.resolve("output.log")));
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
