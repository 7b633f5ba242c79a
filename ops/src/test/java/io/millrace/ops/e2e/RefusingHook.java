package io.millrace.ops.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server of webhooks that refuses some for good, and notes the idempotency keys of all. */
final class RefusingHook implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final Set<String> taken = ConcurrentHashMap.newKeySet();
    private volatile String refusing;
    private volatile String puttingOff;
    private volatile String source;

    RefusingHook() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Refuses from now on what has that text in its body; nothing where it is null. */
    void refuse(String text) {
        refusing = text;
    }

    /** Refuses for now what has that text in its body; nothing where it is null. */
    void putOff(String text) {
        puttingOff = text;
    }

    /** The header X-Source of the last request. */
    String source() {
        return source;
    }

    /** How many requests with that text in their bodies were taken. */
    long takenWith(String text) {
        return bodies.stream().filter(body -> body.contains(text)).count();
    }

    /** The idempotency keys of what was refused. */
    Set<String> refused() {
        return refused;
    }

    /** The idempotency keys of what was taken. */
    Set<String> taken() {
        return taken;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            source = exchange.getRequestHeaders().getFirst("X-Source");
            String late = puttingOff;
            if (late != null && body.contains(late)) {
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            String bad = refusing;
            boolean takes = bad == null || !body.contains(bad);
            (takes ? taken : refused).add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
            if (takes) {
                bodies.add(body);
            }
            exchange.sendResponseHeaders(takes ? 200 : 422, -1);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
