package io.millrace.scaling;

/** Whether the metrics that were written up to some moment are read, in all partitions. Used by one thread. */
interface MetricsBacklog extends AutoCloseable {
    /** Remembers where the metrics end now. */
    void mark() throws InterruptedException;

    /** Whether all before that is read, and on its way to its services. */
    boolean isReadToMark() throws InterruptedException;

    @Override
    void close();
}
