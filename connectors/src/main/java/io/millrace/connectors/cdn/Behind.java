package io.millrace.connectors.cdn;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * From where on a server has missed purges that the others have confirmed while it was away. They go on; when it is back, all is
 * read again from there. Thread-safe.
 */
final class Behind {
    private final Map<TopicPartition, Long> from = new HashMap<>();
    /** The purges by which servers are tried that have missed some, by the way of these. */
    private final Map<Way, Purging> held = new EnumMap<>(Way.class);

    private long oldestCommittedAtMicros;

    /**
     * Takes note of a purge that one of some servers has missed.
     *
     * @return whether it is to be held until all servers are back, so that they are tried though nothing comes
     */
    synchronized boolean miss(Purging purging, Way servers) {
        from.merge(purging.position().partition(), purging.position().offset(), Math::min);
        Long committed = purging.invalidation().firstCommittedAtMicros();
        if (committed != null && committed > 0) {
            oldestCommittedAtMicros =
                    oldestCommittedAtMicros == 0 ? committed : Math.min(oldestCommittedAtMicros, committed);
        }
        Purging first = held.putIfAbsent(servers, purging);
        return first == null || first.position().equals(purging.position());
    }

    synchronized boolean isEmpty() {
        return from.isEmpty();
    }

    /** When the oldest change was committed that a server has missed; 0 where none has. */
    synchronized long oldestCommittedAtMicros() {
        return oldestCommittedAtMicros;
    }

    /** What may be committed of a partition whose own servers are done up to there. */
    synchronized long committable(TopicPartition partition, long done) {
        return Math.min(done, from.getOrDefault(partition, done));
    }

    synchronized void release(TopicPartition partition) {
        from.remove(partition);
        held.values().removeIf(purging -> purging.position().partition().equals(partition));
        if (from.isEmpty()) {
            held.clear();
            oldestCommittedAtMicros = 0;
        }
    }

    /** From where on partitions are to be read again, now that all servers are there. */
    synchronized Map<TopicPartition, Long> caughtUp() {
        Map<TopicPartition, Long> again = Map.copyOf(from);
        from.clear();
        held.clear();
        oldestCommittedAtMicros = 0;
        return again;
    }
}
