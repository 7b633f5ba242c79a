package io.millrace.connectors.delivery;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/** Which of the records that Connect has handed over are done, and up to where their offsets may be committed. Thread-safe. */
public final class Progress {
    private final Map<TopicPartition, Reached> partitions = new HashMap<>();

    private static final class Reached {
        private long next;
        private final TreeSet<Long> pending = new TreeSet<>();
    }

    /** Takes up a record; says whether it is still to be done. */
    public synchronized boolean isToDo(RecordPosition position) {
        Reached reached = partitions.computeIfAbsent(position.partition(), partition -> new Reached());
        if (position.offset() >= reached.next) {
            reached.next = position.offset() + 1;
            reached.pending.add(position.offset());
        }
        return reached.pending.contains(position.offset());
    }

    public synchronized void done(RecordPosition position) {
        Reached reached = partitions.get(position.partition());
        if (reached != null) {
            reached.pending.remove(position.offset());
        }
    }

    /**
     * The offset below which everything is done.
     *
     * @param read up to where Connect has handed over, or dropped, what it read
     */
    public synchronized long committable(TopicPartition partition, long read) {
        Reached reached = partitions.get(partition);
        if (reached == null) {
            return read;
        }
        return reached.pending.isEmpty() ? Math.max(reached.next, read) : reached.pending.first();
    }

    public synchronized void release(TopicPartition partition) {
        partitions.remove(partition);
    }
}
