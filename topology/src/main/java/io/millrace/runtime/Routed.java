package io.millrace.runtime;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * The key of a record on its way to a sink, which says where the record goes.
 *
 * @param topic the topic where the sink leaves that open, else null
 * @param partition the partition
 * @param key the bytes that become the record's key, or null
 */
record Routed(String topic, int partition, byte[] key) {

    static final Serializer<Routed> SERIALIZER = (topic, routed) -> routed.key;

    /** Sends each record to its partition; to one that exists, where a topic has fewer. Thread-safe. */
    static StreamPartitioner<Routed, byte[]> partitioner() {
        Map<Integer, Optional<Set<Integer>>> sets = new ConcurrentHashMap<>();
        return (topic, routed, value, partitions) ->
                sets.computeIfAbsent(routed.partition % partitions, partition -> Optional.of(Set.of(partition)));
    }
}
