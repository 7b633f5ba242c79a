package io.millrace.sink;

import io.millrace.catalog.CacheConfig;
import io.millrace.cdn.Logged;
import io.millrace.connectors.cdn.FollowedTargets;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Purge;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * The invalidations that a cache has not confirmed yet. The second purge of each, some time later, is not waited for: that the first was
 * made is what readers see. Used by one thread.
 */
final class WaitingInvalidations {
    /** Of more than so many the oldest are forgotten, and wait until the connector's offsets have passed them. */
    private static final int MOST_AHEAD = 100_000;

    private final String cache;
    /** Pages that are only fetched anew do not count. */
    private final FollowedTargets targets;

    /** By key; those of one key are in one partition. */
    private final Map<String, Deque<Logged>> waiting = new HashMap<>();

    /** By key what the cache has confirmed of invalidations that were not told here yet; the latest of them. */
    private final Map<String, Confirmed> ahead = new LinkedHashMap<>();

    /** By partition up to where they were told here. */
    private final Map<Integer, Long> toldTo = new HashMap<>();

    private int size;

    private record Confirmed(int partition, long offset) {
        Confirmed or(Confirmed other) {
            return other.offset > offset ? other : this;
        }
    }

    WaitingInvalidations(String application, CacheConfig cache) {
        this.cache = cache.name();
        this.targets = cache.targets().ofApplication(application);
    }

    int size() {
        return size;
    }

    /** Takes an invalidation that the topic has after the others. */
    void told(Invalidation invalidation, int partition, long offset) {
        toldTo.merge(partition, offset, Math::max);
        Confirmed confirmed = ahead.get(invalidation.key());
        boolean isDone = confirmed != null && confirmed.offset >= offset;
        if (isDone && confirmed.offset == offset) {
            ahead.remove(invalidation.key());
        }
        if (!isDone && targets.mustForget(invalidation)) {
            waiting.computeIfAbsent(invalidation.key(), any -> new ArrayDeque<>())
                    .add(new Logged(invalidation, partition, offset));
            size++;
        }
    }

    /** Takes what came of an invalidation; what a cache has done, it has done for all that was told of the target before. */
    void done(Purge purge) {
        if (!purge.cache().equals(cache)) {
            return;
        }
        if (purge.offset() > toldTo.getOrDefault(purge.partition(), -1L)) {
            ahead.merge(purge.key(), new Confirmed(purge.partition(), purge.offset()), Confirmed::or);
            if (ahead.size() > MOST_AHEAD) {
                ahead.remove(ahead.keySet().iterator().next());
            }
        }
        Deque<Logged> ofKey = waiting.get(purge.key());
        if (ofKey == null) {
            return;
        }
        int before = ofKey.size();
        ofKey.removeIf(each -> each.offset() <= purge.offset());
        size -= before - ofKey.size();
        if (ofKey.isEmpty()) {
            waiting.remove(purge.key());
        }
    }

    /** How many are between two offsets of a partition, the latter not among them. */
    long between(int partition, long from, long to) {
        return waiting.values().stream()
                .flatMap(Deque::stream)
                .filter(each -> each.partition() == partition && each.offset() >= from && each.offset() < to)
                .count();
    }

    /** Takes up to where the connector is done with all. */
    void passed(Map<TopicPartition, Long> offsets) {
        Map<Integer, Long> byPartition = new HashMap<>();
        offsets.forEach((partition, offset) -> {
            byPartition.put(partition.partition(), offset);
            toldTo.merge(partition.partition(), offset - 1, Math::max);
        });
        ahead.values().removeIf(each -> each.offset < byPartition.getOrDefault(each.partition, 0L));
        waiting.values().removeIf(ofKey -> {
            int before = ofKey.size();
            ofKey.removeIf(each -> each.offset() < byPartition.getOrDefault(each.partition(), 0L));
            size -= before - ofKey.size();
            return ofKey.isEmpty();
        });
    }

    /**
     * How far the cache is behind.
     *
     * @param unread whether the topic has records that were not read yet, of which some may wait as well
     */
    SinkLag lag(boolean unread, long nowMs) {
        SinkLag lag = new SinkLag(0, unread, Optional.empty(), Map.of(), nowMs);
        for (Deque<Logged> ofKey : waiting.values()) {
            for (Logged each : ofKey) {
                lag = lag.and(
                        new SinkLag(1, false, Optional.of(each.sinceMicros()), position(each.invalidation()), nowMs));
            }
        }
        return lag;
    }

    private static Map<String, Long> position(Invalidation invalidation) {
        return invalidation.shard() == null || invalidation.position() == null
                ? Map.of()
                : Map.of(invalidation.shard(), invalidation.position());
    }
}
