package io.millrace.ops.images;

import io.millrace.ops.images.ImageFailure.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Works on a picture no longer than that. Used by one thread. */
final class TimeLimit {
    /** So many threads may go on with pictures that were given up, since they do not mind being interrupted. */
    private static final int MAX_STUCK = 4;

    private final Duration limit;
    private final String name;
    private final List<Thread> stuck = new ArrayList<>();

    /**
     * A limit.
     *
     * @param name of the threads in which the work is done
     */
    TimeLimit(Duration limit, String name) {
        this.limit = limit;
        this.name = name;
    }

    /**
     * Does work.
     *
     * @throws ImageFailure of the work, or as it took too long; it is interrupted then
     * @throws IOException of the work
     * @throws IllegalStateException if too many pictures are still being worked on that were given up
     */
    <T> T within(Callable<T> work) throws ImageFailure, IOException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            task.cancel(true);
            giveUp(thread);
            throw new ImageFailure(Reason.TIMED_OUT, "it was not done after " + limit.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a picture was worked on", e);
        } catch (ExecutionException e) {
            throw cause(e);
        }
    }

    private void giveUp(Thread thread) {
        stuck.removeIf(each -> !each.isAlive());
        stuck.add(thread);
        if (stuck.size() > MAX_STUCK) {
            throw new IllegalStateException(
                    stuck.size() + " pictures that were given up are still being worked on and cannot"
                            + " be interrupted; the worker ends so that it can be started anew");
        }
    }

    private static ImageFailure cause(ExecutionException failure) throws ImageFailure, IOException {
        Throwable cause = failure.getCause();
        if (cause instanceof IOException e) {
            throw e;
        }
        if (cause instanceof RuntimeException e) {
            throw e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return cause instanceof ImageFailure e ? e : new ImageFailure(Reason.UNREADABLE, cause.getMessage(), cause);
    }
}
