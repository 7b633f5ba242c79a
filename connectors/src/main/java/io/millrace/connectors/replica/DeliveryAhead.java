package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.MDC;

/**
 * Delivers one batch by a thread of its own, while Connect reads and converts the next one. Until it is waited for, nobody else
 * may touch what it is delivered by. Used by the task's thread.
 *
 * <p>That thread sets nothing aside. What cannot be delivered without is left, for the task's thread to deliver.
 */
final class DeliveryAhead {
    private final ExecutorService thread;
    /** What was handed over and is not known to be delivered. */
    private List<Received> left = List.of();

    private Future<Boolean> outcome;

    /** How a batch is delivered. */
    interface Delivery {
        /** Says whether all of it is delivered; else a part may be, and something of the rest is at fault. */
        boolean deliver(List<Received> batch) throws DeliveryFailure;
    }

    DeliveryAhead(String name) {
        thread = Executors.newSingleThreadExecutor(task -> {
            Thread made = new Thread(task, name);
            made.setDaemon(true);
            return made;
        });
    }

    /** Hands a batch over; nothing is left of one before. */
    void hand(List<Received> batch, Delivery delivery) {
        left = batch;
        // By it Connect says of each line of the log which task has written it.
        Map<String, String> logged = MDC.getCopyOfContextMap();
        outcome = thread.submit(() -> {
            if (logged != null) {
                MDC.setContextMap(logged);
            }
            try {
                return delivery.deliver(batch);
            } finally {
                MDC.clear();
            }
        });
    }

    /**
     * Waits until what was handed over is delivered, or is not.
     *
     * @return whether all of it was, since the last time; else what was handed over is left
     * @throws DeliveryFailure what has failed, once; then it is left, too
     */
    boolean finish() throws DeliveryFailure {
        if (outcome == null) {
            return false;
        }
        try {
            boolean isWhole = outcome.get();
            outcome = null;
            left = isWhole ? List.of() : left;
            return isWhole;
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            outcome = null;
            if (e.getCause() instanceof DeliveryFailure failure) {
                throw failure;
            }
            throw e.getCause() instanceof ConnectException failure
                    ? failure
                    : new ConnectException("a batch could not be delivered: " + e.getCause(), e.getCause());
        }
    }

    /** Waits until nothing is under way, whatever came of it. */
    void await() {
        try {
            if (outcome != null) {
                outcome.get();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            // It shows when somebody asks for it.
            return;
        }
    }

    private static ConnectException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ConnectException("interrupted while a batch was delivered", e);
    }

    /** What was handed over and is not known to be delivered, or a part of it; it is to be delivered before anything else. */
    List<Received> left() {
        return left;
    }

    /** Nothing is left any more. */
    void clear() {
        left = List.of();
    }

    /** Drops what is left that is such, and what came of it; the rest is delivered again. Nothing may be under way. */
    void drop(Predicate<Received> which) {
        List<Received> rest = new ArrayList<>(left);
        if (rest.removeIf(which)) {
            left = rest;
            outcome = null;
        }
    }

    /** Ends the thread, when nothing is under way any more. */
    void stop() {
        thread.shutdown();
        await();
    }
}
