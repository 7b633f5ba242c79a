package io.millrace.runtime;

import io.millrace.plan.PlanNode;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.rocksdb.RocksDBException;

/**
 * When a generation's views go to their topics: from the start, or, where an older version of a view may have written there,
 * once that one has ended; then what its topic has is read first. Thread-safe.
 */
final class Publication implements AutoCloseable {
    /** So many rows are compared at a time that no record waits noticeably. */
    static final int COMPARE_LIMIT = 5_000;

    private final Source source;
    private final int compareLimit;
    private final ExecutorService reader;
    private volatile boolean allowed;

    /** What views' topics have. */
    interface Source {
        /**
         * Reads what a partition of a view's topic has.
         *
         * @param wanted is asked from time to time
         * @return null if it is not wanted any more
         */
        PublishedRows read(PlanNode.View view, TopicPartition partition, BooleanSupplier wanted)
                throws IOException, RocksDBException, ExecutionException, InterruptedException, TimeoutException;
    }

    private Publication(Source source, int compareLimit) {
        this.source = source;
        this.compareLimit = compareLimit;
        // One at a time: each takes a consumer and the disk.
        this.reader = source == null
                ? null
                : Executors.newSingleThreadExecutor(task -> {
                    Thread thread = new Thread(task, "published-rows");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Of views that nobody published before. */
    static Publication fromTheStart() {
        return new Publication(null, 0);
    }

    /**
     * Of views that wait until it is allowed.
     *
     * @param compareLimit how many rows are compared with the topic at a time
     */
    static Publication late(Source source, int compareLimit) {
        return new Publication(source, compareLimit);
    }

    /** Whether views wait until it is allowed. */
    boolean isLate() {
        return source != null;
    }

    /** Lets the views go to their topics: nobody else writes there any more. */
    void allow() {
        allowed = true;
    }

    boolean isAllowed() {
        return allowed;
    }

    /** How many rows are compared with the topic at a time. */
    int compareLimit() {
        return compareLimit;
    }

    /** Begins to read what a partition of a view's topic has; it is null if it was not wanted any more. */
    CompletableFuture<PublishedRows> read(PlanNode.View view, TopicPartition partition, BooleanSupplier wanted) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return source.read(view, partition, wanted);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new CompletionException(e);
                    } catch (IOException | RocksDBException | ExecutionException | TimeoutException e) {
                        throw new CompletionException(e);
                    }
                },
                reader);
    }

    @Override
    public void close() {
        if (reader != null) {
            reader.shutdown();
        }
    }
}
