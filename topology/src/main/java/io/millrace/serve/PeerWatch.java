package io.millrace.serve;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns at once when another instance is killed: it holds one of the other's {@link Lifelines}, which the system of a killed
 * process ends. That alone is no proof, for the network may have done it; that its host then refuses a connection at the same
 * port is: there is nobody any more. Where nothing is answered, nothing is known, and the brokers decide. Thread-safe.
 */
final class PeerWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerWatch.class);
    private static final long LOOK_MS = 500;

    /** So long an instance that gave no lifeline is left alone. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** After this a silent lifeline is given up and another one asked for. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(4 * Lifelines.HEARTBEAT_SECONDS);

    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(1);
    private static final int CONNECTIONS = 5;
    private static final long CONNECTIONS_PAUSE_MS = 50;

    private final Supplier<List<String>> others;
    private final BiConsumer<String, String> killed;
    private final Map<String, Line> lines = new ConcurrentHashMap<>();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_PATIENCE)
            .build();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(daemon("peer-watch"));
    /** Few threads: one for each instance that is being lost at the moment. */
    private final ExecutorService looking = Executors.newCachedThreadPool(daemon("peer-lost"));

    private volatile boolean closed;

    private PeerWatch(Supplier<List<String>> others, BiConsumer<String, String> killed) {
        this.others = others;
        this.killed = killed;
    }

    /**
     * Begins to watch.
     *
     * @param others gives {@code host:port} of every other instance, as far as it is known at the moment
     * @param killed is told the name of an instance that was killed, and its address
     */
    static PeerWatch start(Supplier<List<String>> others, BiConsumer<String, String> killed) {
        PeerWatch watch = new PeerWatch(others, killed);
        ScheduledFuture<?> unused =
                watch.clock.scheduleWithFixedDelay(watch::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
        return watch;
    }

    private static ThreadFactory daemon(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    private void look() {
        try {
            lines.values().forEach(Line::look);
            List<String> now = others.get();
            lines.forEach((address, line) -> {
                if (!line.isOpen() && !now.contains(address)) {
                    lines.remove(address, line);
                }
            });
            for (String address : now) {
                Line before = lines.get(address);
                if (before == null || before.mayBeAskedAgain()) {
                    Line line = new Line(address);
                    line.open();
                    lines.put(address, line);
                }
            }
        } catch (RuntimeException e) {
            LOG.debug("not this time", e);
        }
    }

    /** A connection to one instance. */
    private final class Line implements Flow.Subscriber<String> {
        private final String address;
        private volatile CompletableFuture<?> answer;
        private volatile String instance;
        private volatile boolean leaves;
        private volatile long heardNanos = System.nanoTime();
        private boolean over;

        Line(String address) {
            this.address = address;
        }

        void open() {
            answer = ask();
            CompletableFuture<?> unused = answer.whenComplete((done, failure) -> over());
        }

        private CompletableFuture<?> ask() {
            try {
                HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + Lifelines.PATH))
                        .header(Peers.PARTITIONS, Peers.OWN)
                        .build();
                return http.sendAsync(
                        request,
                        response -> response.statusCode() == 200
                                ? HttpResponse.BodySubscribers.fromLineSubscriber(this)
                                : HttpResponse.BodySubscribers.replacing(null));
            } catch (IllegalArgumentException e) {
                // No address that can be asked.
                return CompletableFuture.failedFuture(e);
            }
        }

        synchronized boolean isOpen() {
            return !over;
        }

        synchronized boolean mayBeAskedAgain() {
            return over && (instance != null || System.nanoTime() - heardNanos > PAUSE_NANOS);
        }

        /** Gives it up when it is silent: nobody says any more that the connection has ended. */
        void look() {
            if (isOpen() && System.nanoTime() - heardNanos > SILENCE_NANOS) {
                LOG.info("the instance at {} is silent", address);
                giveUp();
            }
        }

        void giveUp() {
            synchronized (this) {
                over = true;
            }
            answer.cancel(true);
        }

        @Override
        public void onSubscribe(Flow.Subscription made) {
            made.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String text) {
            heardNanos = System.nanoTime();
            if (text.startsWith(Lifelines.INSTANCE)) {
                instance = text.substring(Lifelines.INSTANCE.length());
            } else if (text.equals(Lifelines.LEAVES)) {
                leaves = true;
            }
        }

        @Override
        public void onError(Throwable failure) {
            over();
        }

        @Override
        public void onComplete() {
            over();
        }

        private void over() {
            synchronized (this) {
                if (over) {
                    return;
                }
                over = true;
            }
            heardNanos = System.nanoTime();
            if (instance != null && !leaves && !closed) {
                try {
                    looking.execute(this::lookWhetherItLives);
                } catch (RejectedExecutionException e) {
                    LOG.debug("closed meanwhile", e);
                }
            }
        }

        private void lookWhetherItLives() {
            if (isThereNobody(address)) {
                killed.accept(instance, address);
            } else {
                LOG.info("the connection to the instance at {} broke; that it was killed is not known", address);
            }
        }
    }

    /** Whether the host answers and says that nobody listens there. */
    static boolean isThereNobody(String address) {
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon).replaceAll("^\\[|\\]$", "");
        int port = Integer.parseInt(address.substring(colon + 1));
        for (int i = 0; i < CONNECTIONS; i++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(host, port), (int) CONNECT_PATIENCE.toMillis());
                // The port of a process that is just being ended may be there for a moment longer than the connection.
                Thread.sleep(CONNECTIONS_PAUSE_MS);
            } catch (ConnectException e) {
                return true;
            } catch (IOException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    @Override
    public void close() {
        closed = true;
        clock.shutdownNow();
        looking.shutdownNow();
        lines.values().forEach(Line::giveUp);
    }
}
