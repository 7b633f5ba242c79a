package io.millrace.connectors.delivery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a storm of bad records from filling the dead letters. Of any number of records in a row, as many as it is told, at most
 * a part is set aside; the record that would be the next is held: it is neither delivered nor set aside, and nothing behind it
 * is read. After each pause it is tried again, and when one passes everything goes on. Thread-safe.
 */
public final class Breaker {
    /** What a sink's consumer group says with its offsets while the breaker is open: who looks how far the sink is sees it. */
    public static final String OPEN_MARK = "breaker-open";

    private static final Logger LOG = LoggerFactory.getLogger(Breaker.class);

    private final int records;
    private final int limit;
    private final Duration pause;
    private final LongSupplier nanoClock;
    /** Of the last records, whether they were bad; the oldest first. */
    private final Deque<Boolean> window = new ArrayDeque<>();

    private int bad;
    private boolean open;
    private RecordPosition held;
    private long probeAtNanos;

    /** What a delivery ends with while the breaker is open. */
    public static final class Open extends DeliveryFailure {
        private static final long serialVersionUID = 1;

        private Open(String message, Throwable cause, Duration pause) {
            super(FailureKind.TRANSIENT, message, cause, pause);
        }
    }

    /**
     * A closed breaker.
     *
     * @param records of how many records in a row the bad ones are counted; 0 for a breaker that never opens
     * @param ratio the part of them that may be set aside, 0 to 1
     * @param pause how long a record that is held is left alone before it is tried again
     */
    public Breaker(int records, double ratio, Duration pause, LongSupplier nanoClock) {
        this.records = records;
        this.limit = (int) Math.ceil(records * ratio);
        this.pause = pause;
        this.nanoClock = nanoClock;
    }

    /** What is to be committed with offsets. */
    public String mark() {
        return isOpen() ? OPEN_MARK : "";
    }

    public synchronized boolean isOpen() {
        return open;
    }

    /** The record that is held; null where none is. */
    public synchronized RecordPosition held() {
        return held;
    }

    /** Counts records that were delivered. */
    synchronized void passed(int count) {
        for (int i = 0; i < count && records > 0; i++) {
            add(false);
        }
    }

    /** Whether one more record may be set aside, which is counted then. */
    synchronized boolean admit() {
        if (records == 0) {
            return true;
        }
        if (open) {
            return false;
        }
        makeRoom();
        if (bad >= limit) {
            return false;
        }
        add(true);
        return true;
    }

    /**
     * Counts records in their order, of which just those are set aside that are known to be bad, as far as they may be.
     *
     * @return how many of them, from the first on
     */
    synchronized int take(List<Boolean> known) {
        for (int i = 0; i < known.size() && records > 0; i++) {
            if (!known.get(i)) {
                add(false);
            } else if (!admit()) {
                return i;
            }
        }
        return known.size();
    }

    private void add(boolean wasBad) {
        makeRoom();
        window.addLast(wasBad);
        bad += wasBad ? 1 : 0;
    }

    private void makeRoom() {
        if (window.size() == records) {
            bad -= window.removeFirst() ? 1 : 0;
        }
    }

    /** Opens, and holds that record. */
    synchronized Open open(RecordPosition position, Exception reason) {
        if (!open) {
            open = true;
            held = position;
            probeAtNanos = nanoClock.getAsLong() + pause.toNanos();
            LOG.error(
                    "{} of the last {} records were set aside as dead letters. The sink has stopped: it sets aside nothing"
                            + " more, reads nothing more, and tries record {} again every {} ms until it passes. Mend the"
                            + " cause, or set {} = 0 to have all such records in the dead letters, or restart the task to"
                            + " let as many more go there. It was: {}",
                    bad,
                    window.size(),
                    position,
                    pause.toMillis(),
                    DeliveryConfig.BREAKER_RECORDS,
                    reason.getMessage());
        }
        return stopped(reason);
    }

    private Open stopped(Throwable reason) {
        long left = Math.max(1_000_000, probeAtNanos - nanoClock.getAsLong());
        return new Open(
                "the breaker is open, record " + held + " is held" + (reason == null ? "" : ": " + reason.getMessage()),
                // Not what is behind the reason: Connect logs it, and it may hold what the target said of values.
                null,
                Duration.ofNanos(left));
    }

    /** Throws while it is too early to try a record. */
    synchronized void checkPause() throws Open {
        if (open && nanoClock.getAsLong() < probeAtNanos) {
            throw stopped(null);
        }
    }

    /** Stays open, after a record that was tried is still at fault. */
    synchronized Open stillOpen(Exception reason) {
        probeAtNanos = nanoClock.getAsLong() + pause.toNanos();
        return stopped(reason);
    }

    /** Closes, as after a record that has passed; what was bad before counts no more. */
    synchronized void close() {
        LOG.info("record {} has passed: the sink goes on", held);
        open = false;
        held = null;
        window.clear();
        bad = 0;
    }
}
