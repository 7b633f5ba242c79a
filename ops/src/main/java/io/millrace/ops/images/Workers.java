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

    private final List<Worker> workers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch oneEnded = new CountDownLatch(1);

    /** Starts that many. */
    static Workers start(int count, Supplier<Worker> maker, String name) {
        Workers started = new Workers();
        for (int i = 1; i <= count; i++) {
            Worker worker = maker.get();
            Thread thread = new Thread(() -> started.run(worker), name + "-" + i);
            started.workers.add(worker);
            started.threads.add(thread);
            thread.start();
        }
        return started;
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
    Optional<Throwable> failure() {
        return workers.stream().flatMap(worker -> worker.failure().stream()).findFirst();
    }

    @Override
    public void close() {
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
