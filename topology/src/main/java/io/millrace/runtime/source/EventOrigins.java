package io.millrace.runtime.source;

import io.millrace.row.Origin;
import java.util.ArrayList;
import java.util.List;

/** Origins of events: the topic and partition for a shard, {@code clicks-3}, and the offset. */
final class EventOrigins {
    private static final long MICROS_PER_MILLI = 1_000;

    private final String topic;
    private final List<String> shards = new ArrayList<>();

    EventOrigins(String topic) {
        this.topic = topic;
    }

    Origin of(int partition, long offset, long timestampMs) {
        for (int next = shards.size(); next <= partition; next++) {
            shards.add(topic + "-" + next);
        }
        return new Origin(shards.get(partition), offset, Math.max(0, timestampMs) * MICROS_PER_MILLI);
    }
}
