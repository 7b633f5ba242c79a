package io.millrace.ops.images;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service's web server, for this machine alone: the page, thumbnails, uploads, and what the page asks of the views, which are on
 * another port. Browsers take all of it from one address.
 *
 * <pre>
 * GET  /                      the page
 * GET  /thumbnails/SHA256     a thumbnail, which never changes
 * GET  /v1/...                the views, as they are served
 * POST /uploads?name=NAME    a picture
 * </pre>
 */
final class PageServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PageServer.class);
    private static final int MAX_THREADS = 64;
    private static final int IDLE_SECONDS = 10;
    private static final int BUFFER_BYTES = 8_192;
    private static final int NONE_YET = -1;
    private static final String BYTES = "application/octet-stream";

    private final HttpServer server;
    private final ExecutorService threads;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Path page;
    private final ImageStore store;
    private final URI views;
    private final Supplier<UploadWriter> writers;

    private PageServer(HttpServer server, Path page, ImageStore store, URI views, Supplier<UploadWriter> writers) {
        this.server = server;
        this.page = page;
        this.store = store;
        this.views = views;
        this.writers = writers;
        // Each reader of a feed has a thread; more than that are refused.
        this.threads = new ThreadPoolExecutor(0, MAX_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>());
    }

    /**
     * Starts a server.
     *
     * @param port where it is to be, if that is free; else at another
     * @param page the folder of the page
     * @param views where views are served
     * @param writers makes a writer for an upload
     */
    static PageServer start(int port, Path page, ImageStore store, URI views, Supplier<UploadWriter> writers)
            throws IOException {
        PageServer started = new PageServer(listening(port), page, store, views, writers);
        started.server.setExecutor(started.threads);
        started.server.createContext("/", started.answering("GET", started::page));
        started.server.createContext("/thumbnails/", started.answering("GET", started::thumbnail));
        started.server.createContext("/v1/", started.answering("GET", started::view));
        started.server.createContext("/uploads", started.answering("POST", started::upload));
        started.server.start();
        return started;
    }

    private static HttpServer listening(int port) throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        try {
            return HttpServer.create(new InetSocketAddress(here, port), 0);
        } catch (BindException e) {
            return HttpServer.create(new InetSocketAddress(here, 0), 0);
        }
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    /** What answers a request. */
    private interface Answering {
        void answer(HttpExchange exchange) throws IOException, SQLException;
    }

    private HttpHandler answering(String method, Answering answering) {
        return exchange -> {
            try (exchange) {
                answer(exchange, method, answering);
            } catch (IOException e) {
                LOG.debug("a reader has gone", e);
            }
        };
    }

    private static void answer(HttpExchange exchange, String method, Answering answering) throws IOException {
        try {
            if (exchange.getRequestMethod().equals(method)) {
                answering.answer(exchange);
            } else {
                say(exchange, 405, "this takes " + method);
            }
        } catch (SQLException | IOException | RuntimeException e) {
            if (exchange.getResponseCode() != NONE_YET) {
                // Of an answer that has begun, its end is all that can be missing; a feed's reader goes in its midst.
                LOG.debug(
                        "an answer of {} was not ended",
                        exchange.getRequestURI().getPath(),
                        e);
                return;
            }
            LOG.warn("{} failed", exchange.getRequestURI().getPath(), e);
            exchange.getResponseHeaders().clear();
            say(exchange, 500, "this failed here, and may succeed when it is tried again; the log says why");
        }
    }

    private void page(HttpExchange exchange) throws IOException {
        if (exchange.getRequestURI().getPath().equals("/")) {
            send(exchange, 200, "text/html; charset=utf-8", Files.readAllBytes(page.resolve("index.html")));
        } else {
            say(exchange, 404, "there is nothing here");
        }
    }

    private void thumbnail(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().replaceFirst("^/thumbnails/", "");
        Optional<byte[]> bytes = store.get(ImageStore.Kind.THUMBNAIL, name);
        if (bytes.isPresent()) {
            // Its name says what it holds: caches, a CDN's too, may keep it for good.
            exchange.getResponseHeaders().set("Cache-Control", "public, max-age=31536000, immutable");
            send(exchange, 200, "image/jpeg", bytes.get());
        } else {
            say(exchange, 404, "there is no such thumbnail");
        }
    }

    /** Passes a request on, and the answer back as it comes, which of a feed is for as long as it is read. */
    private void view(HttpExchange exchange) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(views.resolve(exchange.getRequestURI().getRawPath()
                        + (exchange.getRequestURI().getRawQuery() == null
                                ? ""
                                : "?" + exchange.getRequestURI().getRawQuery())));
        String lastEvent = exchange.getRequestHeaders().getFirst("Last-Event-ID");
        if (lastEvent != null) {
            request.header("Last-Event-ID", lastEvent);
        }
        HttpResponse<InputStream> answer;
        try {
            answer = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            LOG.debug("the views do not answer", e);
            say(exchange, 502, "the views do not answer at " + views + "; try again when they are served");
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            say(exchange, 502, "the page's server is being stopped");
            return;
        }
        try (InputStream in = answer.body()) {
            for (String name : List.of("Content-Type", "Retry-After", "ETag")) {
                answer.headers().firstValue(name).ifPresent(value -> exchange.getResponseHeaders()
                        .set(name, value));
            }
            exchange.sendResponseHeaders(answer.statusCode(), 0);
            pass(in, exchange.getResponseBody());
        }
    }

    private static void pass(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            out.write(buffer, 0, read);
            out.flush();
        }
    }

    private void upload(HttpExchange exchange) throws IOException, SQLException {
        // Other sites' pages cannot send this type without being asked for their origin, which nothing here answers.
        if (!BYTES.equals(exchange.getRequestHeaders().getFirst("Content-Type"))) {
            say(exchange, 415, "a picture comes as " + BYTES);
            return;
        }
        String name;
        try {
            name = parameter(exchange.getRequestURI(), "name").orElse("unnamed");
        } catch (IllegalArgumentException e) {
            say(exchange, 400, "the name is not encoded as it is in an address: write %25 for a percent sign");
            return;
        }
        if (name.indexOf('\0') >= 0) {
            say(exchange, 400, "a name has no character NUL");
            return;
        }
        byte[] picture = exchange.getRequestBody().readNBytes(ImageStore.MAX_BYTES + 1);
        if (picture.length > ImageStore.MAX_BYTES) {
            say(exchange, 413, "it is too large");
            return;
        }
        try (UploadWriter writer = writers.get()) {
            long id = writer.upload(1, name, picture);
            send(exchange, 201, "text/plain", Long.toString(id).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static Optional<String> parameter(URI uri, String name) {
        String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        return List.of(query.split("&", -1)).stream()
                .filter(part -> part.startsWith(name + "="))
                .map(part -> URLDecoder.decode(part.substring(name.length() + 1), StandardCharsets.UTF_8))
                .findFirst();
    }

    private static void say(HttpExchange exchange, int status, String sentence) throws IOException {
        send(exchange, status, "text/plain; charset=utf-8", sentence.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
