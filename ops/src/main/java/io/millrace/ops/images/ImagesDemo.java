package io.millrace.ops.images;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.ops.demo.Demo;
import io.millrace.ops.images.DemoUploads.Kind;
import io.millrace.ops.stack.PostgresServer;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.scaling.policy.ScalingPolicy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;

/**
 * The demo of {@code pipelines/images}: uploads, a worker of each group, or as many processes as are needed, and the page that shows
 * what becomes of them.
 */
public final class ImagesDemo implements Demo {
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final long BETWEEN_STARTS_NANOS = 5_000_000_000L;
    private static final int PAUSE_NANOS = 50_000_000;
    private static final long PATIENCE_MS = 5_000;
    private static final int MOST_UPLOADS = 2_000;
    private static final int DELETE_EVERY = 100;
    private static final int KNOWN_EVERY = 12;
    /** Where processes are scaled each rests so long, so that a small machine has to do with several of them. */
    private static final String PAUSE_MS = "400";

    private static final int CORRUPT_EVERY = 15;

    private final Path store;
    private final DemoUploads uploads;
    private final UploadWriter writer;
    private final UploadRate rate;
    private final List<Workers> workers;
    private final Optional<ScaledWorkers> scaled;
    private final PageServer page;
    private final Consumer<String> problems;
    private final AtomicLong done = new AtomicLong();
    private final Thread thread = new Thread(this::run, "demo-uploads");
    private long lookedNanos = System.nanoTime();
    private volatile boolean paused;
    private volatile boolean stopped;

    /**
     * How much there is to see.
     *
     * @param seed of the pictures: the same gives the same ones
     * @param uploadsPerSecond how many pictures; where workers are scaled, when there are most
     * @param port where the page is wished to be; elsewhere, if that is taken
     * @param scaling by what policy processes make thumbnails while uploads come in waves; without one a thread of this process does
     */
    public record Options(long seed, int uploadsPerSecond, int port, Optional<ScalingPolicy> scaling) {
        private UploadRate rate() {
            return scaling.isPresent() ? UploadRate.waves(uploadsPerSecond) : UploadRate.steady(uploadsPerSecond);
        }
    }

    private ImagesDemo(
            Path store,
            UploadWriter writer,
            Options options,
            List<Workers> workers,
            Optional<ScaledWorkers> scaled,
            PageServer page,
            Consumer<String> problems) {
        this.store = store;
        this.writer = writer;
        this.uploads = new DemoUploads(writer, options.seed);
        this.rate = options.rate();
        this.workers = workers;
        this.scaled = scaled;
        this.page = page;
        this.problems = problems;
    }

    /**
     * Starts the demo.
     *
     * @param folder the pipeline's
     * @param config its properties, with the addresses of the stack
     * @param store a folder for pictures
     * @param views where views are served
     * @param problems is told when something must stop, with the reason
     */
    public static ImagesDemo start(
            Path folder,
            PlannedPipeline planned,
            PipelineConfig config,
            List<PostgresServer> shards,
            Path store,
            URI views,
            Options options,
            Consumer<String> problems)
            throws IOException {
        System.setProperty("java.awt.headless", "true");
        ImageStore images = new ImageStore(store);
        Map<String, String> urls = new LinkedHashMap<>();
        shards.forEach(shard -> urls.put(shard.name(), shard.jdbcUrl()));
        PageServer page = PageServer.start(
                options.port, folder.resolve("page"), images, views, () -> new UploadWriter(images, urls));
        Queue queue = Queue.of(planned.pipeline().catalog(), config);
        WorkerConfig worker = WorkerConfig.of(folder, Map.of());
        List<Workers> workers = new ArrayList<>();
        Optional<ScaledWorkers> scaled = Optional.empty();
        if (options.scaling.isPresent()) {
            ScaledWorkers.Work work =
                    new ScaledWorkers.Work(folder, store, urls, Map.of(WorkerConfig.IMAGE_PAUSE, PAUSE_MS));
            scaled = Optional.of(ScaledWorkers.start(
                    options.scaling.get(), config, work, store.resolveSibling(store.getFileName() + "-scaling")));
        } else {
            workers.add(workers(queue, new ThumbnailStep(images), images, urls, worker));
        }
        workers.add(workers(queue, new ScanStep(worker.check()), images, urls, worker));
        ImagesDemo demo =
                new ImagesDemo(store, new UploadWriter(images, urls), options, workers, scaled, page, problems);
        demo.thread.setDaemon(true);
        demo.thread.start();
        return demo;
    }

