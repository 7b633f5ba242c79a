package io.millrace.connectors.http;

import io.millrace.connectors.delivery.RecordPosition;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/** Which of the records that Connect has handed over are done, and up to where their offsets may be committed. Thread-safe. */
final class Progress {
    private final Map<TopicPartition, Reached> partitions = new HashMap<>();

    private static final class Reached {
        private long next;
        private final TreeSet<Long> pending = new TreeSet<>();
    }

    /** Takes up a record; says whether it is still to be done. */
    synchronized boolean isToDo(RecordPosition position) {
        Reached reached = partitions.computeIfAbsent(position.partition(), partition -> new Reached());
        if (position.offset() >= reached.next) {
            reached.next = position.offset() + 1;
            reached.pending.add(position.offset());
        }
        return reached.pending.contains(position.offset());
    }

    synchronized void done(RecordPosition position) {
        Reached reached = partitions.get(position.partition());
        if (reached != null) {
            reached.pending.remove(position.offset());
        }
    }

    /** The offset below which everything is done; null where nothing was handed over. */
    synchronized Long committable(TopicPartition partition) {
        Reached reached = partitions.get(partition);
        if (reached == null) {
            return null;
        }
        return reached.pending.isEmpty() ? reached.next : reached.pending.first();
    }

    synchronized void release(TopicPartition partition) {
        partitions.remove(partition);
    }
}
