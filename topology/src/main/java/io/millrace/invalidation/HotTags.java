package io.millrace.invalidation;

import io.millrace.schemas.Invalidation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The tags that are hot, or were so lately: what carries them is popular, and caches may keep it longer, since they are told when it
 * changes. How long, the tags' invalidations say. Of more than {@value #MOST_TAGS} tags those that were told last are known.
 * Thread-safe.
 */
final class HotTags {
    static final int MOST_TAGS = 10_000;
    private static final long MICROS_PER_SECOND = 1_000_000;

    private final LongSupplier nowMicros;
    private final Map<String, Hot> tags = new LinkedHashMap<>();
    /** Answers are many, hot tags are few. */
    private volatile boolean none = true;

    /** For how long caches may keep a tag's pages, and until when that is known. */
    private record Hot(int ttlSeconds, long untilMicros) {}

    HotTags(LongSupplier nowMicros) {
        this.nowMicros = nowMicros;
    }

    /** Takes an invalidation of a tag; only one of a hot tag says anything. */
    synchronized void told(Invalidation invalidation) {
        Integer ttlSeconds = invalidation.ttlSeconds();
        if (ttlSeconds == null) {
            return;
        }
        long untilMicros = invalidation.emittedAtMicros() + ttlSeconds * MICROS_PER_SECOND;
        Hot before = tags.remove(invalidation.target());
        boolean keepsLonger =
                before != null && before.ttlSeconds > ttlSeconds && before.untilMicros > nowMicros.getAsLong();
        tags.put(invalidation.target(), keepsLonger ? before : new Hot(ttlSeconds, untilMicros));
        if (tags.size() > MOST_TAGS) {
            tags.remove(tags.keySet().iterator().next());
        }
        none = false;
    }

    /**
     * For how long caches may keep what carries tags.
     *
     * @param carried the tags, separated by spaces
     * @return the longest of those of them that are hot, in seconds; 0 if none is
     */
    int ttlSeconds(String carried) {
        return none ? 0 : longest(carried);
    }

    private synchronized int longest(String carried) {
        long now = nowMicros.getAsLong();
        int longest = 0;
        for (String tag : carried.split(" ", -1)) {
            Hot hot = tags.get(tag);
            if (hot != null && hot.untilMicros <= now) {
                tags.remove(tag);
                none = tags.isEmpty();
            } else if (hot != null) {
                longest = Math.max(longest, hot.ttlSeconds);
            }
        }
        return longest;
    }
}
