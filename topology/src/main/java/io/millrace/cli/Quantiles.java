package io.millrace.cli;

import java.util.Map;
import java.util.TreeMap;

/** How long something took, in milliseconds, counted by value. */
final class Quantiles {
    private final TreeMap<Long, Long> counts = new TreeMap<>();
    private long total;

    void add(long ms) {
        counts.merge(ms, 1L, Long::sum);
        total++;
    }

    /** What that share of all took at most; -1 where there are none. */
    long at(double share) {
        long left = (long) Math.ceil(share * total);
        for (Map.Entry<Long, Long> each : counts.entrySet()) {
            left -= each.getValue();
            if (left <= 0) {
                return each.getKey();
            }
        }
        return -1;
    }

    String text(double share) {
        return total == 0 ? "" : Long.toString(at(share));
    }
}
