package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Makes requests side by side, a bounded number at a time, and of one target one after the other. Those that are made again are half of
 * them at the most, so that targets which a cache does not answer, time after time, leave room for others. One that takes long is not waited
 * for: it goes on while others are made, also by later calls. Several second purges in one request hold up no other of their targets, nor wait
 * for such. Used by one thread, which does for those that make requests what only it may do.
 */
final class Requests implements AutoCloseable {
    /** After so long without an answer a call returns. */
    private static final long GRACE_MS = 250;

    /** Where only second purges are left a call returns after so long: first ones may have come meanwhile. */
    private static final long SECONDS_MS = 20;

    private final int most;
    private final Predicate<DeliveryFailure> counts;
    private final ExecutorService threads;
    /** What is for the thread that uses this: a request that has ended, or something to be done, which gives null. */
    private final BlockingQueue<Supplier<Ended>> events = new LinkedBlockingQueue<>();
    /** What has ended and was met while something else was looked for. */
    private final Deque<Ended> ends = new ArrayDeque<>();
    /** The targets of what is under way. */
    private final Set<String> keys = new HashSet<>();

    private volatile Thread user;
    private int underWay;
    /** How many of them are made again. */
    private int again;
    /** How many wait in this call that were not made before. */
    private long fresh;
    /** How many wait in this call that are not of second purges alone. */
    private int firsts;

    private long calls;

    /**
     * A request that has ended.
     *
     * @param call the one that it was begun by
     * @param again whether it was made before
     * @param failure null where it was made
     */
    private record Ended(List<Purging> request, long call, boolean again, Exception failure) {}

    /** What makes a request. */
    interface Maker {
        void make(List<Purging> request) throws DeliveryFailure;
    }