    private static Workers workers(
            Queue queue, Step step, ImageStore store, Map<String, String> shards, WorkerConfig config) {
        return Workers.start(1, () -> Worker.of(queue, step, store, shards, config, line -> {}), queue.group(step));
    }

    private void run() {
        try {
            long startNanos = System.nanoTime();
            long dueNanos = startNanos;
            while (!stopped) {
                if (paused) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                    dueNanos = System.nanoTime();
                    continue;
                }
                long early = dueNanos - System.nanoTime();
                if (early > 0) {
                    LockSupport.parkNanos(early);
                    continue;
                }
                upload();
                // Each has its own moment, so that a slow one delays none for good.
                dueNanos += Math.round(NANOS_PER_SECOND / rate.perSecond(dueNanos - startNanos));
            }
        } catch (IOException | SQLException | UserError e) {
            if (!stopped) {
                problems.accept("the demo's uploads stopped: " + e.getMessage());
            }
        }
    }

    private void upload() throws IOException, SQLException {
        long number = done.incrementAndGet();
        uploads.next(number % CORRUPT_EVERY == 0 ? Kind.CORRUPT : number % KNOWN_EVERY == 0 ? Kind.KNOWN : Kind.GOOD);
        if (number % DELETE_EVERY == 0) {
            writer.keep(MOST_UPLOADS);
        }
        if (System.nanoTime() - lookedNanos > BETWEEN_STARTS_NANOS) {
            workers.forEach(this::replaceEnded);
            lookedNanos = System.nanoTime();
        }
    }

    private void replaceEnded(Workers group) {
        try {
            for (Throwable failure : group.replaceEnded()) {
                problems.accept("a worker has ended and is started again: " + WorkerCommand.sentence(failure));
            }
        } catch (KafkaException e) {
            problems.accept("a worker has ended and cannot be started again yet: " + e.getMessage());
        }
    }

    /** Where the page is. */
    public URI page() {
        return page.url();
    }

    @Override
    public long changes() {
        return done.get();
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
    }

    @Override
    public String report() {
        return scaled.map(ScaledWorkers::report).orElse("");
    }

    @Override
    public List<String> suggestions() {
        List<String> suggestions = new ArrayList<>(List.of(
                "./millrace images upload --count 20 --corrupt 2 --rejected 1",
                "./millrace images worker --group thumbnails     # one more, to be killed",
                "./millrace dlq list"));
        if (scaled.isPresent()) {
            suggestions.set(1, "./millrace autoscale status");
            suggestions.add(2, "./millrace autoscale history thumbnails");
            suggestions.add(3, "./millrace autoscale set thumbnails 2     # and then: autoscale resume thumbnails");
        }
        suggestions.add("the page: " + page.url());
        return suggestions;
    }

    @Override
    public Map<String, Map<String, String>> status() {
        return Map.of(
                "images",
                Map.of(
                        "store",
                        store.toAbsolutePath().toString(),
                        "page",
                        page.url().toString()));
    }

    @Override
    public void close() {
        stopped = true;
        LockSupport.unpark(thread);
        try {
            thread.join(PATIENCE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        page.close();
        scaled.ifPresent(ScaledWorkers::close);
        workers.forEach(Workers::close);
        writer.close();
    }
}
