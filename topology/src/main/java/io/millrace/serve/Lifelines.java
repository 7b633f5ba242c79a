package io.millrace.serve;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/**
 * Answers that go on for as long as this process lives. The system ends their connections when the process is killed, and so
 * the other instances, which ask for them, learn of it at once ({@link PeerWatch}). The first line says who this is, the last
 * one that it leaves by its own will; empty ones in between say that it is there. Thread-safe.
 */
final class Lifelines implements AutoCloseable {
    static final String PATH = "/v1/instance";

    /** What the first line begins with, before the instance's name. */
    static final String INSTANCE = "instance ";

    /** The last line of one that leaves by its own will, which the brokers learn from itself. */
    static final String LEAVES = "leaves";

    static final long HEARTBEAT_SECONDS = 5;

    /** How many may be open; one for each other instance. */
    private static final int MAX_OPEN = 1_000;

    private final String instance;
    private final Set<Line> open = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock;
    private volatile boolean closed;

    Lifelines(String instance) {
        this.instance = instance;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "lifelines");
            thread.setDaemon(true);
            return thread;
        });
        ScheduledFuture<?> unused = clock.scheduleAtFixedRate(
                () -> open.forEach(line -> line.say("")), HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
    }

    void open(Request request, Response response, Callback callback) {
        if (open.size() >= MAX_OPEN) {
            Answer.problem(Problem.unavailable(MAX_OPEN + " instances are told already whether this one lives"))
                    .send(request, response, callback);
            return;
        }
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain;charset=utf-8");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        Line line = new Line(response, callback);
        open.add(line);
        line.say(INSTANCE + instance);
        if (closed) {
            line.end();
        }
    }

    /** How many instances are told. */
    int count() {
        return open.size();
    }

    /** Says on all lines that this instance leaves by its own will. */
    @Override
    public void close() {
        closed = true;
        clock.shutdownNow();
        open.forEach(Line::end);
    }

    /** Writes one text after the other, each when the one before has left. */
    private final class Line extends IteratingCallback {
        private final Response response;
        private final Callback callback;
        private final Queue<String> waiting = new ConcurrentLinkedQueue<>();
        private volatile boolean ending;

        Line(Response response, Callback callback) {
            this.response = response;
            this.callback = callback;
        }

        void say(String text) {
            // Who does not read need not be told again.
            if (waiting.isEmpty() || !text.isEmpty()) {
                waiting.add(text);
            }
            iterate();
        }

        void end() {
            waiting.add(LEAVES);
            ending = true;
            iterate();
        }

        @Override
        protected Action process() {
            boolean last = ending;
            String text = waiting.poll();
            if (text != null) {
                response.write(false, ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8)), this);
                return Action.SCHEDULED;
            }
            return last ? Action.SUCCEEDED : Action.IDLE;
        }

        @Override
        protected void onCompleteSuccess() {
            open.remove(this);
            response.write(true, BufferUtil.EMPTY_BUFFER, callback);
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            open.remove(this);
            callback.failed(cause);
        }
    }
}
