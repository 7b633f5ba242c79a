package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Fetches pages through a cache after their purge, a bounded number at a time, so that the first who asks has not to wait. A page that
 * cannot be fetched, or for which there is no room, is fetched by who asks for it. Thread-safe.
 */
final class Warmer implements AutoCloseable {
    private static final int MOST_WAITING = 1_000;

    private final Pages pages;
    private final ThreadPoolExecutor threads;
    private final AtomicLong warmed = new AtomicLong();
    private final AtomicLong missed = new AtomicLong();

    /** What fetches a page. */
    interface Pages {
        void fetch(String target) throws DeliveryFailure;
    }

    Warmer(Pages pages, int concurrency, String name) {
        this.pages = pages;
        this.threads = new ThreadPoolExecutor(
                concurrency,
                concurrency,
                1,
                TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(MOST_WAITING),
                work -> {
                    Thread thread = new Thread(work, name);
                    thread.setDaemon(true);
                    return thread;
                },
                (work, unused) -> missed.incrementAndGet());
    }

    /** Has a page fetched. */
    void warm(String target) {
        threads.execute(() -> {
            try {
                pages.fetch(target);
                warmed.incrementAndGet();
            } catch (DeliveryFailure | ConnectException e) {
                missed.incrementAndGet();
            }
        });
    }

    long warmed() {
        return warmed.get();
    }

    long missed() {
        return missed.get();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
