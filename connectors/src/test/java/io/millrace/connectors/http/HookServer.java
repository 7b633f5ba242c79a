package io.millrace.connectors.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** An HTTP server that keeps the requests that come and answers as it is told. */
public final class HookServer implements AutoCloseable {
    public final List<Hook> hooks = Collections.synchronizedList(new ArrayList<>());
    public final AtomicInteger inFlight = new AtomicInteger();
    public final AtomicInteger mostInFlight = new AtomicInteger();
    public volatile Function<Hook, Answer> answers = hook -> Answer.of(200);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /**
     * A request that came.
     *
     * @param target the address as it was asked for
     */
    public record Hook(String method, String path, String target, Headers headers, String body) {
        public String header(String name) {
            return headers.getFirst(name);
        }
    }

    /** What a request is answered. */
    public record Answer(int status, String body, Map<String, String> headers, long delayMs) {
        public static Answer of(int status) {
            return new Answer(status, "", Map.of(), 0);
        }

        public static Answer of(int status, String body) {
            return new Answer(status, body, Map.of(), 0);
        }

        public Answer with(String header, String value) {
            Map<String, String> more = new HashMap<>(headers);
            more.put(header, value);
            return new Answer(status, body, more, delayMs);
        }

        public Answer after(long ms) {
            return new Answer(status, body, headers, ms);
        }
    }

    public HookServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    String url() {
        return base() + "/hooks/secret-path";
    }

    /** Its address without a path. */
    public String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        mostInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Hook hook = new Hook(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    body);
            hooks.add(hook);
            Answer answer = answers.apply(hook);
            Thread.sleep(answer.delayMs());
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            inFlight.decrementAndGet();
            exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The idempotency keys of the requests, in the order in which they came. */
    List<String> keys() {
        return hooks.stream()
                .map(hook -> hook.header(HttpSinkConfig.IDEMPOTENCY_HEADER))
                .toList();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
