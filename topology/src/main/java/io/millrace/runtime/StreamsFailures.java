package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.schemas.RegistryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when a processing thread fails: for what may pass the thread is replaced after a growing pause, a bounded
 * number of times in a while; for all else the application stops, for another try would fail on the same record.
 */
public final class StreamsFailures implements StreamsUncaughtExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(StreamsFailures.class);
    private static final int MOST_RESTARTS = 20;
    private static final long WINDOW_MS = TimeUnit.MINUTES.toMillis(10);
    private static final long FIRST_PAUSE_MS = 200;
    private static final long LONGEST_PAUSE_MS = 20_000;

    private final Runnable restarts;
    private final Deque<Long> recent = new ArrayDeque<>();
    private final AtomicReference<Throwable> fatal = new AtomicReference<>();

    public StreamsFailures(Runnable restarts) {
        this.restarts = restarts;
    }

    /** What stopped the application, or null. */
    public Throwable fatal() {
        return fatal.get();
    }

    @Override
    public StreamThreadExceptionResponse handle(Throwable exception) {
        if (mayPass(exception)) {
            int count = noteRestart();
            if (count <= MOST_RESTARTS) {
                LOG.warn("a processing thread failed ({} in a while) and is replaced: {}", count, message(exception));
                restarts.run();
                pause(count);
                return StreamThreadExceptionResponse.REPLACE_THREAD;
            }
            LOG.error("processing threads failed {} times within {} ms", count, WINDOW_MS);
        }
        fatal.compareAndSet(null, exception);
        LOG.error("the application stops: {}", message(exception), exception);
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    /**
     * Whether the same may succeed later: a broker or the registry that did not answer; or whose producer the brokers have given up
     * meanwhile, as they do when a process stands still for longer than a transaction may last. A new thread has a new one.
     */
    static boolean mayPass(Throwable exception) {
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof RegistryException registry) {
                return registry.isTransient();
            }
            if (cause instanceof RetriableException || cause instanceof InvalidTxnStateException) {
                return true;
            }
        }
        return false;
    }

    /** What a person needs to know. */
    public static String message(Throwable exception) {
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof MissingSourceTopicException) {
                return "a source topic was deleted: " + cause.getMessage();
            }
            if (cause instanceof RecordTooLargeException) {
                return "a record is too large; raise " + PipelineConfig.RECORD_MAX_BYTES.name()
                        + " and max.message.bytes of the topics: " + cause.getMessage();
            }
            if (cause instanceof RegistryException || cause.getCause() == null) {
                return cause.toString();
            }
        }
        return String.valueOf(exception);
    }

    private synchronized int noteRestart() {
        long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        recent.addLast(now);
        while (now - recent.getFirst() > WINDOW_MS) {
            recent.removeFirst();
        }
        return recent.size();
    }

    private static void pause(int count) {
        long pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(count - 1, 10));
        try {
            Thread.sleep(pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs / 2 + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
