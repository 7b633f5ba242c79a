package io.millrace.ops.images;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** How many pictures may be worked on in this process at a time: as many as its memory is enough for. Thread-safe. */
final class Memory {
    /** A picture as it is read, as it is turned and as it is made opaque, and its file; and what else a worker needs. */
    private static final long BYTES_OF_ONE = 224L << 20;

    private static final long PATIENCE_SECONDS = 30;

    private static final Semaphore PERMITS =
            new Semaphore((int) Math.max(1, Math.min(1_000, Runtime.getRuntime().maxMemory() / BYTES_OF_ONE)), true);

    private Memory() {}

    /** Waits for the memory for one; says whether there is. Who has it releases it. */
    static boolean acquired() {
        try {
            return PERMITS.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    static void release() {
        PERMITS.release();
    }
}
