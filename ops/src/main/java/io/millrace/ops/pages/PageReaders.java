package io.millrace.ops.pages;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Readers of pages through the cache, at a steady rate: popular ones far more often. */
public final class PageReaders implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final int CLOSE_MS = 5_000;

    private final URI cache;
    private final Supplier<List<String>> paths;
    private final int perSecond;
    private final Random random;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final Thread thread = new Thread(this::run, "page-readers");
    private volatile boolean stopped;

    private PageReaders(URI cache, Supplier<List<String>> paths, int perSecond, long seed) {
        this.cache = cache;
        this.paths = paths;
        this.perSecond = perSecond;
        this.random = new Random(seed);
    }

    /**
     * Starts to read.
     *
     * @param paths what there is to read, the popular first
     */
    public static PageReaders start(URI cache, Supplier<List<String>> paths, int perSecond, long seed) {
        PageReaders readers = new PageReaders(cache, paths, perSecond, seed);
        readers.thread.setDaemon(true);
        readers.thread.start();
        return readers;
    }

    private void run() {
        long start = System.nanoTime();
        for (long count = 0; !stopped; count++) {
            long early = start + count * NANOS_PER_SECOND / perSecond - System.nanoTime();
            if (early > 0) {
                LockSupport.parkNanos(early);
            }
            List<String> all = paths.get();
            if (!all.isEmpty()) {
                read(all.get(popular(all.size(), random.nextDouble())));
            }
        }
    }

    /** One of so many by Zipf's law, as pages are read: the second half as often as the first, the third a third as often. */
    static int popular(int number, double chance) {
        return (int) Math.min(number - 1L, (long) Math.exp(chance * Math.log(number + 1.0)) - 1);
    }

    private void read(String path) {
        HttpRequest request =
                HttpRequest.newBuilder(cache.resolve(path)).timeout(PATIENCE).build();
        try {
            client.send(request, HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            // The cache is being started again, or stopped: readers come back.
            LockSupport.parkNanos(NANOS_PER_SECOND / 10);
        } catch (InterruptedException e) {
            stopped = true;
        }
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
