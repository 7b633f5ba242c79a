package io.millrace.ops.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The views, by a way on which an answer can be held up: it is as old then as a slow origin's. */
final class HeldViews implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, Hold> held = new ConcurrentHashMap<>();
    private volatile URI views;

    /** An answer that is held up: whether it is there, and whether it may go. */
    record Hold(CountDownLatch answered, CountDownLatch released) {}

    HeldViews() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Where the views are. */
    void at(URI url) {
        views = url;
    }

    /** Holds up the next answer of a path. */
    Hold hold(String path) {
        Hold hold = new Hold(new CountDownLatch(1), new CountDownLatch(1));
        held.put(path, hold);
        return hold;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            HttpResponse<byte[]> answer = client.send(
                    HttpRequest.newBuilder(
                                    views.resolve(exchange.getRequestURI().toString()))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            Hold hold = held.remove(exchange.getRequestURI().getPath());
            if (hold != null) {
                hold.answered.countDown();
                hold.released.await();
            }
            for (String name :
                    new String[] {"Surrogate-Key", "Millrace-Keep", "Millrace-Position", "Cache-Control", "ETag"}) {
                answer.headers().firstValue(name).ifPresent(value -> exchange.getResponseHeaders()
                        .set(name, value));
            }
            exchange.sendResponseHeaders(answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
            exchange.getResponseBody().write(answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        held.values().forEach(hold -> hold.released.countDown());
        server.stop(0);
        threads.shutdownNow();
    }
}
