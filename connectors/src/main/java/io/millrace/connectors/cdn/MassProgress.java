package io.millrace.connectors.cdn;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says how far a mass of purges is, a line a minute at most, once some have waited for longer than that of a change. Used by one
 * thread.
 */
final class MassProgress {
    private static final Logger LOG = LoggerFactory.getLogger(MassProgress.class);
    private static final long MASS_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int PERCENT = 100;

    private final String cache;
    private final Function<Set<TopicPartition>, Map<TopicPartition, Long>> ends;
    private final LongSupplier nanoClock;
    /** Where each partition was when purges began to wait; null while none does. */
    private Map<TopicPartition, Long> begun;

    private long begunNanos;
    private long toldNanos;
    private boolean told;
    private volatile long left;

    /**
     * The progress of a cache.
     *
     * @param ends says where partitions end; nothing of one where that cannot be seen
     */
    MassProgress(String cache, Function<Set<TopicPartition>, Map<TopicPartition, Long>> ends, LongSupplier nanoClock) {
        this.cache = cache;
        this.ends = ends;
        this.nanoClock = nanoClock;
    }

    /** How many records were left when it was last looked; 0 when no purge has waited for long. */
    long left() {
        return left;
    }

    /**
     * Looks on.
     *
     * @param waiting whether a first purge waits
     * @param done where each partition is
     * @return what was said; null for nothing
     */
    String look(boolean waiting, Map<TopicPartition, Long> done) {
        long now = nanoClock.getAsLong();
        if (!waiting) {
            String end = told ? "cache " + cache + ": all that waited is purged" : null;
            begun = null;
            told = false;
            left = 0;
            return say(end);
        }
        if (begun == null) {
            begun = new HashMap<>(done);
            begunNanos = now;
        }
        done.forEach(begun::putIfAbsent);
        if (now - begunNanos < MASS_NANOS || (told && now - toldNanos < PAUSE_NANOS)) {
            return null;
        }
        toldNanos = now;
        told = true;
        return say(line(done, now));
    }

    private String line(Map<TopicPartition, Long> done, long now) {
        Map<TopicPartition, Long> end = ends.apply(done.keySet());
        long made = 0;
        long all = 0;
        for (Map.Entry<TopicPartition, Long> each : done.entrySet()) {
            long from = begun.getOrDefault(each.getKey(), each.getValue());
            made += Math.max(0, each.getValue() - from);
            all += Math.max(0, Math.max(each.getValue(), end.getOrDefault(each.getKey(), each.getValue())) - from);
        }
        left = all - made;
        double perSecond = made / ((now - begunNanos) / NANOS_PER_SECOND);
        return "cache " + cache + ": " + made + " of " + all + " invalidations are purged"
                + (all == 0 ? "" : ", " + made * PERCENT / all + " %")
                + (made == 0 ? "" : ", about " + Math.round(left / perSecond) + " s more");
    }

    private static String say(String text) {
        if (text != null) {
            LOG.info("{}", text);
        }
        return text;
    }
}
