package io.millrace.connectors.replica;

import java.util.function.LongSupplier;

/**
 * How long changes took lately, in the present half minute and the one before. A batch is added at once: to note each change by
 * itself took a tenth of a sink's time. Thread-safe.
 */
final class RecentDelays {
    private static final long WINDOW_MS = 30_000;

    private final LongSupplier clockMs;
    private Window present;
    private Window before;

    private static final class Window {
        final long number;
        long count;
        double sum;
        double most;

        Window(long number) {
            this.number = number;
        }
    }

    /** None so far, by that clock of milliseconds. */
    RecentDelays(LongSupplier clockMs) {
        this.clockMs = clockMs;
        moveOn();
    }

    private void moveOn() {
        long number = clockMs.getAsLong() / WINDOW_MS;
        if (present == null || present.number != number) {
            before = present != null && present.number == number - 1 ? present : new Window(number - 1);
            present = new Window(number);
        }
    }

    /** Adds changes: how many, how long they took together and the slowest of them, in seconds. */
    synchronized void add(long count, double sum, double most) {
        moveOn();
        present.count += count;
        present.sum += sum;
        present.most = Math.max(present.most, most);
    }

    /** The mean; NaN where no change came. */
    synchronized double mean() {
        moveOn();
        return (present.sum + before.sum) / (present.count + before.count);
    }

    /** The longest; NaN where no change came. */
    synchronized double most() {
        moveOn();
        return present.count + before.count == 0 ? Double.NaN : Math.max(present.most, before.most);
    }
}
