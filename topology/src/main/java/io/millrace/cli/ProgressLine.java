package io.millrace.cli;

import io.millrace.deadletter.Progress;
import java.io.PrintWriter;

/** A line on a terminal that says how far long work is; nothing is written where there is no terminal. */
final class ProgressLine implements Progress, AutoCloseable {
    /** Work that is done sooner needs no line. */
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    private static final long INTERVAL_NANOS = 200_000_000L;
    private static final int PERCENT = 100;

    private final PrintWriter err;
    private final boolean terminal;
    private long dueNanos = System.nanoTime() + PATIENCE_NANOS;
    private int width;

    ProgressLine(PrintWriter err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    @Override
    public void at(String topic, long done, long total) {
        advanced("reading " + topic, done, total, "records");
    }

    /** So many of all units of some work are done; may be called by several threads. */
    synchronized void advanced(String work, long done, long total, String units) {
        if (terminal && System.nanoTime() - dueNanos >= 0) {
            dueNanos = System.nanoTime() + INTERVAL_NANOS;
            show(work + ": " + done + " of " + total + " " + units + ", "
                    + (total == 0 ? PERCENT : done * PERCENT / total) + " %");
        }
    }

    private void show(String text) {
        err.print("\r" + text + " ".repeat(Math.max(0, width - text.length())) + (text.isEmpty() ? "\r" : ""));
        err.flush();
        width = text.length();
    }

    /** Takes the line away. */
    @Override
    public synchronized void close() {
        if (width > 0) {
            show("");
        }
    }
}
