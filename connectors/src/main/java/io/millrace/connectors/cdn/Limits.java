package io.millrace.connectors.cdn;

/**
 * How much one request to a cache may hold.
 *
 * @param targets the most targets
 * @param bytes the most bytes of targets together, each counted with one more
 * @param grows whether targets are put together only as far as many wait, since the cache says of one alone how much went
 */
record Limits(int targets, int bytes, boolean grows) {
    static final Limits ONE = new Limits(1, Integer.MAX_VALUE, false);

    /** The same with at most that many targets; 0 for no other limit. */
    Limits atMost(int most) {
        return most == 0 ? this : new Limits(Math.min(targets, most), bytes, grows);
    }
}
