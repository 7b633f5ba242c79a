package io.millrace.connectors.cdn;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real cache in a folder of its own, in front of an origin. Tests are skipped, with the reason, where it is not installed. */
final class RunningCache implements AutoCloseable {
    private static final long START_MS = 20_000;

    final String url;
    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();

    private RunningCache(int port, Process process) {
        this.url = "http://127.0.0.1:" + port;
        this.process = process;
    }

    /** Varnish with a site's own VCL, which includes what is in ops/varnish. */
    static RunningCache varnish(Path folder, String siteVcl) throws Exception {
        Path program = installed("varnishd", "varnish and varnish-modules");
        Path library =
                Path.of("..", "ops", "varnish", "millrace.vcl").toAbsolutePath().normalize();
        assumeTrue(Files.exists(library), "there is no ops/varnish/millrace.vcl");
        Path vcl = Files.writeString(folder.resolve("site.vcl"), siteVcl);
        int port = freePort();
        return start(
                folder,
                port,
                List.of(
                        program.toString(),
                        "-F",
                        "-j",
                        "none",
                        "-a",
                        "127.0.0.1:" + port,
                        "-f",
                        vcl.toString(),
                        "-n",
                        folder.resolve("varnish").toString(),
                        "-s",
                        "malloc,64m",
                        "-p",
                        "vcl_path=" + library.getParent()));
    }

    /** nginx with a server's own configuration. */
    static RunningCache nginx(Path folder, String modules, String server) throws Exception {
        Path program = installed("nginx", "nginx-light");
        int port = freePort();
        Path file = Files.writeString(folder.resolve("nginx.conf"), modules + """
                        daemon off;
                        master_process off;
                        pid nginx.pid;
                        error_log error.log;
                        events { worker_connections 64; }
                        http {
                            access_log off;
                            client_body_temp_path body;
                            proxy_temp_path proxy;
                            fastcgi_temp_path fastcgi;
                            uwsgi_temp_path uwsgi;
                            scgi_temp_path scgi;
                            proxy_cache_path pages keys_zone=pages:1m;
                            server {
                                listen 127.0.0.1:%d;
                        %s
                            }
                        }
                        """.formatted(port, server));
        return start(
                folder,
                port,
                List.of(program.toString(), "-p", folder.toString(), "-c", file.toString(), "-e", "stderr"));
    }

    private static Path installed(String program, String packages) {
        for (String folder : List.of("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin")) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return Path.of(folder, program);
            }
        }
        assumeTrue(false, program + " is not installed: apt-get install " + packages);
        throw new IllegalStateException();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static RunningCache start(Path folder, int port, List<String> command) throws Exception {
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long until = System.currentTimeMillis() + START_MS;
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return new RunningCache(port, process);
            } catch (IOException e) {
                if (!process.isAlive() || System.currentTimeMillis() > until) {
                    process.destroyForcibly();
                    throw new IllegalStateException(Files.readString(log), e);
                }
                Thread.sleep(50);
            }
        }
    }

    /** A page as the cache gives it. */
    String page(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path));
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** The cookies that come with a page. */
    List<String> cookies(String path) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create(url + path)).build(), HttpResponse.BodyHandlers.discarding())
                .headers()
                .allValues("Set-Cookie");
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
