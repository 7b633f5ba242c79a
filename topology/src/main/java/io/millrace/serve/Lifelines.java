package io.millrace.serve;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that go on for as long as this process lives. The system ends their connections when the process is killed, and so
 * the other instances, which ask for them, learn of it at once ({@link PeerWatch}). The first line says who this is, others by
 * what the brokers know it at the moment, the last one that it leaves by its own will; empty ones in between say that it is
 * there. The system of an instance that is killed ends its requests for these answers, too. Thread-safe.
 */
final class Lifelines implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lifelines.class);
    static final String PATH = "/v1/instance";

    /** What the first line begins with, before the instance's name. */
    static final String INSTANCE = "instance ";

    /** What a line begins with that says by what the brokers know the process. */
    static final String PRESENCE = "has ";

    /** The request's header that says which instance asks. */
    static final String ASKER = "Millrace-Instance";

    /** The last line of one that leaves by its own will, which the brokers learn from itself. */
    static final String LEAVES = "leaves";

    static final long HEARTBEAT_SECONDS = 5;

    /** How many may be open; one for each other instance. */
    private static final int MAX_OPEN = 1_000;

    /** So many of them for one host. */
    private static final int MAX_OPEN_FROM_HOST = 50;

    private static final long LOOK_MS = 500;

    /** That a request ended longer ago says nothing of what becomes of the asker now. */
    private static final long RECENT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final String instance;
    private final Supplier<String> presence;
    /** By who has asked last. */
    private final Map<String, Line> lines = new ConcurrentHashMap<>();

    private final ScheduledExecutorService clock;
    private volatile boolean closed;

    Lifelines(String instance, Supplier<String> presence) {
        this.instance = instance;
        this.presence = presence;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "lifelines");
            thread.setDaemon(true);
            return thread;
        });
        ScheduledFuture<?> unused = clock.scheduleAtFixedRate(
                () -> lines.values().forEach(line -> line.say("")),
                HEARTBEAT_SECONDS,
                HEARTBEAT_SECONDS,
                TimeUnit.SECONDS);
        ScheduledFuture<?> unusedToo =
                clock.scheduleWithFixedDelay(this::tellPresence, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
    }

    private void tellPresence() {
        try {
            String now = PRESENCE + presence.get();
            lines.values().forEach(line -> line.sayPresence(now));
            lines.values().removeIf(line -> line.endedFor() > RECENT_NANOS);
        } catch (RuntimeException e) {
            LOG.debug("not this time", e);
        }
    }

    void open(Request request, Response response, Callback callback) {
        String host = Request.getRemoteAddr(request);
        String asker = Objects.requireNonNullElse(request.getHeaders().get(ASKER), "");
        if (count(line -> true) >= MAX_OPEN || count(line -> line.host.equals(host)) >= MAX_OPEN_FROM_HOST) {
            Answer.problem(Problem.unavailable("so many are told already whether this instance lives"))
                    .send(request, response, callback);
            return;
        }
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain;charset=utf-8");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        Line line = new Line(host, response, callback);
        // One that asks again has lost the answer before.
        Line before = lines.put(asker.isEmpty() ? host + " " + System.identityHashCode(line) : asker, line);
        if (before != null) {
            before.drop();
        }
        line.say(INSTANCE + instance);
        line.sayPresence(PRESENCE + presence.get());
        if (closed) {
            line.end();
        }
    }

    /**
     * Whether the request of an instance ended a moment ago, and it has made no other one. It is found out by writing, to which
     * the system of one that is gone answers: what was written just before the call may not have come back yet.
     */
    boolean isGone(String asker) {
        Line line = lines.get(asker);
        if (line == null) {
            return false;
        }
        line.say("");
        return line.endedFor() >= 0;
    }

    private int count(Predicate<Line> which) {
        return (int) lines.values().stream()
                .filter(line -> line.endedFor() < 0 && which.test(line))
                .count();
    }

    /** How many instances are told. */
    int count() {
        return count(line -> true);
    }

    /** Says on all lines that this instance leaves by its own will. */
    @Override
    public void close() {
        closed = true;
        clock.shutdownNow();
        lines.values().forEach(Line::end);
    }

    /** Writes one text after the other, each when the one before has left. */
    private static final class Line extends IteratingCallback {
        private final Response response;
        private final Callback callback;
        private final Queue<String> waiting = new ConcurrentLinkedQueue<>();
        private final String host;
        private volatile String told = "";
        private volatile boolean ending;
        private volatile boolean over;
        private volatile long endedNanos;

        Line(String host, Response response, Callback callback) {
            this.host = host;
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

        void sayPresence(String text) {
            if (!text.equals(told)) {
                told = text;
                say(text);
            }
        }

        /** For how long it has been over; below 0 if it is not. */
        long endedFor() {
            return over ? System.nanoTime() - endedNanos : -1;
        }

        void drop() {
            boolean unused = abort(new IOException("asked again"));
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
            ended();
            response.write(true, BufferUtil.EMPTY_BUFFER, callback);
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            ended();
            callback.failed(cause);
        }

        private void ended() {
            endedNanos = System.nanoTime();
            over = true;
        }
    }
}
