package io.millrace.serve;

import io.millrace.runtime.KilledInstance;
import io.millrace.runtime.Presence;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns at once when another instance is killed: it holds one of the other's {@link Lifelines}, which the system of a killed
 * process ends. That alone is no proof, for the network may have done it. It is one that its host then refuses connections at
 * the same port again and again, and that the connection has ended by which the other watches this one. Where nothing is answered,
 * nothing is known, and the brokers decide. Thread-safe.
 */
final class PeerWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerWatch.class);
    private static final long LOOK_MS = 500;

    /** So long an instance that gave no lifeline is left alone. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** After this a silent lifeline is given up and another one asked for. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(4 * Lifelines.HEARTBEAT_SECONDS);

    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(1);
    /** So often in a row a connection has to be refused, and so often at most one is tried. */
    private static final int REFUSALS = 3;

    private static final int CONNECTIONS = 7;
    private static final long CONNECTIONS_PAUSE_MS = 100;

    /** So often an instance's own connection to this one is looked at. */
    private static final int ASKED = 4;

    private static final long ASKED_PAUSE_MS = 25;

    /** It is said once when an instance could not be watched for so long. */
    private static final long UNWATCHED_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final String own;
    private final Supplier<List<String>> others;
    private final Predicate<String> isGone;
    private final Consumer<KilledInstance> killed;
    /** By address since when it is not watched. */
    private final Map<String, Long> unwatched = new HashMap<>();

    private final Set<String> told = new HashSet<>();
    private final Map<String, Line> lines = new ConcurrentHashMap<>();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_PATIENCE)
            .build();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(daemon("peer-watch"));
    /** Few threads: one for each instance that is being lost at the moment. */
    private final ExecutorService looking = Executors.newCachedThreadPool(daemon("peer-lost"));

    private volatile int known;
    private volatile boolean closed;

    private PeerWatch(
            String own, Supplier<List<String>> others, Predicate<String> isGone, Consumer<KilledInstance> killed) {
        this.own = own;
        this.others = others;
        this.isGone = isGone;
        this.killed = killed;
    }

    /**
     * Begins to watch.
     *
     * @param own this instance's name
     * @param others gives {@code host:port} of every other instance, as far as it is known at the moment
     * @param isGone whether an instance, by its name, has just lost its connection to this one
     * @param killed is told of an instance that was killed
     */
    static PeerWatch start(
            String own, Supplier<List<String>> others, Predicate<String> isGone, Consumer<KilledInstance> killed) {
        PeerWatch watch = new PeerWatch(own, others, isGone, killed);
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
                    Line line = new Line(address, before);
                    line.open();
                    lines.put(address, line);
                }
            }
            known = now.size();
            sayWhichAreNotWatched(now);
        } catch (RuntimeException e) {
            LOG.debug("not this time", e);
        }
    }

    private void sayWhichAreNotWatched(List<String> now) {
        unwatched.keySet().retainAll(now);
        told.retainAll(now);
        for (String address : now) {
            if (lines.get(address).isHeld()) {
                unwatched.remove(address);
                told.remove(address);
            } else if (System.nanoTime() - unwatched.computeIfAbsent(address, each -> System.nanoTime())
                            > UNWATCHED_NANOS
                    && told.add(address)) {
                LOG.warn(
                        "http://{}{} does not answer: if that instance is killed, it is noticed only after the session's timeout",
                        address,
                        Lifelines.PATH);
            }
        }
    }

    /** How many other instances there are. */
    int known() {
        return known;
    }

    /** Of how many it is noticed at once when they are killed. */
    int watched() {
        return (int) lines.values().stream().filter(Line::isHeld).count();
    }

    /** A connection to one instance. */
    private final class Line implements Flow.Subscriber<String> {
        private final String address;
        private volatile CompletableFuture<?> answer;
        private volatile String instance;
        private volatile boolean leaves;
        private volatile List<Presence> presence = List.of();
        private volatile long heardNanos = System.nanoTime();
        private volatile boolean silent;
        private volatile boolean held;
        private boolean over;

        Line(String address, Line before) {
            this.address = address;
            if (before != null && before.silent) {
                instance = before.instance;
                presence = before.presence;
            }
        }

        void open() {
            answer = ask();
            CompletableFuture<?> unused = answer.whenComplete((done, failure) -> over());
        }

        private CompletableFuture<?> ask() {
            try {
                HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + Lifelines.PATH))
                        .header(Peers.PARTITIONS, Peers.OWN)
                        .header(Lifelines.ASKER, own)
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

        synchronized boolean isHeld() {
            return held && !over;
        }

        synchronized boolean mayBeAskedAgain() {
            return over && (instance != null || System.nanoTime() - heardNanos > PAUSE_NANOS);
        }

        /** Gives it up when it is silent: nobody says any more that the connection has ended. */
        void look() {
            if (isOpen() && System.nanoTime() - heardNanos > SILENCE_NANOS) {
                LOG.info("the instance at {} is silent", address);
                silent = true;
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
                held = true;
            } else if (text.startsWith(Lifelines.PRESENCE)) {
                presence = Presence.read(text.substring(Lifelines.PRESENCE.length()));
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
            long noticedNanos = heardNanos;
            String lost = instance;
            // Asked first: it is written to the other's connection, and told by its system that there is none.
            boolean unused = isGone.test(lost);
            if (isThereNobody(address, REFUSALS) && hasLostUs(lost)) {
                killed.accept(new KilledInstance(
                        lost, address, presence, noticedNanos, () -> isThereNobody(address, 1) && isGone.test(lost)));
            } else {
                LOG.info("the connection to the instance at {} broke; that it was killed is not known", address);
            }
        }
    }

    /**
     * Whether an instance's own connection to this one has ended. A system tells so of the second thing that is written after the end, and
     * the first may have been written before: a process that is killed does not lose all its connections at one time.
     */
    private boolean hasLostUs(String lost) {
        try {
            for (int i = 0; i < ASKED; i++) {
                if (isGone.test(lost)) {
                    return true;
                }
                Thread.sleep(ASKED_PAUSE_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /** Whether the host answers and says that nobody listens there, so often in a row. */
    static boolean isThereNobody(String address, int refusals) {
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon).replaceAll("^\\[|\\]$", "");
        int port = Integer.parseInt(address.substring(colon + 1));
        int refused = 0;
        try {
            // The port of a process that is just being ended may be there for a moment longer than the connection.
            for (int i = 0; i < CONNECTIONS && refused < refusals; i++) {
                if (i > 0) {
                    Thread.sleep(CONNECTIONS_PAUSE_MS);
                }
                refused = isRefused(host, port) ? refused + 1 : 0;
            }
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return refused == refusals;
    }

    private static boolean isRefused(String host, int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), (int) CONNECT_PATIENCE.toMillis());
            return false;
        } catch (ConnectException e) {
            return true;
        }
    }

    @Override
    public void close() {
        closed = true;
        clock.shutdownNow();
        looking.shutdownNow();
        lines.values().forEach(Line::giveUp);
    }
}
