package io.millrace.invalidation;

import io.millrace.schemas.Invalidation;
import io.millrace.sql.Sink;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The tags of each sink that are hot, or were so lately: what carries them is popular, and caches may keep it longer, since they are told
 * when it changes. How long, the tags' invalidations say. Of more than {@value #MOST_TAGS} tags those that were told last are known.
 * Thread-safe.
 */
final class HotTags {
    static final int MOST_TAGS = 10_000;
    private static final long MICROS_PER_SECOND = 1_000_000;

    private final LongSupplier nowMicros;
    /** Answers are many, and read this without waiting for each other; what is told is little. */
    private final Map<Hot, List<Tier>> tiers = new ConcurrentHashMap<>();

    /** All of them, the one that was told last being the last. */
    private final Set<Hot> told = new LinkedHashSet<>();

    private List<Sink> sinks = List.of();

    /** A tag as a sink has it. */
    private record Hot(String sink, String tag) {}

    /** For how long caches may keep a tag's pages, and until when that holds. */
    private record Tier(int ttlSeconds, long untilMicros) {
        boolean covers(Tier other) {
            return ttlSeconds >= other.ttlSeconds && untilMicros >= other.untilMicros;
        }
    }

    HotTags(LongSupplier nowMicros) {
        this.nowMicros = nowMicros;
    }

    /** Takes which sinks there are: what others were told of, or the same before they were changed, is forgotten. */
    synchronized void deployed(List<Sink> now) {
        if (!sinks.equals(now)) {
            sinks = List.copyOf(now);
            tiers.clear();
            told.clear();
        }
    }

    /** Takes an invalidation of a tag; only one of a hot tag says anything. */
    synchronized void told(Invalidation invalidation) {
        Integer ttlSeconds = invalidation.ttlSeconds();
        if (ttlSeconds == null) {
            return;
        }
        long now = nowMicros.getAsLong();
        Tier fresh = new Tier(ttlSeconds, invalidation.emittedAtMicros() + ttlSeconds * MICROS_PER_SECOND);
        Hot hot = new Hot(invalidation.sink(), invalidation.target());
        List<Tier> known = new ArrayList<>(tiers.getOrDefault(hot, List.of()));
        known.removeIf(each -> each.untilMicros <= now || fresh.covers(each));
        known.add(fresh);
        tiers.put(hot, List.copyOf(known));
        told.remove(hot);
        told.add(hot);
        forgetOld(now);
    }

    private void forgetOld(long now) {
        Iterator<Hot> oldest = told.iterator();
        while (oldest.hasNext()) {
            Hot each = oldest.next();
            if (told.size() <= MOST_TAGS && longest(tiers.get(each), now) > 0) {
                return;
            }
            oldest.remove();
            tiers.remove(each);
        }
    }

    /**
     * For how long caches may keep what carries tags, as a sink says.
     *
     * @param carried the tags, separated by spaces
     * @return the longest of those of them that are hot, in seconds; 0 if none is
     */
    int ttlSeconds(String sink, String carried) {
        if (tiers.isEmpty()) {
            return 0;
        }
        long now = nowMicros.getAsLong();
        int longest = 0;
        for (String tag : carried.split(" ", -1)) {
            longest = Math.max(longest, longest(tiers.getOrDefault(new Hot(sink, tag), List.of()), now));
        }
        return longest;
    }

    private static int longest(List<Tier> some, long now) {
        int longest = 0;
        for (Tier each : some) {
            longest = each.untilMicros > now ? Math.max(longest, each.ttlSeconds) : longest;
        }
        return longest;
    }

    /** Of how many tags anything is remembered. */
    int size() {
        return tiers.size();
    }
}
