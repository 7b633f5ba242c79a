package io.millrace.connectors.cdn;

/**
 * How much one request to a cache may hold.
 *
 * @param targets the most targets
 * @param bytes the most bytes of targets together, each counted with one more
 * @param together which targets are put together
 */
record Limits(int targets, int bytes, Together together) {
    static final Limits ONE = new Limits(1, Integer.MAX_VALUE, Together.ALL);

    /** Which targets are put together. */
    enum Together {
        /** As many as there are. */
        ALL,
        /** As many as there are, but second purges by themselves: first ones would wait for what the rate has for these. */
        SECONDS_APART,
        /** As few as a mass allows, since the cache says of one alone how much went; but second purges all. */
        OF_A_MASS,
        /** Those of a mass that are near each other in their partition: the same ones, whenever they are read. */
        NEIGHBOURS
    }

    boolean areSecondsApart() {
        return together == Together.OF_A_MASS || together == Together.SECONDS_APART;
    }

    /** The same with at most that many targets; 0 for no other limit. */
    Limits atMost(int most) {
        return most == 0 ? this : new Limits(Math.min(targets, most), bytes, together);
    }
}
