package io.millrace.connectors.http;

import io.millrace.connectors.delivery.DeliveryFailure;
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
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Makes requests side by side, a bounded number at a time. A request waits for those before it with which it shares a key. When
 * one fails, no other is begun, and those under way are waited for.
 */
final class Lanes implements AutoCloseable {
    private final int most;
    private final ExecutorService threads;

    /** What makes a request. */
    interface Maker {
        void make(List<Message> request) throws DeliveryFailure;
    }

    /** A request, with what waits for it and how many it waits for itself. */
    private static final class Waiting {
        private final List<Message> request;
        private final List<Waiting> followers = new ArrayList<>();
        private int awaited;

        Waiting(List<Message> request) {
            this.request = request;
        }
    }

    Lanes(int most, String name) {
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
    boolean run(List<List<Message>> requests, Maker maker, Duration patience) throws DeliveryFailure {
        long until = System.nanoTime() + patience.toNanos();
        CompletionService<Waiting> completions = new ExecutorCompletionService<>(threads);
        Deque<Waiting> ready = ready(requests);
        Exception failure = null;
        int begun = 0;
        int ended = 0;
        while (true) {
            while (failure == null && begun - ended < most && !ready.isEmpty() && System.nanoTime() < until) {
                Waiting next = ready.removeFirst();
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
                for (Waiting follower : take(completions).followers) {
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

    private static Deque<Waiting> ready(List<List<Message>> requests) {
        Map<String, Waiting> last = new HashMap<>();
        Deque<Waiting> ready = new ArrayDeque<>();
        for (List<Message> request : requests) {
            Waiting waiting = new Waiting(request);
            Set<Waiting> before = new HashSet<>();
            for (Message message : request) {
                Waiting other = last.put(message.order(), waiting);
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

    private static Waiting take(CompletionService<Waiting> completions) throws DeliveryFailure {
        try {
            Future<Waiting> ended = completions.take();
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
