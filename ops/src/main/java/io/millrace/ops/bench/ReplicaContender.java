package io.millrace.ops.bench;

/** What keeps a table of another database equal to one of the source, in a database of its own on the same server. */
interface ReplicaContender extends AutoCloseable {
    String name();

    /** The address of the database that it writes to. */
    String targetUrl();

    /**
     * Begins to bring a table's rows and changes to the target, from the first on.
     *
     * @param round which time it is
     */
    void begin(ReplicaData.Load load, int round) throws Exception;

    /** Stops and leaves the target's table as it is. */
    void end() throws Exception;

    /** The processor time of its own process so far, in seconds; NaN where it has none. */
    double processorSeconds();

    @Override
    void close();
}
