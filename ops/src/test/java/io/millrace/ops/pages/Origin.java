package io.millrace.ops.pages;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A server of pages that say what they are told to. */
final class Origin implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Function<HttpExchange, Answer>> answers = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile boolean failing;

    /** What a path answers: a body and fields, each a name and a value. */
    record Answer(int status, String body, String... fields) {}

    Origin() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    void answer(String path, String body, String... fields) {
        answers.put(path, exchange -> new Answer(200, body, fields));
    }

    void answer(String path, Function<HttpExchange, Answer> answer) {
        answers.put(path, answer);
    }

    /** A page that is kept until one of its tags is purged. */
    void page(String path, String body, String tags) {
        answer(path, body, "Cache-Control", "public, max-age=0, s-maxage=300", "Surrogate-Key", tags);
    }

    /** Lets requests for a path wait, which have their answer already, until what it returns is counted down. */
    CountDownLatch hold(String path) {
        CountDownLatch latch = new CountDownLatch(1);
        held.put(path, latch);
        return latch;
    }

    /** Whether every answer is an error. */
    void fail(boolean now) {
        failing = now;
    }

    /** How often a path was asked for. */
    long asked(String path) {
        return asked.stream().filter(path::equals).count();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            Answer answer = failing
                    ? new Answer(503, "failing")
                    : answers.getOrDefault(
                                    path,
                                    any -> new Answer(
                                            path.equals("/health") ? 200 : 404, "nothing", "Cache-Control", "no-store"))
                            .apply(exchange);
            asked.add(path);
            CountDownLatch latch = held.remove(path);
            if (latch != null) {
                latch.await();
            }
            for (int i = 0; i < answer.fields.length; i += 2) {
                exchange.getResponseHeaders().set(answer.fields[i], answer.fields[i + 1]);
            }
            byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(answer.status, head || body.length == 0 ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        held.values().forEach(CountDownLatch::countDown);
        server.stop(0);
        threads.shutdownNow();
    }
}
