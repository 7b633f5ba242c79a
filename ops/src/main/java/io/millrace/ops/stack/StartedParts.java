package io.millrace.ops.stack;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Parts that are started side by side and are closed in reverse order, also those that are ready only afterwards.
 * Thread-safe.
 */
public final class StartedParts {
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final Supplier<RuntimeException> late;
    private final BiConsumer<AutoCloseable, Exception> notClosed;
    private boolean ended;

    /**
     * No parts.
     *
     * @param late makes what {@link #add} throws after the end
     * @param notClosed is told of a part that could not be closed
     */
    public StartedParts(Supplier<RuntimeException> late, BiConsumer<AutoCloseable, Exception> notClosed) {
        this.late = late;
        this.notClosed = notClosed;
    }

    /** Takes a part to close, and returns it; one that is ready only after the end is closed at once. */
    public <T extends AutoCloseable> T add(T part) {
        synchronized (started) {
            if (!ended) {
                started.push(part);
                return part;
            }
        }
        close(part);
        throw late.get();
    }

    /** Takes no more parts; returns those that are to be closed, the last first. */
    public List<AutoCloseable> end() {
        synchronized (started) {
            ended = true;
            List<AutoCloseable> parts = List.copyOf(started);
            started.clear();
            return parts;
        }
    }

    /** Whether {@link #end} was called. */
    public boolean isEnded() {
        synchronized (started) {
            return ended;
        }
    }

    /** Closes a part; the others must still be closed when that fails. */
    public void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            notClosed.accept(part, e);
        }
    }

    /** Waits for a part that is being started. @throws Exception what its start threw */
    public static <T> T outcome(Future<T> starting) throws Exception {
        try {
            return starting.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
