package io.millrace.runtime;

import java.time.Duration;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * Decides when a thread commits. Nothing that was processed is seen by anybody before its commit, and a commit takes time
 * in which nothing is processed, here and at the brokers; so: at once when there is nothing left to process, a short while
 * after the first change when more is at hand, and never so often that commits take more than a share of a thread's time.
 * A single change is thus seen at once, and batches grow with the load by themselves: also with a load of single changes,
 * one every few milliseconds, each of which would otherwise be a commit of its own.
 *
 * <p>A thread has one transaction for all its tasks, hence one pace. Kafka Streams looks at requested commits after every
 * round over its tasks, and commits every task of the thread then; between rounds it polls, which is where this learns
 * that there is nothing left (see {@link PacedClients}). Thread-safe.
 */
public final class CommitPacer {
    private static final int PERCENT = 100;

    private final long delayNanos;
    private final int sharePercent;
    private final ThreadLocal<Pace> paces = ThreadLocal.withInitial(Pace::new);

    /** One thread's. */
    private static final class Pace {
        private ProcessorContext<?, ?> changed;
        private boolean requested;
        private long dueNanos;
        private long pauseEndNanos = System.nanoTime();
        private long costNanos;
        private long transactions;
    }

    /**
     * A pacer.
     *
     * @param delayMs how long a first change waits for others while more records are at hand
     * @param sharePercent the share of a thread's time that commits may take
     */
    public CommitPacer(int delayMs, int sharePercent) {
        this.delayNanos = Duration.ofMillis(delayMs).toNanos();
        this.sharePercent = sharePercent;
    }

    /** The clients of an application that it paces. */
    public KafkaClientSupplier clients() {
        return new PacedClients(this, () -> PacedClients.Transactions.UNHEARD);
    }

    /** Takes note that a record was processed. */
    public void changed(ProcessorContext<?, ?> context) {
        Pace pace = paces.get();
        if (pace.requested) {
            return;
        }
        long now = System.nanoTime();
        if (pace.changed == null) {
            pace.changed = context;
            pace.dueNanos = Math.max(now + delayNanos, pace.pauseEndNanos);
        }
        if (now - pace.dueNanos >= 0) {
            request(pace);
        }
    }

    /** The number of the thread's transaction: what it processes while this is the same is committed together, or not at all. */
    public long transaction() {
        return paces.get().transactions;
    }

    /**
     * Takes note that a thread has processed all that it has; returns how long it may wait for more.
     *
     * @param wanted how long it would wait
     */
    Duration drained(Duration wanted) {
        Pace pace = paces.get();
        if (pace.changed == null || pace.requested) {
            return wanted;
        }
        long early = pace.pauseEndNanos - System.nanoTime();
        if (early > 0) {
            return early < wanted.toNanos() ? Duration.ofNanos(early) : wanted;
        }
        request(pace);
        return Duration.ZERO;
    }

    /** Takes note that a commit has ended, or a rollback. */
    void committed(long tookNanos) {
        Pace pace = paces.get();
        pace.transactions++;
        pace.costNanos = pace.costNanos == 0 ? tookNanos : (3 * pace.costNanos + tookNanos) / 4;
        pace.pauseEndNanos = System.nanoTime() + pace.costNanos * (PERCENT - sharePercent) / sharePercent;
        pace.changed = null;
        pace.requested = false;
    }

    private static void request(Pace pace) {
        pace.requested = true;
        pace.changed.commit();
    }
}
