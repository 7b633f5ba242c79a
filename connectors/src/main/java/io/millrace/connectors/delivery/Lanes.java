package io.millrace.connectors.delivery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Makes requests side by side, a bounded number at a time. A request waits for those before it with which it shares a key. When
 * one fails, no other is begun, and those under way are waited for.
 *
 * @param <R> what requests are made of
 */
public final class Lanes<R> implements AutoCloseable {
    private final int most;
    private final Function<R, String> key;
    private final ExecutorService threads;

    /** What makes a request. */
    public interface Maker<R> {
        void make(List<R> request) throws DeliveryFailure;
    }

    /** A request, with what waits for it and how many it waits for itself. */
    private static final class Waiting<R> {
        private final List<R> request;
        private final List<Waiting<R>> followers = new ArrayList<>();
        private int awaited;

        Waiting(List<R> request) {
            this.request = request;
        }
    }

    /**
     * Lanes for requests.
     *
     * @param most how many are made at a time
     * @param name that of their threads
     * @param key what is one after the other where it is equal
     */
    public Lanes(int most, String name, Function<R, String> key) {
        this.key = key;
        this.most = most;
        this.threads = Executors.newFixedThreadPool(most, work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Makes requests.
     *
     * @param patience after which no other is begun
     * @return whether all of them were made
     * @throws DeliveryFailure the first that one of them ended with
     */
    public boolean run(List<List<R>> requests, Maker<R> maker, Duration patience) throws DeliveryFailure {
        long until = System.nanoTime() + patience.toNanos();
        CompletionService<Waiting<R>> completions = new ExecutorCompletionService<>(threads);
        Deque<Waiting<R>> ready = ready(requests);
        Exception failure = null;
        int begun = 0;
        int ended = 0;
        while (true) {
            while (failure == null && begun - ended < most && !ready.isEmpty() && System.nanoTime() < until) {
                Waiting<R> next = ready.removeFirst();
                completions.submit(() -> {
                    maker.make(next.request);
                    return next;
                });
                begun++;
            }
            if (begun == ended) {
                break;
            }
            try {
                for (Waiting<R> follower : take(completions).followers) {
                    if (--follower.awaited == 0) {
                        ready.addLast(follower);
                    }
                }
            } catch (DeliveryFailure | RuntimeException e) {
                failure = failure == null ? e : failure;
            }
            ended++;
        }
        if (failure instanceof DeliveryFailure delivery) {
            throw delivery;
        }
        if (failure instanceof RuntimeException bug) {
            throw bug;
        }
        return ended == requests.size();
    }

    private Deque<Waiting<R>> ready(List<List<R>> requests) {
        Map<String, Waiting<R>> last = new HashMap<>();
        Deque<Waiting<R>> ready = new ArrayDeque<>();
        for (List<R> request : requests) {
            Waiting<R> waiting = new Waiting<>(request);
            Set<Waiting<R>> before = new HashSet<>();
            for (R each : request) {
                Waiting<R> other = last.put(key.apply(each), waiting);
                if (other != null && other != waiting) {
                    before.add(other);
                }
            }
            before.forEach(other -> other.followers.add(waiting));
            waiting.awaited = before.size();
            if (before.isEmpty()) {
                ready.addLast(waiting);
            }
        }
        return ready;
    }

    private Waiting<R> take(CompletionService<Waiting<R>> completions) throws DeliveryFailure {
        try {
            Future<Waiting<R>> ended = completions.take();
            return ended.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while requests were under way", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DeliveryFailure failure) {
                throw failure;
            }
            if (e.getCause() instanceof RuntimeException bug) {
                throw bug;
            }
            throw new ConnectException("a request failed: " + e.getCause().getMessage(), e.getCause());
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
