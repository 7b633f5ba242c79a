package io.millrace.ops.images;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Workers side by side, each in a thread of its own. */
final class Workers implements AutoCloseable {
    private static final long PATIENCE_MS = 30_000;

    private final Supplier<Worker> maker;
    private final String name;
    private final List<Worker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch oneEnded = new CountDownLatch(1);
    private boolean closed;

    private Workers(Supplier<Worker> maker, String name) {
        this.maker = maker;
        this.name = name;
    }

    /** Starts that many. */
    static Workers start(int count, Supplier<Worker> maker, String name) {
        Workers started = new Workers(maker, name);
        for (int i = 0; i < count; i++) {
            started.start(i);
        }
        return started;
    }

    private void start(int place) {
        Worker worker = maker.get();
        Thread thread = new Thread(() -> run(worker), name + "-" + (place + 1));
        workers.add(place, worker);
        threads.add(place, thread);
        thread.start();
    }

    /**
     * Starts another in the place of each that has ended without being told to: it goes on where that one was.
     *
     * @return what ended them
     */
    synchronized List<Throwable> replaceEnded() {
        List<Throwable> failures = new ArrayList<>();
        for (int i = 0; i < workers.size() && !closed; i++) {
            Optional<Throwable> failure = workers.get(i).failure();
            // It has left the group only when its thread is at its end.
            if (failure.isPresent() && !threads.get(i).isAlive()) {
                start(i);
                workers.remove(i + 1);
                threads.remove(i + 1);
                failures.add(failure.get());
            }
        }
        return failures;
    }

    private void run(Worker worker) {
        try {
            worker.run();
        } finally {
            oneEnded.countDown();
        }
    }

    /** Waits until one has ended. */
    void awaitEnd() throws InterruptedException {
        oneEnded.await();
    }

    /** What ended one of them, if any did without being told to. */
    synchronized Optional<Throwable> failure() {
        return workers.stream().flatMap(worker -> worker.failure().stream()).findFirst();
    }

    @Override
    public synchronized void close() {
        closed = true;
        workers.forEach(Worker::stop);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        for (Thread thread : threads) {
            try {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
