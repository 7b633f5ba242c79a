package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Makes requests side by side, a bounded number at a time, and of one target one after the other. One that takes long is not waited
 * for: it goes on while others are made, also by later calls. Used by one thread.
 */
final class Requests implements AutoCloseable {
    /** After so long without an answer a call returns. */
    private static final long GRACE_MS = 250;

    private final int most;
    private final ExecutorService threads;
    private final CompletionService<List<Purging>> completions;
    /** The targets of what is under way. */
    private final Set<String> keys = new HashSet<>();

    private int underWay;

    /** What makes a request. */
    interface Maker {
        void make(List<Purging> request) throws DeliveryFailure;
    }

    Requests(int most, String name) {
        this.most = most;
        this.threads = Executors.newFixedThreadPool(most, work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
        this.completions = new ExecutorCompletionService<>(threads);
    }

    /** Whether some are still being made. */
    boolean areUnderWay() {
        return underWay > 0;
    }

    /**
     * Makes requests, but for those that have no room, or whose targets are under way, for too long: they are left.
     *
     * @param patience after which no other is begun
     * @throws DeliveryFailure the first that one has ended with, be it of an earlier call; no other is begun then
     */
    void run(List<List<Purging>> requests, Maker maker, Duration patience) throws DeliveryFailure {
        long untilNanos = System.nanoTime() + patience.toNanos();
        Deque<List<Purging>> waiting = new ArrayDeque<>(requests);
        Set<Future<List<Purging>>> begun = new HashSet<>();
        DeliveryFailure failure = ended(completions.poll(), null);
        while (true) {
            if (failure == null && System.nanoTime() - untilNanos < 0) {
                begun.addAll(begin(waiting, maker));
            }
            boolean full = underWay == most && !waiting.isEmpty() && failure == null;
            if (begun.isEmpty() && !full) {
                break;
            }
            Future<List<Purging>> ended = next();
            if (ended == null) {
                break;
            }
            begun.remove(ended);
            failure = ended(ended, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Begins as many as there is room for, and leaves the others waiting. */
    private List<Future<List<Purging>>> begin(Deque<List<Purging>> waiting, Maker maker) {
        List<Future<List<Purging>>> begun = new ArrayList<>();
        List<List<Purging>> after = new ArrayList<>();
        while (underWay < most && !waiting.isEmpty()) {
            List<Purging> request = waiting.removeFirst();
            if (request.stream().anyMatch(purging -> keys.contains(purging.key()))) {
                after.add(request);
                continue;
            }
            request.forEach(purging -> {
                keys.add(purging.key());
                purging.underWay(true);
            });
            underWay++;
            begun.add(completions.submit(() -> {
                make(request, maker);
                return request;
            }));
        }
        for (int i = after.size() - 1; i >= 0; i--) {
            waiting.addFirst(after.get(i));
        }
        return begun;
    }

    private static void make(List<Purging> request, Maker maker) throws Ended {
        try {
            maker.make(request);
        } catch (DeliveryFailure | RuntimeException e) {
            throw new Ended(request, e);
        } finally {
            request.forEach(purging -> purging.underWay(false));
        }
    }

    /** How a request has ended that was not made. */
    private static final class Ended extends Exception {
        private static final long serialVersionUID = 1;

        private final transient List<Purging> request;

        Ended(List<Purging> request, Exception cause) {
            super(cause);
            this.request = request;
        }
    }

    private Future<List<Purging>> next() {
        try {
            return completions.poll(GRACE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while requests were under way", e);
        }
    }

    /** Makes room for others; returns the first failure. */
    private DeliveryFailure ended(Future<List<Purging>> ended, DeliveryFailure before) {
        if (ended == null) {
            return before;
        }
        try {
            release(ended.get());
            return before;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while requests were under way", e);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof Ended failed)) {
                throw new ConnectException("a request failed: " + e.getCause().getMessage(), e.getCause());
            }
            release(failed.request);
            if (failed.getCause() instanceof RuntimeException bug) {
                throw bug;
            }
            return before == null ? (DeliveryFailure) failed.getCause() : before;
        }
    }

    private void release(List<Purging> request) {
        underWay--;
        request.forEach(purging -> keys.remove(purging.key()));
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
