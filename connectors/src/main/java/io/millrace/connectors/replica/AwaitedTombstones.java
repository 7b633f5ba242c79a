package io.millrace.connectors.replica;

import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Deletions whose tombstone has not come yet. A tombstone right behind its deletion says nothing new; as it has no position of
 * its own, it must not be taken for a deletion that compaction has dropped: where its deletion was sent again, it would
 * delete the row that came afterwards. So who goes on elsewhere must see the deletion, too: a partition's offset in the
 * database stays before a deletion until its tombstone is passed. Used by one thread at a time.
 */
final class AwaitedTombstones {
    /** One follows the other closely; one that does not come within so many records was never written. */
    private static final int MOST_RECORDS_BETWEEN = 1_000;

    private Map<Deleted, Long> offsets = new LinkedHashMap<>();

    private record Deleted(TopicPartition partition, String shard, List<String> key) {}

    /**
     * What a batch makes of it, once it is committed.
     *
     * @param awaited the deletions, with their offsets
     * @param expected the batch's tombstones that follow their deletion
     */
    record Next(Map<Deleted, Long> awaited, Set<Change> expected) {
        /** The offsets at which another task would have to go on. */
        Map<TopicPartition, Long> heldBack(Map<TopicPartition, Long> nextOffsets) {
            if (awaited.isEmpty()) {
                return nextOffsets;
            }
            Map<TopicPartition, Long> held = new HashMap<>(nextOffsets);
            awaited.forEach((deleted, offset) ->
                    held.computeIfPresent(deleted.partition, (partition, next) -> Math.min(next, offset)));
            return held;
        }
    }

    /** What the batch makes of it; nothing has changed until {@link #accept}. */
    Next after(List<Received> batch, Map<TopicPartition, Long> nextOffsets) {
        Map<Deleted, Long> awaited = new LinkedHashMap<>(offsets);
        Set<Change> expected = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Received received : batch) {
            Change change = received.change();
            if (change != null
                    && !change.isReplay()
                    && change.shape().sharded()
                    && change.kind() != Change.Kind.UPSERT) {
                Deleted deleted = new Deleted(Received.partitionOf(received.record()), change.shard(), change.key());
                if (change.kind() == Change.Kind.DELETE) {
                    awaited.put(deleted, received.record().originalKafkaOffset());
                } else if (awaited.remove(deleted) != null) {
                    expected.add(change);
                }
            }
        }
        awaited.entrySet().removeIf(each -> {
            Long next = nextOffsets.get(each.getKey().partition);
            return next != null && each.getValue() + MOST_RECORDS_BETWEEN < next;
        });
        return new Next(awaited, expected);
    }

    /** Goes on from there. */
    void accept(Next next) {
        offsets = next.awaited;
    }

    /** Forgets a partition, which another task reads, or this one anew. */
    void forget(TopicPartition partition) {
        offsets.keySet().removeIf(deleted -> deleted.partition.equals(partition));
    }
}