    /**
     * Makes requests.
     *
     * @param most the most at a time
     * @param name that of its threads
     * @param counts whether a failure still counts when it is met, which may be long after
     */
    Requests(int most, String name, Predicate<DeliveryFailure> counts) {
        this.most = most;
        this.counts = counts;
        this.threads = Executors.newFixedThreadPool(most, work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Does what requests that are under way wait for. */
    void attend() {
        user = Thread.currentThread();
        long begunNanos = System.nanoTime();
        Supplier<Ended> event = events.poll();
        while (event != null) {
            Ended ended = event.get();
            if (ended != null) {
                ends.add(ended);
            }
            event = isOver(begunNanos) ? null : events.poll();
        }
    }

    private static boolean isOver(long begunNanos) {
        return System.nanoTime() - begunNanos > TimeUnit.MILLISECONDS.toNanos(GRACE_MS);
    }

    /** Has the thread that uses this do something, when that attends to it at the latest, and waits for that. */
    void byUser(Runnable work) {
        if (Thread.currentThread().equals(user)) {
            work.run();
            return;
        }
        FutureTask<Void> done = new FutureTask<>(work, null);
        events.add(() -> {
            done.run();
            return null;
        });
        try {
            done.get();
        } catch (InterruptedException e) {
            done.cancel(false);
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while the task's thread was waited for", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure
                    ? failure
                    : new ConnectException("the task's thread has failed: " + e.getCause(), e.getCause());
        }
    }

    /** Whether some are still being made. */
    boolean areUnderWay() {
        return underWay > 0;
    }

    /**
     * Makes requests, but for those that have no room, or whose targets are under way, for too long: they are left. So are second
     * purges that would hold up the call.
     *
     * @param patience after which no other is begun
     * @return whether one was made by now, or none is under way
     * @throws DeliveryFailure the first that one has ended with, be it of an earlier call; no other is begun then
     */
    boolean run(List<List<Purging>> requests, Maker maker, Duration patience) throws DeliveryFailure {
        long sinceNanos = System.nanoTime();
        long untilNanos = sinceNanos + patience.toNanos();
        calls++;
        Deque<List<Purging>> waiting = new ArrayDeque<>(requests);
        fresh = requests.stream().filter(request -> !isAgain(request)).count();
        firsts = (int) requests.stream().filter(request -> !areSeconds(request)).count();
        int begun = 0;
        int begunSeconds = 0;
        boolean made = false;
        DeliveryFailure failure = null;
        while (true) {
            long leftMs = SECONDS_MS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
            if (leftMs <= 0) {
                leaveSeconds(waiting);
            }
            if (failure == null && System.nanoTime() - untilNanos < 0) {
                int firstsBefore = firsts;
                int more = begin(waiting, maker);
                begun += more;
                begunSeconds += more - (firstsBefore - firsts);
            }
            boolean full = underWay == most && !waiting.isEmpty() && failure == null;
            boolean ofFirsts = begun > begunSeconds || (full && firsts > 0);
            Ended ended = next(ofFirsts ? GRACE_MS : begun > 0 || full ? Math.max(0, leftMs) : 0);
            if (ended == null) {
                break;
            }
            made |= ended.failure == null;
            boolean ofSeconds = areSeconds(ended.request);
            begun -= ended.call == calls ? 1 : 0;
            begunSeconds -= ended.call == calls && ofSeconds ? 1 : 0;
            underWay--;
            again -= ended.again ? 1 : 0;
            if (!areApart(ended.request)) {
                ended.request.forEach(purging -> keys.remove(purging.key()));
            }
            if (ended.failure instanceof RuntimeException bug) {
                throw bug;
            }
            if (failure == null && ended.failure instanceof DeliveryFailure met && counts.test(met)) {
                failure = met;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return made || underWay == 0;
    }

    /** Has second purges left to a later call, unless first ones can be begun yet: while a mass of these lasts, both have their turns. */
    private void leaveSeconds(Deque<List<Purging>> waiting) {
        boolean hasFirst = firsts > 0
                && waiting.stream()
                        .anyMatch(request -> !areSeconds(request) && !isAgain(request) && !isHeldUp(request));
        if (!hasFirst && waiting.size() > firsts) {
            waiting.removeIf(Requests::areSeconds);
            fresh = waiting.stream().filter(request -> !isAgain(request)).count();
        }
    }

    /** Begins as many as there is room for, and leaves the others waiting; returns how many it has begun. */
    private int begin(Deque<List<Purging>> waiting, Maker maker) {
        List<List<Purging>> after = new ArrayList<>();
        int begun = 0;
        int mostAgain = Math.max(1, most / 2);
        while (underWay < most && !waiting.isEmpty() && (fresh > 0 || again < mostAgain)) {
            List<Purging> request = waiting.removeFirst();
            boolean isAgain = isAgain(request);
            if ((isAgain && again >= mostAgain) || isHeldUp(request)) {
                after.add(request);
                continue;
            }
            request.forEach(purging -> purging.underWay(true));
            if (!areApart(request)) {
                request.forEach(purging -> keys.add(purging.key()));
            }
            underWay++;
            again += isAgain ? 1 : 0;
            fresh -= isAgain ? 0 : 1;
            firsts -= areSeconds(request) ? 0 : 1;
            begun++;
            long call = calls;
            threads.execute(() -> {
                Ended ended = new Ended(request, call, isAgain, made(request, maker));
                events.add(() -> ended);
            });
        }
        for (int i = after.size() - 1; i >= 0; i--) {
            waiting.addFirst(after.get(i));
        }
        return begun;
    }

    private static boolean isAgain(List<Purging> request) {
        return request.stream().anyMatch(purging -> purging.attempts() > 0);
    }

    private static boolean areSeconds(List<Purging> request) {
        return request.stream().allMatch(Purging::isAgain);
    }

    /**
     * Whether it is nothing to the others of its targets: second purges of several, for which nobody waits. One that is alone may be a page
     * that is fetched anew: an older answer must not come after a younger one.
     */
    private static boolean areApart(List<Purging> request) {
        String key = request.get(0).key();
        return areSeconds(request)
                && request.stream().anyMatch(purging -> !purging.key().equals(key));
    }

    private boolean isHeldUp(List<Purging> request) {
        return !areApart(request) && request.stream().anyMatch(purging -> keys.contains(purging.key()));
    }

    /** Makes a request, and returns the failure that it has ended with; null for none. */
    private static Exception made(List<Purging> request, Maker maker) {
        try {
            maker.make(request);
            return null;
        } catch (DeliveryFailure | RuntimeException e) {
            return e;
        } catch (Error e) {
            return new ConnectException("a request failed: " + e.getMessage(), e);
        } finally {
            request.forEach(purging -> purging.underWay(false));
        }
    }

    /** The next that ends; null where none does for so long. */
    private Ended next(long patienceMs) {
        if (!ends.isEmpty()) {
            return ends.remove();
        }
        long begunNanos = System.nanoTime();
        try {
            while (true) {
                long leftNanos = begunNanos + TimeUnit.MILLISECONDS.toNanos(patienceMs) - System.nanoTime();
                Supplier<Ended> event = events.poll(leftNanos, TimeUnit.NANOSECONDS);
                Ended ended = event == null ? null : event.get();
                // What is to be done may take long, too.
                if (event == null || ended != null || isOver(begunNanos)) {
                    return ended;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException("interrupted while requests were under way", e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
