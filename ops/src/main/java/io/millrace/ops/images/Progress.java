package io.millrace.ops.images;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How far a worker is: of each partition the record that is next, and how often that was begun. Both are committed together, the
 * number in the offset's metadata, before a record is begun: a picture that kills its worker is known by it to the next one.
 * Used by one thread.
 */
final class Progress {
    private static final Pattern METADATA = Pattern.compile("begun (\\d{1,6})");

    private final Map<TopicPartition, Next> next = new HashMap<>();
    private final Map<TopicPartition, OffsetAndMetadata> uncommitted = new HashMap<>();

    private record Next(long offset, int begun) {}

    /** Takes partitions with what was committed for them; null where nothing was. */
    void assigned(Map<TopicPartition, OffsetAndMetadata> committed) {
        committed.forEach((partition, offset) -> {
            if (offset != null) {
                next.put(partition, new Next(offset.offset(), begun(offset.metadata())));
            }
        });
    }

    private static int begun(String metadata) {
        Matcher matcher = METADATA.matcher(metadata == null ? "" : metadata);
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    /** Another worker has the partition. */
    void revoked(TopicPartition partition) {
        next.remove(partition);
        uncommitted.remove(partition);
    }

    /** How often a record was begun. */
    int begun(TopicPartition partition, long offset) {
        Next known = next.get(partition);
        return known != null && known.offset == offset ? known.begun : 0;
    }

    /** A record is begun, once more. */
    void begin(TopicPartition partition, long offset) {
        put(partition, offset, begun(partition, offset) + 1);
    }

    /** A record's last attempt failed by no fault of its own. */
    void forgive(TopicPartition partition, long offset) {
        put(partition, offset, Math.max(0, begun(partition, offset) - 1));
    }

    /** A record is done: it is reported, or set aside. */
    void done(TopicPartition partition, long offset) {
        put(partition, offset + 1, 0);
    }

    private void put(TopicPartition partition, long offset, int begun) {
        next.put(partition, new Next(offset, begun));
        uncommitted.put(partition, new OffsetAndMetadata(offset, begun == 0 ? "" : "begun " + begun));
    }

    /** What is to be committed. */
    Map<TopicPartition, OffsetAndMetadata> uncommitted() {
        return Map.copyOf(uncommitted);
    }

    /** It was. */
    void committed() {
        uncommitted.clear();
    }
}
